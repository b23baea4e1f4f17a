"""A whole turn of the stand-in runner against axchat's own tokenizer service."""

import signal
from pathlib import Path

import pytest

from axchat.messages import Message, Role
from axchat.standin.demo import write_demo
from axchat.tokenizer import huggingface
from axchat.tokenizer.answer import Answer, AnswerTokens
from axchat.tokenizer.base import Prompt
from axchat.tokenizer.chat_prompt import ChatPrompts
from axchat.tokenizer.service import TokenizerService
from support.standin_run import Run

SAID = "你好 🎉🎉 naïve\n>> not a marker"
READY = b">> "


class OneTurn:
    """Hands one prompt over, collects the answer and stops the runner when it is to be."""

    def __init__(self, ids: tuple[int, ...], answer: AnswerTokens) -> None:
        self.ids = ids
        self.answer = answer
        self.text = ""
        self.runner: Run | None = None

    def prompt(self, text: str, last_reply: str | None) -> Prompt | None:  # noqa: ARG002
        return Prompt(self.ids) if text == "#7f3a" else None

    def decoded(self, ids: tuple[int, ...]) -> str:
        step = self.answer.add(ids)
        self.text += step.text
        if step.stop and self.runner is not None:
            self.runner.kill(signal.SIGINT)
        return ""


@pytest.mark.parametrize(("limit", "stopped_by"), [(None, None), (4, "max_tokens")])
def test_a_turn_is_exact_and_its_console_says_nothing(
    tmp_path: Path, limit: int | None, stopped_by: str | None
) -> None:
    """Only the placeholder crosses the console, and every character of the answer arrives whole."""
    demo = write_demo(
        tmp_path, load_s=0, token_s=0, layers=1, script={"answers": [{"match": "深", "text": SAID}]}
    )
    tokenizer = huggingface.load(demo)
    with ChatPrompts(tokenizer, tokenizer.template) as prompts:
        ids = prompts.render([Message(Role.USER, "深\nand more lines")]).ids
    turn = OneTurn(ids, AnswerTokens(tokenizer.detokenizer(), max_tokens=limit, eos=tokenizer.eos_ids))
    with TokenizerService(bos_id=tokenizer.bos_id, eos_id=tokenizer.eos_id) as service:
        service.begin_turn(turn)
        host, port = service.address
        options = _options(demo, f"http://{host}:{port}")
        with Run(options, demo, echo=False) as runner:
            turn.runner = runner
            runner.wait_for_end_of(READY)
            before = len(runner.printed)
            runner.send(b"#7f3a\n")
            runner.wait_for(lambda printed: printed[before:].endswith(READY))
            console = runner.printed[before:]
        assert service.failure is None
        assert service.strangers == 0
    end: Answer = turn.answer.finish()

    assert end.stopped_by == stopped_by
    assert len(end.ids) == (limit or len(end.ids))
    assert tokenizer.decode(end.ids) == turn.text + end.text_rest
    assert limit is not None or turn.text + end.text_rest == SAID
    assert b"not a marker" not in console


def _options(demo: Path, url: str) -> list[str]:
    script = (demo / "run_qwen2.5_1.5b_standin_axcl_x86.sh").read_text()
    words = script.replace("\\\n", " ").replace('"$1"', '""').split()
    return [url if "http://" in word else word.strip('"') for word in words[1:]]
