"""The session engine over a vision build of the legacy console; its program is made up after the facts."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from axchat.deadline import Deadline
from axchat.engines.base import Request
from axchat.engines.owned_conversation import IMAGE_ALONE
from axchat.engines.session import SessionEngine
from axchat.errors import TokenizerFault, UsageError
from axchat.messages import Message, Role, Sampling
from axchat.standin.demo import write_demo
from axchat.tokenizer.huggingface import load
from support import vision_program
from support.session_engine import TIMEOUT_S, Answered, collect, conversation
from support.tokenizer_server import Request as Asked
from support.tokenizer_server import TokenizerServer

IMAGE_IDS = [11, 12, 13, 14]
PROGRAM = Path(vision_program.__file__)


class Vision:
    """A directory with a vision runner, the vendor's tokenizer server, and an engine over both."""

    def __init__(self, folder: Path, server: TokenizerServer) -> None:
        self._trace = folder / "trace"
        self.directory = write_demo(folder / "vision", port=server.port, layers=1)
        (self.directory / "encoder.axmodel").write_bytes(bytes(2048))
        for script in self.directory.glob("run_*.sh"):
            text = script.read_text().replace(
                "--live_print", '--filename_image_encoder_axmodedl "encoder.axmodel" \\\n--live_print'
            )
            script.write_text(text)
        for runner in self.directory.glob("main_axcl_*"):
            runner.write_text(
                "#!/bin/bash\n"
                'while [ "$1" != --filename_tokenizer_model ]; do shift; done\n'
                f'exec {sys.executable} {PROGRAM} "$2" {self._trace}\n'
            )
        self.engine = SessionEngine(self.directory)
        list(self.engine.start(Deadline(TIMEOUT_S)))

    def ask(self, *texts: str, images: tuple[str, ...] = ()) -> Answered:
        """Ask; the images belong to the last message."""
        *earlier, last = conversation(*texts)
        messages = (*earlier, Message(Role.USER, last.text, images))
        return collect(self.engine.generate(Request(messages, Sampling(), Deadline(TIMEOUT_S))))

    @property
    def turns(self) -> list[dict[str, Any]]:
        """What the runner was given, turn by turn."""
        return [json.loads(line) for line in self._trace.read_text().splitlines()]

    @property
    def answer(self) -> str:
        """The text of the ids that the program answers."""
        return load(self.directory).decode(vision_program.ANSWER)


def encode(request: Asked) -> str:
    """The vendor's tokenizer server, whose script knows where a picture goes."""
    assert request.path == "/encode"
    assert json.loads(request.body)["img_prompt"] is True
    return json.dumps({"token_ids": IMAGE_IDS})


@pytest.fixture
def server() -> Iterator[TokenizerServer]:
    """The model's own tokenizer server."""
    with TokenizerServer(encode) as running:
        yield running


@pytest.fixture
def vision(tmp_path: Path, server: TokenizerServer) -> Iterator[Vision]:
    """A loaded session."""
    made = Vision(tmp_path, server)
    yield made
    made.engine.close()


def test_a_text_turn_answers_the_question_for_a_picture_with_an_empty_line(vision: Vision) -> None:
    """The prompt is ours as ever, history included, and the answer is exact."""
    answered = vision.ask("one", "two", "what is this?")

    assert answered.error is None
    assert answered.text == vision.answer
    assert vision.turns[0]["image"] == ""
    assert "one" in load(vision.directory).decode(vision.turns[0]["ids"])


def test_a_picture_goes_to_the_runner_and_its_prompt_to_the_model_s_tokenizer(
    vision: Vision, tmp_path: Path
) -> None:
    """The ids are those of the vendor's tokenizer server; the answer is read by us, and exact."""
    picture = tmp_path / "a picture.png"
    picture.touch()
    answered = vision.ask("earlier", "yes", "what is\nthis?", images=(str(picture),))

    assert answered.text == vision.answer
    assert vision.turns == [{"ids": IMAGE_IDS, "image": str(picture)}]
    assert IMAGE_ALONE in answered.notices
    assert vision.ask("and now?").text == vision.answer


def test_a_picture_that_the_runner_cannot_read_is_an_error(vision: Vision, tmp_path: Path) -> None:
    """The runner would answer the text alone; the next turn works."""
    refused = vision.ask("what is this?", images=(str(tmp_path / "gone.png"),))

    assert isinstance(refused.error, UsageError)
    assert "gone.png" in refused.error.message
    assert vision.ask("hello").text == vision.answer


def test_two_pictures_are_refused(vision: Vision) -> None:
    """This runner takes one file a turn; it lives on."""
    refused = vision.ask("compare", images=("/a.png", "/b.png"))

    assert isinstance(refused.error, UsageError)
    assert vision.ask("hello").text == vision.answer


def test_without_the_model_s_tokenizer_server_a_picture_is_refused(tmp_path: Path) -> None:
    """The error says which address is asked and how to start it; text turns need no server."""
    with TokenizerServer(encode) as gone:
        port = gone.port
        vision = Vision(tmp_path, gone)
    try:
        refused = vision.ask("what is this?", images=("/a.png",))
        assert isinstance(refused.error, TokenizerFault)
        assert str(port) in str(refused.error.hint)
        assert vision.ask("hello").text == vision.answer
    finally:
        vision.engine.close()
