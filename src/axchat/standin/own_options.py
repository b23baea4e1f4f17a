"""The stand-in's own options, which may stand anywhere among the vendor's: all begin with ``--standin-``."""

from typing import NamedTuple

_OWN = "--standin-"
_FLAGS = frozenset({"old-ending"})


class BadOwnOption(Exception):
    """An option of the stand-in's own is unknown or lacks its value."""


class Own(NamedTuple):
    """The stand-in's own options; ``build`` None for the program's usual one."""

    name: str
    script: str | None
    trace: str | None
    build: str | None
    old_ending: bool


def split_own(argv: list[str]) -> tuple[Own, list[str]]:
    """Take our own options out of a command line; the rest is the vendor's. May raise BadOwnOption."""
    own: dict[str, str | None] = {"name": argv[0], "script": None, "trace": None, "build": None}
    flags = set()
    rest = []
    words = iter(argv[1:])
    for word in words:
        name = word.removeprefix(_OWN)
        if name == word:
            rest.append(word)
        elif name in _FLAGS:
            flags.add(name)
        elif name not in own:
            raise BadOwnOption(f"unknown option {word}")
        elif (value := next(words, None)) is None:
            raise BadOwnOption(f"{word} needs a value")
        else:
            own[name] = value
    return Own(own["name"] or "", own["script"], own["trace"], own["build"], "old-ending" in flags), rest
