"""Mean, deviation, percentiles and extremes of a few measured values; pure."""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ENOUGH_FOR_PERCENTILES = 20
"""The 95th of fewer values is only their largest."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Values summed up, in their own unit.

    ``sd`` is the sample standard deviation (divided by n - 1), None for a single value. Percentiles are
    values that occurred (nearest rank), so that a rare stall is never averaged away.
    """

    n: int
    mean: float
    sd: float | None
    min: float
    median: float
    p95: float
    p99: float
    max: float


def summarize(values: Iterable[float | None]) -> Summary | None:
    """The summary of the values that are there; None if none is."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    return Summary(
        n=len(known),
        mean=statistics.fmean(known),
        sd=statistics.stdev(known) if len(known) > 1 else None,
        min=known[0],
        median=statistics.median(known),
        p95=percentile(known, 95),
        p99=percentile(known, 99),
        max=known[-1],
    )


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of the ordered ones do not exceed (nearest rank)."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def histogram(values: Iterable[float], bins: int) -> tuple[int, ...]:
    """How many values fall into each of so many equal parts of their range; () for none.

    All values being equal fill the first part.
    """
    known = list(values)
    if not known:
        return ()
    low, width = min(known), (max(known) - min(known)) / bins
    counts = [0] * bins
    for value in known:
        counts[min(bins - 1, int((value - low) / width)) if width else 0] += 1
    return tuple(counts)
