import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.bench.plot_axes import axis


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0, 120, "0 20 40 60 80 100 120"),
        (0, 1000, "0 200 400 600 800 1000"),
        (0, 45.2, "0 10 20 30 40 50"),
        (0, 0.31, "0 0.05 0.10 0.15 0.20 0.25 0.30 0.35"),
        (47, 84, "45 50 55 60 65 70 75 80 85"),
        (-3, 4, "-3 -2 -1 0 1 2 3 4"),
        (0, 7e6, "0 1e+06 2e+06 3e+06 4e+06 5e+06 6e+06 7e+06"),
    ],
)
def test_ticks_are_round(low: float, high: float, labels: str) -> None:
    """At steps of 1, 2 or 5, around all values, with as many digits as the step needs."""
    assert [label for _, label in axis(low, high, 0, 100).ticks()] == labels.split()


def test_whole_values_have_whole_ticks() -> None:
    """There is no half token."""
    assert [label for _, label in axis(0, 2, 0, 100, is_whole=True).ticks()] == ["0", "1", "2"]


def test_values_have_places() -> None:
    """Upwards and downwards, in proportion; what is outside lies on the edge."""
    down = axis(0, 100, 300, 100)
    assert [down.place(value) for value in (0, 25, 100, 101, -1)] == [300, 250, 100, 100, 300]


@given(st.floats(-1e15, 1e15), st.floats(-1e15, 1e15), st.booleans())
def test_any_values_have_an_axis(one: float, other: float, is_whole: bool) -> None:
    """Ticks are few and on the paper, and the values between the first and the last."""
    low, high = min(one, other), max(one, other)
    made = axis(low, high, 0, 100, is_whole=is_whole)
    ticks = list(made.ticks())
    assert 2 <= len(ticks) <= 12
    assert all(0 <= place <= 100 for place, _ in ticks)
    assert made.low <= low + made.step * 1e-6
    assert made.high >= high - made.step * 1e-6
    assert max(len(label) for _, label in ticks) < 16
