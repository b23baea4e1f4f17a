"""Time left across several steps, so that five steps cannot take five timeouts."""

import re
import time
from collections.abc import Callable

LONGEST_S = 1e9
"""Thirty years: the system refuses to wait for more than it can count."""


class Deadline:
    """A moment on a monotonic clock, asked for the time left at each step.

    Args:
        seconds: from now; None never expires.
        clock: seconds, monotonic.
    """

    def __init__(self, seconds: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = None if seconds is None else clock() + min(seconds, LONGEST_S)

    def left(self, at_most: float | None = None) -> float | None:
        """Seconds left, never below 0; None when it never expires and no cap is given."""
        if self._end is None:
            return at_most
        left = max(0.0, self._end - self._clock())
        return left if at_most is None else min(left, at_most)

    @property
    def is_over(self) -> bool:
        """Whether no time is left."""
        return self._end is not None and self._clock() >= self._end


NEVER = Deadline(None)

# Go writes the micro sign and reads the Greek letter, too.
_UNITS_S = {
    "ns": 1e-9,
    "us": 1e-6,
    "\u00b5s": 1e-6,
    "\u03bcs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}


def duration(text: str) -> float:
    """Seconds in a duration as Ollama writes them: ``5m``, ``1h30m``, ``90`` (seconds), ``-1``.

    Raises:
        ValueError: it is none.
    """
    told = text.strip()
    sign, digits = (-1.0, told[1:]) if told.startswith("-") else (1.0, told.removeprefix("+"))
    if re.fullmatch(r"\d+(\.\d*)?|\.\d+", digits, re.ASCII):
        return sign * float(digits)
    parts = re.findall(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)", digits, re.ASCII)
    if not parts or "".join(map("".join, parts)) != digits:
        raise ValueError(f"{text!r} is no duration: write 5m, 1h30m, 90 (seconds), 0 or -1 (for ever)")
    return sign * sum(float(number) * _UNITS_S[unit] for number, unit in parts)
