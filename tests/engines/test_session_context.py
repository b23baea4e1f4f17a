"""The session engine over the stand-in's context console: only what is new is sent, and the cache is ours."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from axchat.deadline import Deadline
from axchat.engines.base import Request
from axchat.engines.session import SessionEngine
from axchat.events import FinishReason, TextDelta
from axchat.messages import Sampling
from support.session_engine import TIMEOUT_S, Answered, collect, context_directory, conversation

ANSWERS = ["Hello there, 深圳 🎉 one two three.", "second\nprompt >> answer", "third"]
SYSTEM = "Be brief."


class Context:
    """A started engine over a context demo directory."""

    def __init__(self, folder: Path) -> None:
        self.trace_path = folder / "trace"
        self.directory = context_directory(
            folder, layers=2, load_s=0, token_s=0, prefill_token_s=0, answers=ANSWERS
        )
        self.engine = SessionEngine(self.directory)
        self.load()

    def load(self) -> None:
        """Start the engine."""
        list(self.engine.start(Deadline(TIMEOUT_S)))

    def request(self, *texts: str, **sampling: Any) -> Request:
        """A request with the system prompt."""
        return Request(conversation(*texts, system=SYSTEM), Sampling(**sampling), Deadline(TIMEOUT_S))

    def ask(self, *texts: str, **sampling: Any) -> Answered:
        """Ask and read to the end."""
        return collect(self.engine.generate(self.request(*texts, **sampling)))

    @property
    def turns(self) -> list[dict[str, Any]]:
        """The turns of the trace, without what filled the cache before them."""
        lines = [json.loads(line) for line in self.trace_path.read_text().splitlines()]
        return [line for line in lines if line["turn"] is not None]


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    """A loaded session; the stand-in writes its trace."""
    monkeypatch.setenv("AXCHAT_STANDIN_TRACE", str(tmp_path / "trace"))
    made = Context(tmp_path)
    yield made
    made.engine.close()


def prompt_tokens(answered: Answered) -> int:
    """How many tokens the whole prompt has."""
    assert answered.finished is not None, answered.error
    count = answered.finished.usage.prompt_tokens
    assert count is not None
    return count


def test_a_conversation_that_goes_on_sends_only_what_is_new(context: Context) -> None:
    """What the cache held and what was fed are together the whole prompt, and answers are exact."""
    first = context.ask("hi")
    second = context.ask("hi", first.text, "again")
    third = context.ask("hi", first.text, "again", second.text, "more")

    assert [first.text, second.text, third.text] == ANSWERS
    held = 0
    for answered, turn in zip((first, second, third), context.turns, strict=True):
        assert answered.finished is not None
        cached = answered.finished.usage.cached_tokens or 0
        assert len(turn["fed"]) == prompt_tokens(answered) - cached
        assert cached >= held
        held = len(turn["kv"])


def test_another_conversation_begins_with_a_reset(context: Context) -> None:
    """Nothing of the earlier one is in the cache."""
    first = context.ask("the first question")
    context.ask("something else")

    fresh, other = context.turns
    assert len(other["kv"]) < len(fresh["kv"]) + len(other["fed"])
    assert first.text == ANSWERS[0]
    assert not _contains(other["kv"], fresh["answered"])


def test_a_stop_keeps_both_sides_in_step(context: Context) -> None:
    """After an answer cut by max_tokens the conversation goes on from exactly what was kept."""
    cut = context.ask("hi", max_tokens=4)
    assert cut.finished is not None
    assert cut.finished.reason is FinishReason.LENGTH

    assert context.ask("hi", cut.text, "again").text == ANSWERS[1]


def test_a_cancel_is_followed_by_a_right_turn(context: Context) -> None:
    """The cache is not known then, so the next turn resets it."""
    for event in context.engine.generate(context.request("hi")):
        if isinstance(event, TextDelta):
            context.engine.cancel()

    answered = context.ask("hi", "Hello", "again")
    assert answered.text == ANSWERS[1]
    assert len(context.turns[-1]["kv"]) >= prompt_tokens(answered)


def test_a_cache_file_of_another_program_is_not_gone_on_from(context: Context) -> None:
    """A directory that the vendor's script has used before gives the same prompt as a new one."""
    folder = context.directory / "kvcache"
    assert not any(folder.iterdir())

    assert context.ask("hi").text == ANSWERS[0]
    context.engine.close()
    assert not any(folder.iterdir())


def _contains(whole: list[int], part: list[int]) -> bool:
    return any(whole[at : at + len(part)] == part for at in range(len(whole) - len(part) + 1))


def test_a_missing_cache_directory_does_not_matter(tmp_path: Path) -> None:
    """The runner is not given --kvcache_path, so its directory need not be there."""
    directory = context_directory(
        tmp_path, layers=2, load_s=0, token_s=0, prefill_token_s=0, answers=ANSWERS, kvcache=False
    )
    engine = SessionEngine(directory)
    try:
        list(engine.start(Deadline(TIMEOUT_S)))
        request = Request(conversation("hi"), Sampling(), Deadline(TIMEOUT_S))
        assert collect(engine.generate(request)).text == ANSWERS[0]
    finally:
        engine.close()
