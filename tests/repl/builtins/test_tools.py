import dataclasses
from collections.abc import Iterator

import pytest

from axchat.deadline import NEVER
from axchat.engines.base import Engine, Request
from axchat.engines.scripted import CAPABILITIES, ScriptedEngine
from axchat.errors import DeviceFailed, UsageError
from axchat.messages import Role
from axchat.repl.builtins import TABLE
from support.recording_chat import RecordingChat


def test_stats_tell_of_the_last_answer_and_of_all() -> None:
    """Both under their headings."""
    chat = RecordingChat(("q", "a"), ("r", "b"))
    TABLE.run(chat, "stats", "")
    lines = chat.told[0].splitlines()
    assert lines[0] == "last answer:"
    assert "conversation:" in lines
    assert "  turns         2" in lines


@pytest.mark.parametrize("name", ["stats"])
def test_nothing_said_has_no_figures(name: str) -> None:
    """One line says so."""
    with pytest.raises(UsageError, match="nothing was said yet"):
        TABLE.run(RecordingChat(), name, "")


def test_a_measurement_is_told_as_it_comes() -> None:
    """Of the engine that answers; a status stands between the lines, and is gone at the end."""

    def measure(engine: Engine) -> Iterator[str]:
        yield engine.name
        assert chat.told == ["scripted"]
        yield "fast"

    chat = RecordingChat(measure=measure)
    TABLE.run(chat, "bench", "")
    assert chat.told == ["scripted", "fast"]
    assert chat.display.statuses[0] == "measuring"
    assert chat.display.statuses[-1] == ""


def test_a_failed_examination_leaves_no_status() -> None:
    """What was found before it is told."""

    def examine() -> Iterator[str]:
        yield "card: ok"
        raise DeviceFailed("gone")

    chat = RecordingChat(examine=examine)
    with pytest.raises(DeviceFailed):
        TABLE.run(chat, "doctor", "")
    assert chat.told == ["card: ok"]
    assert chat.display.statuses[-1] == ""


@pytest.mark.parametrize(("name", "hint"), [("bench", "axchat bench does"), ("doctor", "axchat doctor does")])
def test_what_is_not_lent_is_the_command_lines(name: str, hint: str) -> None:
    """The command to use is named."""
    with pytest.raises(UsageError) as refused:
        TABLE.run(RecordingChat(), name, "")
    assert refused.value.hint == hint


def test_tokens_counts_what_would_be_sent() -> None:
    """All that is seen, by the engine's own count."""
    engine = ScriptedEngine([["a"]], capabilities=dataclasses.replace(CAPABILITIES, context_tokens=100))
    list(engine.start(NEVER))
    chat = RecordingChat(("one two", "three"), ("four", "five"), engine=engine)
    chat.conversation.leave_out(1)
    TABLE.run(chat, "tokens", "")
    assert "  conversation  2 tokens, as it is sent with the next message" in chat.told[0].splitlines()
    assert "  left          98 tokens" in chat.told[0].splitlines()


def test_tokens_are_counted_of_a_prompt_that_ends_with_a_message() -> None:
    """An engine may take an answer at the end for one to go on with, and not count it."""
    counted: list[Request] = []

    class Counting(ScriptedEngine):
        def count(self, request: Request) -> int:
            counted.append(request)
            return 7

    chat = RecordingChat(("one two", "three"), engine=Counting([["a"]]))
    TABLE.run(chat, "tokens", "")
    assert [message.role for message in counted[0].messages] == [Role.USER, Role.ASSISTANT, Role.USER]


def test_tokens_of_nothing() -> None:
    """Before the first message the whole context is there."""
    engine = ScriptedEngine([["a"]], capabilities=dataclasses.replace(CAPABILITIES, context_tokens=100))
    chat = RecordingChat(engine=engine)
    TABLE.run(chat, "tokens", "")
    assert "  left          100 tokens" in chat.told[0].splitlines()


def test_compact_leaves_the_last_turn() -> None:
    """What is older is sent as a summary; all is there still."""
    chat = RecordingChat(("q", "a"), ("r", "b"), ("s", "c"))
    TABLE.run(chat, "compact", "")
    assert [one.answer for one in chat.conversation.seen] == ["c"]
    assert chat.conversation.summary == "in short"
    assert len(chat.conversation.exchanges) == 3
    assert chat.recorder.changes == [("leave_out", 2, "in short")]
    assert chat.told[-1] == "the model is sent this summary instead of 2 turns; /history has all"


@pytest.mark.parametrize(
    ("argument", "words"), [("", "nothing to sum up"), ("2", "nothing to sum up"), ("all", "not all")]
)
def test_nothing_to_compact(argument: str, words: str) -> None:
    """One turn stays as it is."""
    chat = RecordingChat(("q", "a"))
    with pytest.raises(UsageError, match=words):
        TABLE.run(chat, "compact", argument)
    assert not chat.dictated


def test_an_engine_without_history_has_nothing_to_compact() -> None:
    """It is sent no earlier turns."""
    engine = ScriptedEngine([["a"]], capabilities=dataclasses.replace(CAPABILITIES, history=False))
    with pytest.raises(UsageError, match="is sent no earlier turns"):
        TABLE.run(RecordingChat(("q", "a"), ("r", "b"), engine=engine), "compact", "")
