"""Where an exported conversation goes, and in which form."""

import re
from dataclasses import dataclass
from pathlib import Path

from axchat.config.paths import expanded
from axchat.errors import UsageError
from axchat.repl.typed_path import readings

FORMATS = ("md", "json")

_NAME_CHARACTERS = 50


@dataclass(frozen=True, slots=True)
class Target:
    """A format of ``FORMATS``, and the file as it was named."""

    format: str
    path: str


def target(argument: str, title: str) -> Target:
    """What ``/export`` was told: a format, a file, both or nothing.

    The file's ending tells the format where that is not given; the title names the file where that is not.
    """
    first, _, rest = argument.partition(" ")
    if first.lower() in FORMATS:
        wanted, file = first.lower(), rest.strip()
    else:
        wanted, file = "json" if argument.lower().rstrip("\"'").endswith(".json") else "md", argument
    named = readings(file)
    return Target(wanted, named[0] if named else f"{file_name(title)}.{wanted}")


def file_name(title: str) -> str:
    """A title as the name of a file that needs no quotes."""
    words = re.sub(r"[^\w-]+", "-", title.lower())[:_NAME_CHARACTERS].strip("-_")
    return words or "conversation"


def write_new(path: str, content: bytes) -> Path:
    """Write a file that was not there before.

    Raises:
        UsageError: it is there, or cannot be written.
    """
    file = expanded(path)
    try:
        with file.open("xb") as opened:
            opened.write(content)
    except FileExistsError as exc:
        raise UsageError(f"{file} is there already", hint="name another: /export [md|json] FILE") from exc
    except (OSError, ValueError) as exc:
        raise UsageError(f"{file} cannot be written: {getattr(exc, 'strerror', None) or exc}") from exc
    return file
