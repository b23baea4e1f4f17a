"""What one comparison found: a row of ``docs/performance.md``, and whether its target is met.

A measuring module is named for what it measures, and its docstring says how, as it is shown in the document.
It has ``KEYS``, the keys of all its rows in their order, so that they can be listed, and named when a crash
takes them away; and ``rows(scale)``, which measures and gives them one by one.
"""

import enum
import math
from dataclasses import dataclass


class Scale(enum.Enum):
    """How long may be measured."""

    QUICK = "quick"
    """Each module for seconds: shows that it works, and a loss that is not small."""
    FULL = "full"
    """As often as the document needs it: all modules together at most about twelve minutes."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a row's value is held against.

    Attributes:
        limit: the last value that is good.
        is_ceiling: the value may be at most that; else it has to be at least that.
        unit: of limit and value: ``times``, ``ms``, ``%``.
    """

    limit: float
    is_ceiling: bool
    unit: str

    def holds(self, value: float) -> bool:
        """Whether a value is good; one that is no number never is."""
        return value <= self.limit if self.is_ceiling else value >= self.limit

    def __str__(self) -> str:
        """As it is shown: ``at most 1.3 times``."""
        return f"{'at most' if self.is_ceiling else 'at least'} {self.limit:g} {self.unit}"


def at_most(limit: float, unit: str = "times") -> Target:
    """A ceiling."""
    return Target(limit, is_ceiling=True, unit=unit)


def at_least(limit: float, unit: str = "times") -> Target:
    """A floor."""
    return Target(limit, is_ceiling=False, unit=unit)


@dataclass(frozen=True, slots=True)
class Row:
    """A comparison.

    Attributes:
        key: ``group/name``, as in ``start-up/version``.
        what: for the table: ```axchat --version` against `python -c pass```.
        ours: as shown, with its unit: ``8.1 ms``.
        theirs: the other side, ``7.8 ms``; empty where there is none.
        value: what is held against the target: ours divided by theirs where both are there, as medians of
            runs that took turns; else in the target's unit.
        target: None where a row is told and not judged.
        notes: what a reader has to know of this run.
        failure: why there is no value; such a row never meets its target.
    """

    key: str
    what: str
    ours: str
    theirs: str
    value: float
    target: Target | None
    notes: tuple[str, ...] = ()
    failure: str = ""

    @property
    def is_met(self) -> bool:
        """Whether it was measured and its target, if it has one, holds."""
        return not self.failure and (self.target is None or self.target.holds(self.value))

    @property
    def shown_value(self) -> str:
        """The value with its unit; empty where there is none to compare."""
        if math.isnan(self.value) or (self.target is None and not self.theirs):
            return ""
        shown = f"{self.value:.3g}" if abs(self.value) < 1000 else f"{self.value:.0f}"
        return f"{shown} {self.target.unit if self.target else 'times'}"


def failed(key: str, reason: str) -> Row:
    """The row of a measurement that did not come to an end."""
    return Row(key, "", "", "", math.nan, None, failure=reason)
