import pytest

from axchat.repl.display import Bar
from axchat.repl.toolbar import BUSY, toolbar

FULL = Bar(
    "Qwen3-0.6B",
    "session",
    used_tokens=812,
    context_tokens=2048,
    tokens_per_s=12.34,
    queued=2,
    celsius=61.4,
    unsaved=1,
)


def test_all_that_is_known_is_shown() -> None:
    """On a wide screen nothing is left out, and what is left of the context is a number."""
    assert toolbar(FULL, 120) == (
        "Qwen3-0.6B  1 not saved  812/2048 tokens, 1236 left  2 waiting  12.3 tok/s  61 °C  session"
    )


def test_what_is_unknown_is_not_shown() -> None:
    """No figure stands for one that nobody has."""
    assert toolbar(Bar("m", "cpu"), 80) == "m  cpu"


def test_a_full_context_holds_no_more_than_it_can() -> None:
    """The last token of an answer that fills it was said, and is not in it: 1,023 tokens of 1,024."""
    assert "1023/1023 tokens, 0 left" in toolbar(Bar("m", "e", used_tokens=1024, context_tokens=1023), 80)


def test_an_estimate_is_marked() -> None:
    """Tokens that were not counted have a tilde."""
    assert "~812/2048" in toolbar(Bar("m", "cpu", used_tokens=812, context_tokens=2048, is_exact=False), 80)


@pytest.mark.parametrize("columns", [1, 8, 20, 40, 60, 80])
def test_it_fits(columns: int) -> None:
    """It is never wider than the screen, and the least important goes first."""
    shown = toolbar(FULL, columns, is_busy=True)
    assert len(shown) <= columns
    if columns >= 40:
        assert BUSY in shown
        assert "1 not saved" in shown
