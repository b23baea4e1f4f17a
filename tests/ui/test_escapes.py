import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from axchat.ui.escapes import (
    MAX_MARKS,
    MAX_PARAMETER_CHARACTERS,
    MAX_STRING_CHARACTERS,
    TerminalFilter,
    for_terminal,
)

UNSEEN = (
    "\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
)
FORBIDDEN = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{UNSEEN}]")
HOSTILE = st.text(
    st.one_of(
        st.sampled_from("\x1b[]P^_X\\\x07\x9b\x9c\x9d\x18\r\n\t;?0189mAHhlq ~\x7f\u202e\u2066\udc9f"),
        st.characters(),
        st.characters(min_codepoint=0, max_codepoint=0x9F),
        st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF, exclude_categories=[]),
    ),
    max_size=200,
)


def fed_in_pieces(text: str, cuts: list[int]) -> str:
    """The filter's output for ``text`` cut at ``cuts``."""
    terminal_filter = TerminalFilter()
    shown = ""
    start = 0
    for cut in [*sorted(cuts), len(text)]:
        shown += terminal_filter.feed(text[start:cut])
        start = max(start, cut)
    return shown + terminal_filter.flush()


@given(HOSTILE)
def test_nothing_that_a_terminal_obeys_comes_out(text: str) -> None:
    """No output character is a control, a bidirectional override or a surrogate."""
    assert FORBIDDEN.search(for_terminal(text)) is None


@given(HOSTILE, st.lists(st.integers(0, 200), max_size=8))
@example("\x1b]0;t\x1b\\x", [5, 6])
def test_where_the_text_is_cut_does_not_matter(text: str, cuts: list[int]) -> None:
    """The same text gives the same output in whatever pieces it comes."""
    assert fed_in_pieces(text, [min(cut, len(text)) for cut in cuts]) == for_terminal(text)


@given(HOSTILE)
def test_character_by_character_is_the_same(text: str) -> None:
    """One character at a time gives what the whole gives."""
    assert fed_in_pieces(text, list(range(len(text)))) == for_terminal(text)


@given(
    st.text(
        st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Mn", "Me", "Mc", "Lo"])
        | st.sampled_from("\n\t你好ไทคนमहा한글")
    )
)
@example("👩\u200d👩\u200d👧 👍🏽 ❤\ufe0f 1\ufe0f\u20e3 🇩🇪")
@example("نمی\u200cخواهم क्\u200dष กู้ ที่ Việt e\u0301 ಠ_ಠ ᄒ\u1161\u11ab ש\u05c1\u05bc\u05b8\u0591")
def test_readable_text_passes_unchanged(text: str) -> None:
    """Text without controls, of any script, is not touched and not delayed."""
    assert TerminalFilter().feed(text) == text


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[1;1Hgone", "gone"),
        ("a\x1b[?25lb", "ab"),
        ("a\x1b[>4;2mb", "ab"),
        ("a\x1b[1 qb", "ab"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]52;c;aGk=\x1b\\text", "text"),
        ("\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bP1$r0m\x1b\\x", "x"),
        ("\x1b_apc\x1b\\x", "x"),
        ("\x1bXsos\x1b\\x", "x"),
        ("\x1b^pm\x1b\\x", "x"),
        ("\x1bcx", "x"),
        ("\x1b7x\x1b8", "x"),
        ("\x1b(0x", "x"),
        ("\x1b#8x", "x"),
        ("\x9b31mx", "x"),
        ("\x9d0;t\x9cx", "x"),
        ("\x90q\x9cx", "x"),
        ("\x1b]0;t\x18x", "x"),
        ("\x1b\x1b[31mx", "x"),
        ("a\r\nb", "a\nb"),
        ("a\rb", "ab"),
        ("a\x08b\x07\x0b\x0c\x7f", "ab"),
        ("a\x85b", "ab"),
        ("a\u202eb\u2066c\u2069", "abc"),
        ("a\udcffb", "a\ufffdb"),
        ("a\tb\n", "a\tb\n"),
        ("a\u2028b\u2029c", "a\nb\nc"),
        ("rm\u200b \u2060-\ufeffr\xadf \u200ex\u061c\u200f", "rm -rf x"),
        ("🏴\U000e0067\U000e0062\U000e007f\U000e0001", "🏴"),
        ("\x1b]8;;x\u200b\x1b\\y", "y"),
        ("\x1b[31", ""),
        ("\x1b", ""),
        ("\x1b[3\nx", "\nx"),
        ("\x1b[3äx", "äx"),
        ("\x1b你", "你"),
    ],
)
def test_known_sequences(hostile: str, shown: str) -> None:
    """A sequence vanishes with its parameters; the text around it stays."""
    assert for_terminal(hostile) == shown


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b]the answer", "the answer"),
        ("\x1b]the answer\nnext line", "the answer\nnext line"),
        ("\x1bPthe \u202eanswer\x1b[31m goes on", "the answer goes on"),
        ("\x1b]0;a\x1b]0;b\x07c", "0;ac"),
    ],
)
def test_a_string_that_never_ends_is_shown_as_text(hostile: str, shown: str) -> None:
    """Text after an OSC or DCS without an end is not swallowed."""
    assert for_terminal(hostile) == shown


@pytest.mark.parametrize("opener", ["\x1b]", "\x1bP", "\x1b_", "\x1bX", "\x1b^", "\x9d"])
def test_an_open_string_holds_back_a_bounded_amount(opener: str) -> None:
    """Output resumes, with nothing lost, once a control string is longer than any real one."""
    terminal_filter = TerminalFilter()
    assert terminal_filter.feed(opener + "x" * MAX_STRING_CHARACTERS) == ""
    assert terminal_filter.feed("y") == "x" * MAX_STRING_CHARACTERS + "y"
    assert terminal_filter.feed("z") == "z"


@pytest.mark.parametrize("opener", ["\x1b[", "\x9b", "\x1b "])
def test_endless_parameters_swallow_a_bounded_amount(opener: str) -> None:
    """Of parameters that go on and on at most the bound, plus the one that breaks it, is dropped."""
    fill = " " if opener.endswith(" ") else "1"
    shown = for_terminal(opener + fill * 500)
    assert 500 - MAX_PARAMETER_CHARACTERS - 1 <= len(shown) < 500


def test_flush_ends_a_text() -> None:
    """After ``flush`` the next text starts afresh."""
    terminal_filter = TerminalFilter()
    terminal_filter.feed("\x1b[3")
    assert terminal_filter.flush() == ""
    assert terminal_filter.feed("1m") == "1m"


def test_marks_beyond_the_bound_become_one_replacement_character() -> None:
    """A tower of marks on one character is cut to what text needs, and shows that something was there."""
    tower = "a" + "\u0301" * 1000 + "b" + "\u0302" * MAX_MARKS

    assert for_terminal(tower) == "a" + "\u0301" * MAX_MARKS + "\ufffdb" + "\u0302" * MAX_MARKS


@pytest.mark.parametrize("mark", ["\u0301", "\u20dd", "\u0903", "\u200d", "\ufe0f", "\u1161", "\U000e0100"])
def test_every_kind_of_mark_is_counted_across_cuts(mark: str) -> None:
    """Marks that enclose, that take room, join, select or complete a syllable: none can be piled up."""
    assert fed_in_pieces("a" + mark * 50, list(range(50))) == "a" + mark * MAX_MARKS + "\ufffd"
