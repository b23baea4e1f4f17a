from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.errors import UsageError
from axchat.messages import Message, Role
from axchat.repl.attachments import (
    attach_image,
    attach_text,
    compose,
    described,
    existing,
    take_apart,
)


def test_a_file_stands_in_front_of_what_is_typed() -> None:
    """Its name, its content in a fence, and then the message."""
    message = compose([attach_text("a.txt", "one\ntwo\n")], "what is this?")
    assert message == Message(Role.USER, "a.txt:\n```\none\ntwo\n```\n\nwhat is this?")


def test_images_go_beside_the_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their paths are absolute."""
    monkeypatch.chdir(tmp_path)
    message = compose([attach_image(Path("a.png")), attach_image(Path("/b.png"))], "what?")
    assert message == Message(Role.USER, "what?", (str(tmp_path / "a.png"), "/b.png"))


_TEXTS = st.text(alphabet="a`:\n ~") | st.text()


@given(st.lists(st.tuples(_TEXTS, _TEXTS)), _TEXTS)
def test_what_was_composed_is_taken_apart(files: list[tuple[str, str]], typed: str) -> None:
    """Composed again it is the same message, and what was attached is not on the input line."""
    attached = [attach_text(name or "a", content) for name, content in files]
    message = compose([*attached, Message(Role.USER, "", ("/i.png",))], typed)
    parts, rest = take_apart(message)
    assert compose(parts, rest) == message
    assert parts[: len(attached)] == attached
    assert parts[-1].images == ("/i.png",)
    assert typed.endswith(rest)


@given(_TEXTS)
def test_any_message_is_taken_apart(text: str) -> None:
    """A message that nobody composed comes back as it was, too."""
    message = Message(Role.USER, text)
    assert compose(*take_apart(message)) == message


def test_attachments_are_described_in_a_line() -> None:
    """Name and size."""
    assert described(attach_text("a.txt", "one\ntwo")) == "file a.txt (2 lines, 7 characters)"
    assert described(attach_text("a.txt", "one\ntwo\n")) == "file a.txt (2 lines, 7 characters)"
    assert described(attach_image(Path("/b.png"))) == "image /b.png"


def test_a_path_is_found_as_it_was_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Home, quotes, blanks and backslashes."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    wanted = tmp_path / "my notes.txt"
    wanted.touch()
    for typed in ("my notes.txt", "'my notes.txt'", r"my\ notes.txt", "~/my notes.txt", '"~/my notes.txt"'):
        assert existing(typed).absolute() == wanted


@pytest.mark.parametrize("typed", ["nope", "~nobody-of-this-name/a", "a" * 5000, "a\0b"])
def test_a_file_that_is_not_there_is_named(typed: str) -> None:
    """One line, whatever is odd about the path."""
    with pytest.raises(UsageError, match="there is no file"):
        existing(typed)
