import pytest

from axchat.events import FinishReason
from axchat.repl.extracts import counted, first_words, is_count, quoted, shown
from support.recording_chat import exchange


def test_first_words_are_one_line() -> None:
    """White space is one blank, and a long text is cut with a mark."""
    assert first_words(" a\n\n b ") == "a b"
    assert first_words("abcdef ghij", 6) == "abcde…"
    assert len(first_words("x" * 100)) == 60


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1", True), ("12", True), ("0", False), ("", False), ("-1", False), ("²", False), ("9" * 20, False)],
)
def test_counts_are_from_one(text: str, expected: bool) -> None:
    """Digits only, and no more than anybody has of anything."""
    assert is_count(text) is expected


def test_numbers_and_their_nouns() -> None:
    """One is no plural."""
    assert [counted(n, "line") for n in (0, 1, 2000)] == ["0 lines", "1 line", "2,000 lines"]


def test_a_long_question_is_quoted_in_part() -> None:
    """The answer is what one reads; the rest of the question is counted."""
    assert quoted("a\n\nb", 5) == "> a\n>\n> b"
    assert quoted("a\nb\nc", 1) == "> a\n>\n> … 2 more lines"
    assert quoted("", 5) == ">"


def test_an_exchange_is_markdown() -> None:
    """The question is a quote, the answer as it was, and a cut one says so."""
    assert shown(exchange("q", "# a"), 3) == "**3.**\n\n> q\n\n# a"
    assert shown(exchange("q", "<think>hm</think>a"), 1).endswith("> q\n\na")
    assert shown(exchange("q", "<think>hm"), 1).endswith("> q\n\n*(nothing but thoughts)*")
    cut = shown(exchange("q", "a", reason=FinishReason.CANCELLED), 3)
    assert cut.endswith("a\n\n*(cut)*")
