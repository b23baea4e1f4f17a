"""Files that go with a message: read with a bound, put in front of what is typed, and taken apart again."""

import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path

from axchat.errors import UsageError
from axchat.messages import Message, Role
from axchat.repl.extracts import counted
from axchat.repl.typed_path import readings

FILE_LIMIT_BYTES = 256 * 1024
"""More than any context of a card's model holds (some 60,000 tokens)."""

_TICKS = re.compile("`+")
_BLOCK = re.compile(r"(?P<name>[^\n]+):\n(?P<fence>`{3,})\n(?P<content>.*?)\n(?P=fence)\n\n", re.DOTALL)


def existing(typed: str) -> Path:
    """The file that a typed path means: ``~``, quotes and backslashes are read as far as such a file exists.

    Raises:
        UsageError: there is none.
    """
    meant = readings(typed)
    for reading in meant:
        path = expanded(reading)
        if _exists(path):
            return path
    raise UsageError(f"there is no file {meant[0] if meant else typed!r}")


def expanded(path: str) -> Path:
    """A path with the home folder in place of ``~``; as it is where nobody has that name."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long, a folder that may not be searched, a NUL
        return False


def read_text(path: Path) -> str:
    """A text file's content.

    Raises:
        UsageError: it is no regular file, too large, binary, not UTF-8, or cannot be read.
    """
    try:
        content = _beginning_of(path)
    except OSError as exc:
        raise UsageError(f"{path} cannot be read: {exc.strerror}") from exc
    if len(content) > FILE_LIMIT_BYTES:
        raise UsageError(f"{path} is too large; at most {FILE_LIMIT_BYTES // 1024} KiB go with a message")
    if b"\0" in content:
        raise UsageError(f"{path} is binary, not a text", hint="/image PATH is for images")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise UsageError(
            f"{path} is not UTF-8 (byte {exc.start})", hint=f"convert it: iconv -t UTF-8 {path}"
        ) from exc


def _beginning_of(path: Path) -> bytes:
    # O_NONBLOCK: a pipe or device would wait for somebody to write into it
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UsageError(f"{path} is no regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(FILE_LIMIT_BYTES + 1)
    finally:
        os.close(descriptor)


def attach_text(name: str, content: str) -> Message:
    """A text file as part of a message: its name, its content in a fence longer than any in it."""
    longest = max((len(ticks) for ticks in _TICKS.findall(content)), default=0)
    fence = "`" * max(3, longest + 1)
    shown = "".join(character if character.isprintable() else "?" for character in name)
    return Message(Role.USER, f"{shown}:\n{fence}\n{content}\n{fence}")


def attach_image(path: Path) -> Message:
    """An image as part of a message; its path is absolute, because a runner has another working directory."""
    return Message(Role.USER, "", (str(path.absolute()),))


def compose(attached: Sequence[Message], typed: str) -> Message:
    """One message of what is attached and what was typed."""
    texts = [message.text for message in attached if message.text]
    images = tuple(image for message in attached for image in message.images)
    return Message(Role.USER, "\n\n".join([*texts, typed]), images)


def take_apart(message: Message) -> tuple[list[Message], str]:
    """What was attached to a message, and what was typed: composed again they are the same message."""
    attached: list[Message] = []
    at = 0
    while block := _BLOCK.match(message.text, at):
        attached.append(Message(Role.USER, block[0].removesuffix("\n\n")))
        at = block.end()
    attached += [Message(Role.USER, "", (image,)) for image in message.images]
    return attached, message.text[at:]


def described(attached: Message) -> str:
    """One attached file or image, in one line."""
    if attached.images:
        return f"image {attached.images[0]}"
    name, _, fenced = attached.text.partition(":\n")
    content = "\n".join(fenced.split("\n")[1:-1])
    lines, characters = len(content.splitlines()), len(content)
    return f"file {name} ({counted(lines, 'line')}, {counted(characters, 'character')})"
