"""Files that go with a message: put in front of what is typed, and taken apart again."""

import re
from collections.abc import Sequence
from pathlib import Path

from axchat.chat.text_files import labelled
from axchat.config.paths import expanded
from axchat.errors import UsageError
from axchat.messages import Message, Role
from axchat.repl.extracts import counted
from axchat.repl.typed_path import readings

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


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long, a folder that may not be searched, a NUL
        return False


def attach_text(name: str, content: str) -> Message:
    """A text file as part of a message, with its name."""
    return Message(Role.USER, labelled(name, content))


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
