"""Mean, deviation and extremes of a few measured values; pure."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Summary:
    """Values summed up, in their own unit.

    ``sd`` is the sample standard deviation (divided by n - 1), None for a single value.
    """

    n: int
    mean: float
    sd: float | None
    min: float
    median: float
    max: float


def summarize(values: Iterable[float | None]) -> Summary | None:
    """The summary of the values that are there; None if none is."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    return Summary(
        n=len(known),
        mean=statistics.fmean(known),
        sd=statistics.stdev(known) if len(known) > 1 else None,
        min=min(known),
        median=statistics.median(known),
        max=max(known),
    )
