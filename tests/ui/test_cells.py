"""Widths of scripts that take two columns a character, or none."""

import pytest

from axchat.ui.cells import cut, to_the_left, to_the_right, width_of
from axchat.ui.columns import aligned, that_fit, widths_of


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("abc", 3),
        ("深圳市", 6),
        ("한글", 4),
        ("\u1112\u1161\u11ab", 2),  # the same Hangul syllable in three Jamo
        ("שלום", 4),
        ("e\u0301", 1),
        ("ไทย", 3),
        ("", 0),
    ],
)
def test_a_text_is_as_wide_as_a_terminal_shows_it(text: str, width: int) -> None:
    """Columns, not characters."""
    assert width_of(text) == width
    assert to_the_left(text, 8) == text + " " * (8 - width)
    assert to_the_right(text, 8) == " " * (8 - width) + text


def test_a_character_is_not_cut_in_half() -> None:
    """Three columns have room for one ideograph, and a mark stays on its letter."""
    assert cut("深圳市", 3) == "深"
    assert cut("深圳市", 6) == "深圳市"
    assert cut("abcdef", 3) == "abc"
    assert cut("ae\u0301", 2) == "ae\u0301"


def test_columns_stand_below_each_other_in_every_script() -> None:
    """A name in Chinese pushes nothing out of its column."""
    names, rows = ("name", "n"), [("深圳市", "1"), ("a", "22"), ("שלום", "3")]
    lines = aligned(names, rows, {"n"}, widths_of([names, *rows]))

    assert lines == ["name     n", "深圳市   1", "a       22", "שלום     3"]
    assert {width_of(line) for line in lines} == {10}


def test_a_table_of_wide_characters_needs_the_room_that_it_takes() -> None:
    """By characters it would fit."""
    choices = (("name", "n"), ("name",))
    assert that_fit(choices, [("深圳市深圳市", "1")], 19) == ("name",)
    assert that_fit(choices, [("abcdef", "1")], 19) == ("name", "n")
