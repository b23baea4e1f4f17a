"""The failures that the stand-in plays on request, by name; several are joined by commas.

``-N`` counts from 0: ``load-layer-2`` is the third layer, ``hang-token-5`` acts once there are five tokens
of the answer.
"""

import re
from collections.abc import Iterable

PLAIN = frozenset(
    {
        "setdevice",
        "no-device",
        "missing-layer",
        "hang-load",
        "ignore-int",
        "ignore-term",
        "ignore-hup",
        "garbage",
        "silent",
        "late-log",
        "library-log",
        "stale-token",
    }
)
NUMBERED = frozenset({"load-layer", "hang-token", "segv-token", "dead-device-token", "exit"})
_NUMBERED = re.compile(r"(.+)-([0-9]{1,6})\Z")


class UnknownFault(Exception):
    """A failure that the stand-in cannot play."""


class Faults:
    """A set of failures to play."""

    def __init__(self, names: Iterable[str]) -> None:
        self._plain: set[str] = set()
        self._numbers: dict[str, int] = {}
        for name in names:
            numbered = _NUMBERED.match(name)
            if name in PLAIN:
                self._plain.add(name)
            elif numbered and numbered[1] in NUMBERED:
                self._numbers[numbered[1]] = int(numbered[2])
            else:
                known = sorted(PLAIN) + [f"{known}-N" for known in sorted(NUMBERED)]
                raise UnknownFault(f"unknown failure {name!r}; known: {', '.join(known)}")

    def has(self, name: str) -> bool:
        """Say whether a plain failure was asked for."""
        return name in self._plain

    def number(self, name: str) -> int | None:
        """Return the N of a numbered failure, None when it was not asked for."""
        return self._numbers.get(name)

    def due(self, name: str, count: int) -> bool:
        """Say whether a numbered failure was asked for and ``count`` has reached its N."""
        number = self._numbers.get(name)
        return number is not None and count >= number


def parse(text: str) -> Faults:
    """Return the failures of a comma-separated list; raises UnknownFault."""
    return Faults(name for name in (part.strip() for part in text.split(",")) if name)
