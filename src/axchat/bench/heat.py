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

PATIENCE_S = 0.4
"""The first reading is waited for no longer, the last as long as one took and so much: axcl-smi may hang."""

STOP_S = 0.6
"""A reading that was told to stop: axcl-smi is killed half a second after it was asked to end."""

SLOWER = 0.10
"""A rate that falls by less may be noise."""

WARMER_C = 5.0
CLOCKED_DOWN = 0.05

ENOUGH = 6
"""Rates: fewer have no first and last third."""


class HeatReader:
    """Reads at the beginning, now and then, and at the end, in a thread of its own, one after the other.

    Args:
        read: gives degrees and MHz; may take seconds.
        clock: seconds, monotonic.
        began: on that clock, when the bench began.
        interval_s: from the end of a reading to the next.
        stop: makes a reading under way end soon; called where the last one takes too long.
        patience_s: with the first reading, and with the last beyond what the longest took.
    """

    def __init__(
        self,
        read: Callable[[], tuple[float | None, float | None]],
        clock: Callable[[], float],
        began: float,
        interval_s: float = INTERVAL_S,
        stop: Callable[[], None] = lambda: None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._read = read
        self._clock = clock
        self._began = began
        self._interval_s = interval_s
        self._stop = stop
        self._patience_s = patience_s
        self._found: list[Heat] = []
        self._longest_s = 0.0
        self._has_begun = threading.Event()
        self._is_stopped = threading.Event()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="heat", daemon=True)

    @property
    def found(self) -> tuple[Heat, ...]:
        """The readings so far that told anything."""
        return tuple(self._found)

    def __enter__(self) -> Self:
        self._thread.start()
        self._has_begun.wait(self._patience_s)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        self._ends.set()
        self._thread.join(self._patience_s + self._longest_s)
        if self._thread.is_alive():
            self._is_stopped.set()
            self._stop()
            self._thread.join(STOP_S)

    def _go_on(self) -> None:
        self._take()
        self._has_begun.set()
        while not self._ends.wait(self._interval_s):
            self._take()
            if self._ends.is_set():  # it ended just now, and a second reading would hold up the end
                return
        if not self._is_stopped.is_set():
            self._take()

    def _take(self) -> None:
        at_s = self._clock() - self._began
        celsius, mhz = self._read()
        if celsius is not None or mhz is not None:
            self._longest_s = max(self._longest_s, self._clock() - self._began - at_s)
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
    begin, end = (ordered[0][0], ordered[third - 1][0]), (ordered[-third][0], ordered[-1][0])
    warm = _change([(at_s, celsius) for at_s, celsius, _ in heat], begin, end)
    clock = _change([(at_s, mhz) for at_s, _, mhz in heat], begin, end)
    fell = f"the rate fell from {first:.1f} to {last:.1f} tok/s while"
    if warm is not None and warm[1] - warm[0] > WARMER_C:
        return f"{fell} the temperature rose from {warm[0]:.0f} to {warm[1]:.0f} °C"
    if clock is not None and clock[1] < (1 - CLOCKED_DOWN) * clock[0]:
        return f"{fell} the clock went down from {clock[0]:.0f} to {clock[1]:.0f} MHz"
    return None


def _change(
    values: Sequence[tuple[float, float | None]], begin: tuple[float, float], end: tuple[float, float]
) -> tuple[float, float] | None:
    """The medians within both spans of seconds; the nearest value where none lies within."""
    known = [(at_s, value) for at_s, value in values if value is not None]
    if len(known) < 2:
        return None
    return _within(known, begin), _within(known, end)


def _within(known: Sequence[tuple[float, float]], span: tuple[float, float]) -> float:
    first, last = span
    inside = [value for at_s, value in known if first <= at_s <= last]
    if inside:
        return statistics.median(inside)
    return min(known, key=lambda pair: max(first - pair[0], pair[0] - last))[1]
