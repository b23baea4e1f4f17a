"""Parting thought from speech: exact for every cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.wire.thinking import CLOSES, OPENS, ThinkingSplitter

_PIECES = st.sampled_from(
    [OPENS, CLOSES, "<", "</", "<th", "</thi", ">", "think>", " ", "\n", "a", "é", " b "]
)
_TEXTS = st.one_of(
    st.lists(_PIECES, max_size=12).map("".join),
    st.builds("{}<think>{}</think>{}".format, st.text(" \n"), st.text("a <>/"), st.text("b \n<")),
)


def expected(text: str) -> tuple[str, str]:
    """The two texts of a whole answer, by the definition."""
    begun = text.lstrip()
    if not begun.startswith(OPENS):
        return "", text
    thought, closing, said = begun[len(OPENS) :].partition(CLOSES)
    return thought.strip(), said.lstrip() if closing else ""


def split(pieces: list[str]) -> tuple[str, str]:
    """The two texts of an answer that arrives in pieces."""
    splitter = ThinkingSplitter()
    outcomes = [splitter.receive(piece) for piece in pieces] + [splitter.finish()]
    return "".join(o[0] for o in outcomes), "".join(o[1] for o in outcomes)


@given(_TEXTS, st.lists(st.integers(0, 60)))
def test_any_cut(text: str, cuts: list[int]) -> None:
    """The same text cut anywhere gives the same thought and the same answer."""
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = [text[a:b] for a, b in pairwise(places)]
    assert split(pieces) == expected(text)
    assert split(list(text)) == expected(text)


@pytest.mark.parametrize(
    ("text", "thought", "said"),
    [
        ("<think>\nso\n</think>\n\nYes.", "so", "Yes."),
        ("\n <think>so</think>Yes. <think>x</think>", "so", "Yes. <think>x</think>"),
        ("<think>\n\n</think>\n\nYes.", "", "Yes."),
        ("The tag <think> opens.", "", "The tag <think> opens."),
        ("  two blanks", "", "  two blanks"),
        ("<thin", "", "<thin"),
        ("<think>cut off </thi", "cut off </thi", ""),
        ("<think>a </b> c\n", "a </b> c", ""),
        ("", "", ""),
    ],
)
def test_definition(text: str, thought: str, said: str) -> None:
    """A block that opens the answer is thought; anywhere else the tag is text."""
    assert split([text]) == (thought, said)
    assert split(list(text)) == (thought, said)


def test_only_a_tag_is_held_back() -> None:
    """Text goes out at once; only white space and what may be a tag waits for the next piece."""
    splitter = ThinkingSplitter()
    assert splitter.receive("<think>I th") == ("I th", "")
    assert splitter.receive("ink <") == ("ink", "")
    assert splitter.receive("3 ") == (" <3", "")
    assert splitter.receive("</think>\n") == ("", "")
    assert splitter.receive("So <") == ("", "So <")
    assert splitter.receive("think>") == ("", "think>")
