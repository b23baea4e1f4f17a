"""Ways to do the same, measured turn about, so that what else the machine does meets all of them alike."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


def taking_turns(ways: Mapping[str, Callable[[], T]], times: int) -> dict[str, list[T]]:
    """What each way gave, so often; one go of each before that warms up and is forgotten.

    Every second round goes the other way about.
    """
    found: dict[str, list[T]] = {name: [] for name in ways}
    for number in range(-1, times):
        for name in ways if number % 2 else reversed(ways):
            result = ways[name]()
            if number >= 0:
                found[name].append(result)
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share of all does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def quiet_percentile(values: Sequence[float], share: float, block: int) -> float:
    """The lower quartile of the percentiles of blocks of so many values.

    Far out, a percentile of them all tells how often the machine did something else, and for how long.
    """
    blocks = [values[at : at + block] for at in range(0, len(values) - block + 1, block)]
    return percentile([percentile(part, share) for part in blocks], 0.25)
