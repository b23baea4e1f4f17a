"""What a typed message means; pure."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from axchat.nearest import nearest_names

BLOCK = '"""'
"""Encloses a message of several lines."""

# A path ("/etc/hosts is ...") is no command: a command's name has no second slash.
_COMMAND = re.compile(r"/(?P<name>[^\s/]*)(?:\s+(?P<argument>.*))?")


@dataclass(frozen=True, slots=True)
class Say:
    """A message for the model, exactly as typed."""

    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command and the rest of its line, empty if there is none."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A slash command that does not exist, and the nearest one that does."""

    name: str
    nearest: str | None = None


@dataclass(frozen=True, slots=True)
class Nothing:
    """White space only."""


Line = Say | Command | Unknown | Nothing


def read_line(text: str, names: Collection[str], *, is_literal: bool = False) -> Line:
    """What the user meant.

    One line that begins with ``/`` and a name is a command; ``//text`` says ``/text``. A text of several
    lines is always said, so that a paste that begins with a slash is not taken for a command. A block in
    three double quotes says what stands between them, exactly.

    Args:
        text: as typed, without the Enter that sent it.
        names: of the commands there are.
        is_literal: it was pasted: a message whatever it holds.
    """
    stripped = text.strip()
    if not stripped:
        return Nothing()
    if is_literal:
        return Say(text)
    block = _closed_block(stripped)
    if block is not None:
        return Say(block) if block.strip() else Nothing()
    if "\n" in stripped:
        return Say(text)
    if stripped.startswith("//"):
        return Say(stripped[1:])
    command = _COMMAND.fullmatch(stripped)
    if command is None:
        return Say(text)
    name = command["name"].lower()
    if name in names:
        return Command(name, (command["argument"] or "").strip())
    return Unknown(name, nearest(name, names))


def unknown_command(line: Unknown) -> Sequence[str]:
    """Message and hint for a command that does not exist."""
    return (
        f"there is no command /{line.name}",
        f"did you mean /{line.nearest}?" if line.nearest else "/help lists them; //text says /text",
    )


def is_open_block(text: str) -> bool:
    """Whether the message begins with three double quotes that are still open: Enter is a newline then."""
    stripped = text.strip()
    return stripped.startswith(BLOCK) and _closed_block(stripped) is None


def _closed_block(stripped: str) -> str | None:
    """What stands between three double quotes at the beginning and at the end."""
    if not stripped.startswith(BLOCK):
        return None
    inside = stripped.removeprefix(BLOCK)
    return inside.removesuffix(BLOCK) if inside.endswith(BLOCK) else None


def nearest(name: str, names: Collection[str]) -> str | None:
    """The name that was probably meant: one that begins so, else one that looks like it."""
    begun = sorted(known for known in names if name and known.startswith(name))
    return next(iter(begun or nearest_names(name, names)), None)
