"""The failures that the stand-in plays on request, by name; several are joined by commas.

``-N`` counts from 0: ``load-layer-2`` is the third layer, ``hang-token-5`` acts once there are five tokens
of the answer, ``decode-500-1`` is the second /decode. ``@T`` restricts a failure of a turn to turn T, counted
from 0; for one at the marker it is the number of turns before: ``segv-token-5@2``, ``idle-exit-3@1``.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

PLAIN = frozenset(
    {
        # at the start
        "setdevice",
        "hang-setdevice",
        "no-device",
        "engine-init",
        "missing-layer",
        "missing-post",
        "load-post",
        "missing-embed",
        "mmap",
        "pcie-ids",
        "not-inited",
        "embed-size",
        "missing-config",
        "max-token-len",
        "hang-load",
        "garbage",
        "silent",
        # in an answer
        "late-log",
        "library-log",
        "stale-token",
        # at the marker and at the end
        "idle-dead",
        "idle-segv",
        "eof-flood",
        "hang-exit",
        "ignore-q",
        "ignore-int",
        "ignore-term",
        "ignore-hup",
    }
)
CALLS = ("bos", "eos", "uid", "reset", "encode", "decode")
"""The calls to a tokenizer whose answers can fail."""
REPLACED_REPLIES = ("500", "json", "uid", "empty", "lost")
NUMBERED = frozenset(
    {
        "exit",
        "axclinit",
        "load-layer",
        "create-context",
        "io-info",
        "memory-full",
        "hang-layer",
        "hang-token",
        "segv-token",
        "abrt-token",
        "exit-token",
        "dead-device-token",
        "library-error-token",
        "late-error-token",
        "idle-exit",
        *(f"{call}-{reply}" for call in CALLS for reply in REPLACED_REPLIES),
    }
)
_FAULT = re.compile(r"(?P<name>.+?)(?:-(?P<number>[0-9]{1,6}))?(?:@(?P<turn>[0-9]{1,6}))?\Z")


class UnknownFault(Exception):
    """A failure that the stand-in cannot play."""


class Fault(NamedTuple):
    """One failure: ``number`` is its N or None, ``turn`` its T or None."""

    name: str
    number: int | None
    turn: int | None


class Faults:
    """A set of failures to play; ``turn`` is the turn of now, which the session counts."""

    def __init__(self, names: Iterable[str]) -> None:
        self.turn = 0
        self._faults = [_read(name) for name in names]

    def has(self, name: str) -> bool:
        """Say whether a plain failure was asked for, in this turn."""
        return any(fault.name == name for fault in self._now())

    def number(self, name: str) -> int | None:
        """Return the N of a numbered failure, None when it was not asked for in this turn."""
        return next((fault.number for fault in self._now() if fault.name == name), None)

    def at(self, name: str, count: int) -> bool:
        """Say whether a numbered failure was asked for with N ``count``."""
        return any(fault.name == name and fault.number == count for fault in self._now())

    def due(self, name: str, count: int) -> bool:
        """Say whether a numbered failure was asked for and ``count`` has reached its N."""
        number = self.number(name)
        return number is not None and count >= number

    def _now(self) -> list[Fault]:
        return [fault for fault in self._faults if fault.turn in (None, self.turn)]


def parse(text: str) -> Faults:
    """Return the failures of a comma-separated list; raises UnknownFault."""
    return Faults(name for name in (part.strip() for part in text.split(",")) if name)


def _read(word: str) -> Fault:
    plain, _, turn = word.partition("@")
    if plain in PLAIN and (turn.isdecimal() or "@" not in word):
        return Fault(plain, None, int(turn) if turn else None)
    parts = _FAULT.match(word)
    if parts and parts["name"] in NUMBERED and parts["number"]:
        return Fault(parts["name"], int(parts["number"]), int(parts["turn"]) if parts["turn"] else None)
    known = sorted(PLAIN) + [f"{name}-N" for name in sorted(NUMBERED)]
    raise UnknownFault(f"unknown failure {word!r}; known: {', '.join(known)}")
