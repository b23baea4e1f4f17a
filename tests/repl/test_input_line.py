import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.repl.input_line import Command, Line, Nothing, Say, Unknown, is_open_block, read_line

NAMES = frozenset({"help", "new", "quit", "exit", "model"})


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("hello", Say("hello")),
        ("  hello ", Say("  hello ")),
        ("", Nothing()),
        (" \n\t", Nothing()),
        ("/help", Command("help")),
        ("  /help  ", Command("help")),
        ("/HELP", Command("help")),
        ("/model  qwen 3 ", Command("model", "qwen 3")),
        ("//help", Say("/help")),
        ("///", Say("//")),
        ("/hlep", Unknown("hlep", "help")),
        ("/q", Unknown("q", "quit")),
        ("/exi now", Unknown("exi", "exit")),
        ("/zzzz", Unknown("zzzz")),
        ("/", Unknown("")),
        ("/ help", Unknown("")),
        ("/etc/hosts is what?", Say("/etc/hosts is what?")),
        ("/help\nme", Say("/help\nme")),
        ("//a\nb", Say("//a\nb")),
        ("/quit\n", Command("quit")),
        ("h", Say("h")),
        ("1/2", Say("1/2")),
    ],
)
def test_a_line_means(text: str, line: Line) -> None:
    """A single line with a slash and a name is a command; all else is said."""
    assert read_line(text, NAMES) == line


@given(st.text())
def test_no_text_is_lost(text: str) -> None:
    """What does not begin with a slash and is not blank is said exactly as typed."""
    if text.strip() and not text.strip().startswith(("/", '"""')):
        assert read_line(text, NAMES) == Say(text)


@given(st.text(st.characters(exclude_categories=["Cs", "Zl", "Zp", "Zs", "Cc"]), min_size=1))
def test_anything_can_be_said_behind_a_slash(text: str) -> None:
    """A second slash in front says every line that begins with one."""
    assert read_line(f"//{text}", NAMES) == Say(f"/{text}")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('"""a"""', Say("a")),
        ('"""\na\n  b\n"""', Say("\na\n  b\n")),
        ('  """/help"""\n', Say("/help")),
        ('"""a\n"""b"""', Say('a\n"""b')),
        ('""" \n"""', Nothing()),
        ('""""""', Nothing()),
        ('"""', Say('"""')),
        ('"""""', Say('"""""')),
        ('"""open\nstill', Say('"""open\nstill')),
        ('a """b"""', Say('a """b"""')),
    ],
)
def test_a_block_is_said_without_its_quotes(text: str, line: Line) -> None:
    """Three quotes at the beginning and at the end are no part of the message; what is between is exact."""
    assert read_line(text, NAMES) == line


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("", False),
        ("a", False),
        ('"""', True),
        ('  """a\nb', True),
        ('""""', True),
        ('"""a"""', False),
        ('"""\na\n"""\n', False),
        ('"""a""" b', True),
        ('a """', False),
    ],
)
def test_a_block_is_open_until_its_quotes_end_the_message(text: str, is_open: bool) -> None:
    """Enter begins a new line while it is open."""
    assert is_open_block(text) is is_open


@given(st.text(alphabet='"/a \n'))
def test_an_open_block_is_never_a_command(text: str) -> None:
    """What is not yet closed is no command, and is said whole when it is sent all the same."""
    if is_open_block(text):
        assert read_line(text, NAMES) == Say(text)


@given(st.text())
def test_a_pasted_text_is_a_message(text: str) -> None:
    """A paste is said exactly as it is, also with a slash or with quotes in front."""
    expected = Say(text) if text.strip() else Nothing()
    assert read_line(text, NAMES, is_literal=True) == expected


@pytest.mark.parametrize("text", ["/quit", "//a", '"""a"""', "/nope", "/help\n/quit"])
def test_a_pasted_command_is_said(text: str) -> None:
    """Nothing that was pasted is obeyed."""
    assert read_line(text, NAMES, is_literal=True) == Say(text)
