import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.bench.stats import Summary, histogram, percentile, summarize


def test_known_values() -> None:
    """Mean, sample deviation and extremes of values computed by hand."""
    assert summarize([2, 4, 4, 4, 5, 5, 7, 9]) == Summary(8, 5.0, math.sqrt(32 / 7), 2, 4.5, 9, 9, 9)


def test_one_value_has_no_deviation() -> None:
    """A single value says nothing about spread."""
    assert summarize([3.5]) == Summary(1, 3.5, None, 3.5, 3.5, 3.5, 3.5, 3.5)


@pytest.mark.parametrize("values", [[], [None, None]])
def test_no_values_have_no_summary(values: list[float | None]) -> None:
    """Nothing measured is nothing, not zero."""
    assert summarize(values) is None


def test_unknown_values_do_not_count() -> None:
    """Values that are not known are left out, also of n."""
    summary = summarize([1.0, None, 3.0])
    assert summary is not None
    assert (summary.n, summary.mean) == (2, 2.0)


@given(st.lists(st.floats(0.001, 1000), min_size=2))
def test_the_summary_is_ordered(values: list[float]) -> None:
    """Minimum, median and maximum are in order, the mean between, and the deviation is not negative."""
    summary = summarize(values)
    assert summary is not None
    assert summary.min <= summary.median <= summary.max
    assert summary.min * (1 - 1e-9) <= summary.mean <= summary.max * (1 + 1e-9)
    assert summary.sd is not None
    assert summary.sd >= 0


def test_percentiles_are_values_that_occurred() -> None:
    """Nearest rank: of 1 to 100 the 95th percentile is 95, of five values it is the largest."""
    assert percentile(range(1, 101), 95) == 95
    assert percentile([1, 2, 3, 4, 5], 95) == 5
    assert percentile([7], 1) == 7


def test_a_histogram_counts_every_value_once() -> None:
    """The largest belongs to the last part; equal values are all in the first."""
    assert histogram([0, 1, 2, 3, 4], 4) == (1, 1, 1, 2)
    assert histogram([2, 2], 3) == (2, 0, 0)
    assert histogram([], 3) == ()
