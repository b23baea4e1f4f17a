import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.repl.input_line import Command, Line, Nothing, Say, Unknown, read_line

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
    if text.strip() and not text.strip().startswith("/"):
        assert read_line(text, NAMES) == Say(text)


@given(st.text(st.characters(exclude_categories=["Cs", "Zl", "Zp", "Zs", "Cc"]), min_size=1))
def test_anything_can_be_said_behind_a_slash(text: str) -> None:
    """A second slash in front says every line that begins with one."""
    assert read_line(f"//{text}", NAMES) == Say(f"/{text}")
