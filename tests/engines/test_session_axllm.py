"""The session engine over the stand-in's ``axllm run``: the program keeps the conversation."""

import json
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from axchat.deadline import Deadline
from axchat.engines.base import Request
from axchat.engines.session import SessionEngine
from axchat.errors import AxchatError, ContextOverflow, DeviceFailed, ModelError, NoDevice
from axchat.events import FinishReason, TextDelta
from axchat.messages import Message, Role, Sampling
from axchat.standin import vocabulary
from axchat.standin.demo_axllm import write_axllm_demo
from support.session_engine import TIMEOUT_S, Answered, collect, conversation

ANSWERS = ["Hello there, 深圳 🎉 one.\n\n", "prompt >> second\r\nanswer ", "third"]
LONG_S = 100.0


class Axllm:
    """An engine over an axllm demo directory."""

    def __init__(self, folder: Path, *, is_started: bool = True, **script: Any) -> None:
        self.trace_path = folder / "trace"
        plays = {"answers": [{"text": text} for text in ANSWERS]} | script
        self.directory = write_axllm_demo(
            folder / "axllm", layers=2, load_s=0, token_s=0, prefill_token_s=0, script=plays
        )
        self.engine = SessionEngine(self.directory)
        if is_started:
            self.load()

    def load(self) -> None:
        """Start the engine."""
        list(self.engine.start(Deadline(TIMEOUT_S)))

    def request(self, *texts: str) -> Request:
        """A request without a system prompt: the directory has its own."""
        return Request(conversation(*texts), Sampling(), Deadline(TIMEOUT_S))

    def ask(self, *texts: str) -> Answered:
        """Ask and read to the end."""
        return collect(self.engine.generate(self.request(*texts)))

    @property
    def trace(self) -> list[dict[str, Any]]:
        """What the stand-in's model was fed."""
        return [json.loads(line) for line in self.trace_path.read_text().splitlines()]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the stand-in writes its trace."""
    monkeypatch.setenv("AXCHAT_STANDIN_TRACE", str(tmp_path / "trace"))
    return tmp_path


@pytest.fixture
def axllm(folder: Path) -> Iterator[Axllm]:
    """A loaded session."""
    made = Axllm(folder)
    yield made
    made.engine.close()


def test_answers_are_exact_and_the_program_keeps_the_conversation(axllm: Axllm) -> None:
    """Each turn is fed on top of the cache of the one before, and nothing is fed twice."""
    first = axllm.ask("hi")
    second = axllm.ask("hi", first.text, "again")
    third = axllm.ask("hi", first.text, "again", second.text, "more")

    assert [first.text, second.text, third.text] == ANSWERS
    assert third.finished is not None
    assert third.finished.reason is FinishReason.STOP
    turns = axllm.trace
    for before, after in pairwise(turns):
        assert after["kv"] == before["kv"] + after["fed"] + after["answered"]


def test_another_conversation_begins_on_an_empty_cache(axllm: Axllm) -> None:
    """The engine resets the program first."""
    axllm.ask("hi")
    axllm.ask("something else")

    first, second = axllm.trace
    assert len(second["kv"]) == len(second["fed"]) + len(second["answered"])
    assert second["fed"][:5] == first["fed"][:5]


def test_a_full_context_is_an_error_and_a_new_conversation_works(folder: Path) -> None:
    """Without an end line; the engine goes on."""
    axllm = Axllm(folder, prefill_groups=[64, 128])
    try:
        full = axllm.ask("long " * 100)
        after = axllm.ask("hi")
    finally:
        axllm.engine.close()

    assert isinstance(full.error, ContextOverflow)
    assert after.text == ANSWERS[0]


def test_a_cancel_ends_the_turn_and_the_next_one_is_right(folder: Path) -> None:
    """The part that was said stays said."""
    answers = [
        {"match": "first", "ids": list(b"abcdefgh"), "slow": {"3": LONG_S}},
        {"match": "second", "text": "next"},
    ]
    axllm = Axllm(folder, answers=answers)
    try:
        events = axllm.engine.generate(axllm.request("first"))
        text = ""
        for event in events:
            if isinstance(event, TextDelta):
                text += event.text
            if text.startswith("abc"):
                break
        threading.Thread(target=axllm.engine.cancel).start()
        rest = collect(events)
        after = axllm.ask("second")
    finally:
        axllm.engine.close()

    assert rest.finished is not None
    assert rest.finished.reason is FinishReason.CANCELLED
    assert after.text == "next"


def test_a_text_model_is_known_as_one(folder: Path) -> None:
    """It would answer without the picture, and nobody would be told."""
    axllm = Axllm(folder)
    able = axllm.engine.capabilities
    axllm.engine.close()

    assert not able.images


def test_a_picture_goes_to_a_vision_model(folder: Path) -> None:
    """Its path is what the program asks for; later turns ask again and get none."""
    axllm = Axllm(folder, is_started=False)
    config = axllm.directory / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"vlm_type": "Qwen3VL"}))
    picture = folder / "cat.png"
    picture.touch()
    try:
        axllm.load()
        asked = (Message(Role.USER, "what is it?", (str(picture),)),)
        first = collect(axllm.engine.generate(Request(asked, Sampling(), Deadline(TIMEOUT_S))))
        said = (*asked, Message(Role.ASSISTANT, first.text), Message(Role.USER, "and now?"))
        second = collect(axllm.engine.generate(Request(said, Sampling(), Deadline(TIMEOUT_S))))
    finally:
        axllm.engine.close()

    assert [first.text, second.text] == ANSWERS[:2]
    shown, later = (vocabulary.decode(turn["fed"]) for turn in axllm.trace)
    assert f"<|vision_start|>{picture}<|vision_end|>what is it?" in shown
    assert "<|vision_start|>" not in later


@pytest.mark.parametrize(
    ("fail", "kind"),
    [
        ("no-device", NoDevice),
        ("setdevice", DeviceFailed),
        ("axclinit-11", DeviceFailed),
        ("load-layer-1", DeviceFailed),
        ("missing-embed", ModelError),
    ],
)
def test_a_start_that_fails_says_why(fail: str, kind: type[AxchatError], folder: Path) -> None:
    """By the kind of error."""
    axllm = Axllm(folder, is_started=False, fail=fail)

    with pytest.raises(kind):
        axllm.load()


def test_a_device_that_dies_in_an_answer_is_an_error(folder: Path) -> None:
    """What comes after is no answer."""
    axllm = Axllm(folder, fail="dead-device-token-3", max_token_len=90)
    try:
        answered = axllm.ask("hi")
    finally:
        axllm.engine.close()

    assert isinstance(answered.error, DeviceFailed)
