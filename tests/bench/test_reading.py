import math

import pytest

from axchat.bench.rates import token_gaps
from axchat.bench.reading import arrivals, models, number, results
from support.saved_reports import report, result, sample


@pytest.mark.parametrize(("value", "known"), [(1, 1.0), (0, 0.0), (-2.5, -2.5), (1e15, 1e15)])
def test_numbers_are_numbers(value: float, known: float) -> None:
    """Whole or not, of either sign."""
    assert number(value) == known


@pytest.mark.parametrize("value", [None, True, "1", [], {}, math.nan, math.inf, -math.inf, 1e16, 10**400])
def test_other_values_are_none(value: object) -> None:
    """JSON of Python's holds more than numbers that can be reckoned with."""
    assert number(value) is None


def test_a_whole_report_is_read() -> None:
    """Sizes, prompts of the user's own, failures, samples, and the readings whose temperature is known."""
    document = report(
        result("prompt 1", [sample(0, 0.5, [0.25])], text="Why?", n_gen=2, n_depth=3),
        result("tg8", error={"id": "x", "message": "it broke", "hint": None}),
        models=[{"model": "qwen", "engine": "cpu", "warm_ups": 1, "heat": [[0, 50, 800], [1, None, 800]]}],
    )
    first, second = results(document)
    assert (first.key.model, first.key.test, first.key.text) == ("qwen", "prompt 1", "Why?")
    assert (first.n_prompt, first.n_gen, first.n_depth, first.error) == (0, 2, 3, None)
    assert arrivals(first.samples[0]) == [(0.5, 1), (0.75, 1)]
    assert second.error == "it broke"
    [model] = models(document)
    assert (model.model, model.settings, model.heat) == ("qwen", {"warm_ups": 1}, [(0.0, 50.0)])


def test_gaps_share_the_wait_of_a_piece() -> None:
    """A piece without a token lengthens the next one's wait; one of an unknown number counts once."""
    pieces = [(1.0, 2), (1.25, 0), (2.0, 4), (2.5, None), (3.0, 0)]
    assert list(token_gaps(pieces)) == [(0.25, 4), (0.5, 1)]
