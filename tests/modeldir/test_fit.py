"""Whether a model fits is a sum, and the sum is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.modeldir.fit import CARDS_MIB, FLOOR_MIB, Verdict, estimate, idle_mib, judge, loaded


@pytest.mark.parametrize(
    ("weights", "free", "published", "verdict"),
    [
        (1000, 1300 + FLOOR_MIB, None, Verdict.FITS),
        (1000, 1299 + FLOOR_MIB, None, Verdict.TIGHT),
        (1000, 1000 + FLOOR_MIB, None, Verdict.TIGHT),
        (1000, 999 + FLOOR_MIB, None, Verdict.NO),
        (1000, 7022, None, Verdict.FITS),
        (1000, 1900, 2000, Verdict.TIGHT),
        (1000, 2000 + FLOOR_MIB, 2000, Verdict.FITS),
        (1000, 1428, 1100, Verdict.FITS),
        (None, 2000, 2000, Verdict.NO),
        (None, 2000 + FLOOR_MIB, 2000, Verdict.FITS),
        (None, 2000, None, Verdict.UNKNOWN),
        (1000, None, None, Verdict.UNKNOWN),
        (1000, 0, None, Verdict.NO),
    ],
)
def test_the_judgement(
    weights: int | None, free: int | None, published: int | None, verdict: Verdict
) -> None:
    """Weights, 30 % for buffers, or what a load is known to have taken; 128 MiB are kept free."""
    assert judge(weights, free, published).verdict is verdict


def test_the_sum_is_told() -> None:
    """With every part of it; the larger of estimate and published counts."""
    assert judge(1000, 5000, 2000).sum == (
        "weights 1000 + 30 % = 1300 MiB; published 2000 MiB; 128 MiB are kept; free 5000 MiB"
    )
    assert judge(1000, 5000, 2000).needed_mib == 2000
    assert judge(1000, None).sum == "weights 1000 + 30 % = 1300 MiB; 128 MiB are kept; free: not known"
    assert judge(None, 5000).sum == "the size of the weights is not known"
    assert judge(1000, 900).as_json() == {
        "verdict": "does not fit",
        "needed_mib": 1300,
        "weights_mib": 1000,
        "published_mib": None,
        "kept_mib": 128,
        "free_mib": 900,
        "is_loaded": False,
    }


def test_what_is_loaded_fits() -> None:
    """Whatever it left free."""
    fit = loaded(judge(1000, 10))
    assert (fit.verdict, fit.sum) == (Verdict.FITS, "it is loaded; 10 MiB are left beside it")
    assert loaded(judge(None, None)).sum == "it is loaded"


def test_idle_cards_are_those_that_axcl_smi_shows() -> None:
    """An idle 8 GB card has 7022 MiB free, as its 7040 MiB less 18."""
    assert {size: idle_mib(total) for size, total in CARDS_MIB.items()} == {
        "4 GB": 2926,
        "8 GB": 7022,
        "16 GB": 15214,
    }


@given(st.integers(0, 20_000), st.integers(0, 20_000), st.none() | st.integers(0, 20_000))
def test_more_room_is_never_worse(weights: int, free: int, published: int | None) -> None:
    """And what fits has its buffers and the floor left."""
    order = [Verdict.NO, Verdict.TIGHT, Verdict.FITS]
    less, more = judge(weights, free, published), judge(weights, free + 1, published)
    assert order.index(less.verdict) <= order.index(more.verdict)
    if less.verdict is Verdict.FITS:
        assert free >= (estimate(weights) or 0) + FLOOR_MIB
