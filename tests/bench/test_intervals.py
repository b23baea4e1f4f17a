import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.bench.intervals import (
    Interval,
    Spread,
    margin,
    relative_change,
    relative_interval,
    t_quantile,
)

SLEEP_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SLEEP_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def spread(values: list[float]) -> Spread:
    """The three numbers of these values."""
    return Spread(len(values), statistics.fmean(values), statistics.stdev(values))


@pytest.mark.parametrize(
    ("degrees", "t"),
    [
        (1, 12.706),
        (2, 4.303),
        (3, 3.182),
        (4, 2.776),
        (5, 2.571),
        (9, 2.262),
        (10, 2.228),
        (29, 2.045),
        (30, 2.042),
        (60, 2.000),
        (100, 1.984),
        (10_000, 1.960),
        (1e9, 1.960),
    ],
)
def test_quantiles_are_those_of_the_table(degrees: float, t: float) -> None:
    """Student's t at 97.5 % is what every printed table has (NIST/SEMATECH handbook, 1.3.6.7.2)."""
    assert t_quantile(degrees) == pytest.approx(t, abs=0.0005)


def test_quantiles_have_a_closed_form_for_two_degrees() -> None:
    """With two degrees of freedom t is p sqrt(2 / (1 - p^2)), to all digits."""
    assert t_quantile(2) == pytest.approx(0.95 * (2 / (1 - 0.95**2)) ** 0.5, rel=1e-9)


def test_the_two_ways_to_the_quantile_meet() -> None:
    """Where the normal distribution takes over, nothing jumps."""
    assert t_quantile(10_000) == pytest.approx(t_quantile(10_000.001), rel=1e-7)


@given(st.floats(0.5, 20_000), st.floats(1.001, 100))
def test_more_values_are_surer(degrees: float, times: float) -> None:
    """The quantile falls with the degrees of freedom, whole or not, and stays above the normal one."""
    assert t_quantile(degrees) > t_quantile(degrees * times) > 1.9599


def test_interval_of_a_difference() -> None:
    """R's t.test(extra ~ group, data = sleep): 95 % from -3.3654832 to 0.2054832 with df = 17.776."""
    assert margin(spread(SLEEP_2), spread(SLEEP_1)) == pytest.approx((0.2054832 + 3.3654832) / 2, abs=1e-6)


def test_interval_of_a_difference_of_unequal_samples() -> None:
    """NIST's AUTO83B without equal deviations: t = -12.946 at 136.875 degrees of freedom."""
    japan, usa = Spread(79, 30.48101, 6.10771), Spread(249, 20.14458, 6.41470)
    half = margin(japan, usa)
    assert half is not None
    assert (usa.mean - japan.mean) / (half / t_quantile(136.875)) == pytest.approx(-12.94627, abs=2e-4)


def test_one_value_has_no_interval() -> None:
    """Whatever deviation is claimed for it, on either side."""
    one, two = Spread(1, 3.0, 0.0), Spread(2, 3.0, 1.0)
    assert relative_interval(one, two) is None
    assert relative_interval(two, one) is None
    assert relative_interval(two, Spread(5, 3.0, None)) is None


def test_relative_change() -> None:
    """A mean from 4 to 5 is a quarter more, with or without an interval."""
    assert relative_change(Spread(1, 4.0, None), Spread(1, 5.0, None)) == 0.25


def test_change_from_nothing_is_not_known() -> None:
    """A share of zero, or of less, means nothing."""
    assert relative_change(Spread(3, -2.0, 1.0), Spread(3, 1.0, 1.0)) is None
    zero = Spread(3, 0.0, 1.0)
    assert relative_change(zero, Spread(3, 1.0, 1.0)) is None
    assert relative_interval(zero, Spread(3, 1.0, 1.0)) is None


def test_values_that_never_differ_leave_no_doubt() -> None:
    """Without any deviation the interval is the change itself."""
    assert relative_interval(Spread(5, 2.0, 0.0), Spread(5, 3.0, 0.0)) == Interval(0.5, 0.5)


def test_relative_interval_counts_the_doubt_about_both() -> None:
    """By hand: means 10 and 20, deviations 1 and 2, 4 values each; both sides add the same, 6 degrees."""
    found = relative_interval(Spread(4, 10.0, 1.0), Spread(4, 20.0, 2.0))
    assert found is not None
    half = 2.446912 * (2 * 4 / 4) ** 0.5 / 10
    assert (found.low, found.high) == pytest.approx((1 - half, 1 + half), abs=1e-6)


def test_relative_interval_is_welchs_where_nothing_changed() -> None:
    """With equal means it is the interval of the difference, in shares of the mean."""
    a, b = Spread(5, 8.0, 0.5), Spread(7, 8.0, 0.9)
    half, relative = margin(a, b), relative_interval(a, b)
    assert half is not None
    assert relative is not None
    assert (relative.low, relative.high) == pytest.approx((-half / 8, half / 8))
