"""The rows of a chat above its input line."""

from functools import partial

import pytest

from axchat.repl.scrollback import Scrollback
from axchat.ui.rendering import new_rows
from axchat.ui.thoughts import Thoughts

COLUMNS = 40


@pytest.fixture
def rows() -> Scrollback:
    """Of a chat without colours."""
    return Scrollback(
        lambda: (COLUMNS, 12), partial(new_rows, is_plain=True, clock=lambda: 0.0), is_plain=True
    )


def test_what_is_told_in_an_open_answer_waits_for_its_end(rows: Scrollback) -> None:
    """The answer is not cut in two; its status stands below its open rows."""
    rows.begin_answer(Thoughts.HIDE)
    rows.write("one ")
    rows.status = "busy"
    assert rows.below() == ("one", "busy")
    rows.tell("hot")
    assert rows.finished == []
    rows.write("two")
    rows.end_answer()
    assert rows.finished == ["one two", "", "hot"]
    assert not rows.is_answering


def test_what_the_user_said_stands_behind_the_prompts_marks(rows: Scrollback) -> None:
    """Each further line behind the mark of one that goes on; nothing of it is an escape."""
    rows.echo("one\n\x1b[31mtwo")
    assert rows.finished[0] == "> one"
    assert rows.finished[1].endswith("two")
    assert "\x1b" not in "".join(rows.finished)


def test_a_long_answer_leaves_room_for_the_status(rows: Scrollback) -> None:
    """Of a third of the screen at most, the last row is the status, no wider than the screen."""
    rows.begin_answer(Thoughts.HIDE)
    rows.write("word " * 100)
    rows.status = "s" * 100
    below = rows.below()
    assert len(below) == 3
    assert below[-1] == "s" * (COLUMNS - 1)
