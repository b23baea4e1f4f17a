"""What changed from one saved report to another, and whether it is more than chance; pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from axchat.bench.differences import differences
from axchat.bench.intervals import Interval, Spread, relative_change, relative_interval
from axchat.bench.measured import Measured, is_judged, measured, named, only, spread
from axchat.bench.reading import Json, Key, number, summary_of
from axchat.bench.stats import ENOUGH_FOR_PERCENTILES
from axchat.errors import UsageError

DEFAULT_THRESHOLD = 0.05
"""Less than that nobody feels, and a warm room does as much."""


class Verdict(StrEnum):
    """What a change amounts to; ``TOLD`` is not judged."""

    REGRESSION = "regression"
    IMPROVEMENT = "improvement"
    SAME = "same"
    UNCLEAR = "unclear"
    TOLD = "told"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of one test, in both reports.

    Attributes:
        key: of which test; its ``test`` is ``load`` for a figure of the load.
        figure: the figure's stable name, with its unit; ``inter_token_s.p99`` for a percentile.
        title: for people.
        unit: of ``a`` and ``b``.
        a: the mean in A, and B's in ``b``; of what is only told the value itself.
        n_a: how many values that is of; ``n_b`` in B.
        change: B over A, less 1; None where A is not above 0.
        interval: 95 % of the change; None with fewer than two values on a side.
        verdict: see ``judged``.
        note: what one has to know to read it; empty for nothing.
    """

    key: Key
    figure: str
    title: str
    unit: str
    better: str | None
    a: float
    b: float
    n_a: int
    n_b: int
    change: float | None
    interval: Interval | None
    verdict: Verdict
    note: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two reports side by side.

    Attributes:
        threshold: a share, 0.05 for 5 %.
        rows: of what is in both.
        only_a: tests and figures that only A has, in words; ``only_b`` those of B.
        warnings: what else differs, in words that name A and B; not safe for a terminal.
    """

    threshold: float
    rows: tuple[Row, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def has_regression(self) -> bool:
        """Whether any figure is worse than it may be."""
        return self.count(Verdict.REGRESSION) > 0

    def count(self, verdict: Verdict) -> int:
        """How many rows have this verdict."""
        return sum(row.verdict is verdict for row in self.rows)


def compare(a: Json, b: Json, threshold: float = DEFAULT_THRESHOLD) -> Comparison:
    """Compare every figure that both reports have and of which it is known which way is better.

    Tests are matched by model, engine and test. Inter-token latency is compared by the means of the
    repetitions (tokens of one answer are no independent values); its percentiles are told.

    Args:
        a: the earlier report, as ``bench.saved`` reads it.
        b: the later one.
        threshold: how much worse is a regression, as a share, not below 0.

    Raises:
        UsageError: they have nothing in common.
    """
    of_a, of_b = measured(a), measured(b)
    rows = [row for key in of_a if key in of_b for row in _rows(key, of_a[key], of_b[key], threshold)]
    if not rows:
        raise UsageError(
            "the two reports have nothing in common to compare",
            hint="a test is the same by its model, engine and sizes",
            a=sorted({named(key) for key in of_a}),
            b=sorted({named(key) for key in of_b}),
        )
    return Comparison(
        threshold, tuple(rows), tuple(only(of_a, of_b)), tuple(only(of_b, of_a)), differences(a, b)
    )


def judged(change: float | None, interval: Interval | None, better: str, threshold: float) -> Verdict:
    """What a change amounts to.

    Worse or better by more than the threshold, without "no change" in the interval, is a regression or an
    improvement; an interval that lies within the threshold on both sides is the same; the rest is unclear.
    Without an interval the threshold alone decides.
    """
    if change is None:
        return Verdict.UNCLEAR
    low, high = (interval.low, interval.high) if interval else (change, change)
    if better == "higher":
        change, low, high = -change, -high, -low
    if change > threshold and low > 0:
        return Verdict.REGRESSION
    if change < -threshold and high < 0:
        return Verdict.IMPROVEMENT
    return Verdict.SAME if low >= -threshold and high <= threshold else Verdict.UNCLEAR


def _rows(key: Key, a: Measured, b: Measured, threshold: float) -> Iterator[Row]:
    for name, figure in a.figures.items():
        other = b.figures.get(name, {})
        of_a, of_b = spread(name, a), spread(name, b)
        if of_a is None or of_b is None or not is_judged(figure, other):
            continue
        better = str(figure["better"])
        change, interval = relative_change(of_a, of_b), relative_interval(of_a, of_b)
        verdict, note = judged(change, interval, better, threshold), ""
        if figure.get("clock") != other.get("clock"):
            verdict, note = Verdict.TOLD, f"by the clock of {figure.get('clock')} and of {other.get('clock')}"
        elif change is None:
            note = "no share of zero"
        elif interval is None:
            note = "one value: by the threshold alone"
        title, unit = str(figure.get("title", name)), str(figure.get("unit", ""))
        yield Row(
            key, name, title, unit, better, of_a.mean, of_b.mean, of_a.n, of_b.n, change, interval,
            verdict, note,
        )  # fmt: skip
        if name == "inter_token_s":
            yield from _percentiles(key, figure, other)


def _percentiles(key: Key, a: Json, b: Json) -> Iterator[Row]:
    """p95 and p99 over all tokens, where there are enough: no deviation is known of them."""
    of_a, of_b = summary_of(a) or {}, summary_of(b) or {}
    n_a, n_b = (int(number(summary.get("n")) or 0) for summary in (of_a, of_b))
    for name in ("p95", "p99"):
        first, second = number(of_a.get(name)), number(of_b.get(name))
        if first is not None and second is not None and min(n_a, n_b) >= ENOUGH_FOR_PERCENTILES:
            change = relative_change(Spread(n_a, first, None), Spread(n_b, second, None))
            yield Row(
                key, f"inter_token_s.{name}", f"{a.get('title', 'inter-token')} {name}",
                str(a.get("unit", "")), None, first, second, n_a, n_b, change, None, Verdict.TOLD,
            )  # fmt: skip
