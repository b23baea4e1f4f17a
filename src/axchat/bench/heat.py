"""The card's or the processor's temperature while a bench runs, and what it did to the rate."""

import statistics
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

Heat = tuple[float, float | None, float | None]
"""Seconds since the bench began, degrees Celsius, MHz; None for what cannot be read."""

INTERVAL_S = 5.0
"""axcl-smi talks to the card and takes a second of a board's processor: not more often."""

PATIENCE_S = 1.0
"""A reading under way at the end is waited for no longer; axcl-smi hangs on a dead card."""

SLOWER = 0.10
"""A rate that falls by less may be noise."""

WARMER_C = 5.0
CLOCKED_DOWN = 0.05

ENOUGH = 6
"""Rates: fewer have no first and last third."""


class HeatReader:
    """Reads at the beginning, now and then in a thread of its own, and at the end.

    Args:
        read: gives degrees and MHz; may take seconds.
        clock: seconds, monotonic.
        began: on that clock, when the bench began.
        interval_s: between two readings.
    """

    def __init__(
        self,
        read: Callable[[], tuple[float | None, float | None]],
        clock: Callable[[], float],
        began: float,
        interval_s: float = INTERVAL_S,
    ) -> None:
        self._read = read
        self._clock = clock
        self._began = began
        self._interval_s = interval_s
        self._found: list[Heat] = []
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="heat", daemon=True)

    @property
    def found(self) -> tuple[Heat, ...]:
        """The readings so far that told anything."""
        return tuple(self._found)

    def __enter__(self) -> Self:
        self._take()
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        self._ends.set()
        self._thread.join(PATIENCE_S)

    def _go_on(self) -> None:
        while not self._ends.wait(self._interval_s):
            self._take()
        self._take()

    def _take(self) -> None:
        at_s = self._clock() - self._began
        celsius, mhz = self._read()
        if celsius is not None or mhz is not None:
            self._found.append((at_s, celsius, mhz))


def throttling(heat: Sequence[Heat], rates: Sequence[tuple[float, float]]) -> str | None:
    """A sentence where the rate fell by more than a tenth while it got hot or the clock went down; pure.

    Args:
        heat: readings.
        rates: seconds since the bench began, and tokens a second, of one test.
    """
    if len(rates) < ENOUGH:
        return None
    ordered = sorted(rates)
    third = len(ordered) // 3
    first, last = (
        statistics.median(rate for _, rate in part) for part in (ordered[:third], ordered[-third:])
    )
    if last >= (1 - SLOWER) * first:
        return None
    begin, end = ordered[0][0], ordered[-1][0]
    warm = _change([(at_s, celsius) for at_s, celsius, _ in heat], begin, end)
    clock = _change([(at_s, mhz) for at_s, _, mhz in heat], begin, end)
    fell = f"the rate fell from {first:.1f} to {last:.1f} tok/s while"
    if warm is not None and warm[1] - warm[0] > WARMER_C:
        return f"{fell} the temperature rose from {warm[0]:.0f} to {warm[1]:.0f} °C"
    if clock is not None and clock[1] < (1 - CLOCKED_DOWN) * clock[0]:
        return f"{fell} the clock went down from {clock[0]:.0f} to {clock[1]:.0f} MHz"
    return None


def _change(
    values: Sequence[tuple[float, float | None]], begin: float, end: float
) -> tuple[float, float] | None:
    """The values nearest to both moments."""
    known = [(at_s, value) for at_s, value in values if value is not None]
    if len(known) < 2:
        return None
    return (
        min(known, key=lambda pair: abs(pair[0] - begin))[1],
        min(known, key=lambda pair: abs(pair[0] - end))[1],
    )
