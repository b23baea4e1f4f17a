import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.store.titles import LONGEST_TITLE, UNTITLED, title_of


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ("What is a planet?", "What is a planet?"),
        ("\n\n  ## `Fix`   this\tplease \nand more", "Fix this please"),
        ("```\ncode", "code"),
        ("> quoted", "quoted"),
        ("", UNTITLED),
        ("** __ \n", UNTITLED),
        (
            "one two three four five six seven eight nine ten eleven",
            "one two three four five six seven eight nine ten…",
        ),
        ("a" * 60, "a" * 49 + "…"),
        ("量" * 30, "量" * 24 + "…"),
        ("red\x1b[31m\udcff text", "red [31m text"),
    ],
)
def test_the_first_words_are_the_title(message: str, title: str) -> None:
    """Without markdown's marks, blanks and controls, cut between words where that leaves enough."""
    assert title_of(message) == title


@given(st.text(st.characters(codec=None)))
def test_every_title_is_one_short_line(message: str) -> None:
    """It can be shown in a list, whatever was said."""
    title = title_of(message)
    assert title
    assert title == title.strip()
    assert not any(unicodedata.category(character)[0] == "C" for character in title)
    wide = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in title)
    assert wide <= LONGEST_TITLE
