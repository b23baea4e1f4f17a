from collections.abc import Iterator

import pytest

from axchat.engines.base import Engine
from axchat.errors import DeviceFailed, UsageError
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
