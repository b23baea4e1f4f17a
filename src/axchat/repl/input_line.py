"""What a typed message means; pure."""

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass

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


def read_line(text: str, names: Collection[str]) -> Line:
    """What the user meant.

    One line that begins with ``/`` and a name is a command; ``//text`` says ``/text``. A text of several
    lines is always said, so that a paste that begins with a slash is not taken for a command.

    Args:
        text: as typed, without the Enter that sent it.
        names: of the commands there are.
    """
    stripped = text.strip()
    if not stripped:
        return Nothing()
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
    return Unknown(name, _nearest(name, names))


def _nearest(name: str, names: Collection[str]) -> str | None:
    begun = sorted(known for known in names if name and known.startswith(name))
    return next(iter(begun or difflib.get_close_matches(name, names, n=1)), None)


def is_open_block(text: str) -> bool:
    '''Whether the message begins with """ and has no closing one yet.'''
    begun = text.lstrip()
    return begun.startswith(BLOCK) and not (
        len(begun.rstrip()) >= 2 * len(BLOCK) and begun.rstrip().endswith(BLOCK)
    )
