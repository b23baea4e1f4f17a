import pytest

from axchat.ui.plain_rows import PlainRows
from axchat.ui.thoughts import ThoughtRows, Thoughts
from support.clock import FakeClock


def thinking(thoughts: Thoughts, clock: FakeClock) -> ThoughtRows:
    """Rows whose dim text stands in brackets."""
    return ThoughtRows(PlainRows(), PlainRows(), thoughts, dim=lambda row: f"({row})", clock=clock)


@pytest.mark.parametrize(
    ("thoughts", "during", "finished"),
    [
        (Thoughts.HIDE, ("(thinking, 3 s)",), ("(thought for 4.2 s)", "", "yes")),
        (Thoughts.SHOW, ("(hm)",), ("(hm)", "(thought for 4.2 s)", "", "yes")),
        (Thoughts.OFF, (), ("yes",)),
    ],
)
def test_a_thought_is_shown_as_wished(
    thoughts: Thoughts, during: tuple[str, ...], finished: tuple[str, ...]
) -> None:
    """Folded to a line with its time, dimmed in full, or not at all; the answer is as it is."""
    clock = FakeClock()
    rows = thinking(thoughts, clock)
    rows.feed("<think>hm")
    clock.now += 3.0
    assert rows.frame(40, 5).open == during
    clock.now += 1.2
    rows.feed("</think>\n\nyes")
    assert rows.finish(40).finished == finished


def test_an_answer_without_a_thought_is_as_it_is() -> None:
    """Nothing is told of what did not happen."""
    rows = thinking(Thoughts.HIDE, FakeClock())
    rows.feed("yes <think>")
    assert rows.finish(40).finished == ("yes <think>",)


def test_a_thought_that_never_ends_is_one() -> None:
    """A cut answer that is all thought says how long it thought."""
    clock = FakeClock()
    rows = thinking(Thoughts.HIDE, clock)
    rows.feed("<think>hm")
    clock.now += 2.0
    assert rows.finish(40).finished == ("(thought for 2.0 s)", "")
