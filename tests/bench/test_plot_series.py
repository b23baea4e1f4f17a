import pytest

from axchat.bench.plot_series import answers, medians, thinned, waits
from support.saved_reports import figure, report, result, sample


def test_tokens_are_numbered() -> None:
    """The first token has no wait; tokens of one piece share theirs, and each has its own number."""
    pieces = {**sample(0, 1.0, []), "arrivals": [[1.0, 2], [1.25, 1], [2.25, 2]]}
    [found] = answers("a", report(result("tg4", [pieces])))
    assert found.told == ("a", "qwen", "session", "tg4")
    assert found.gaps == (((3.0, 0.25), (4.0, 0.5), (5.0, 0.5)),)


def test_an_answer_of_one_token_is_none() -> None:
    """A test of prompts has no latency, even where an engine said more than it was asked for."""
    one = result("tg1", [sample(0, 1.0, [])])
    prompt = result("pp8", [sample(0, 1.0, [0.02])], n_gen=1)
    assert answers("a", report(one, prompt)) == []


def test_rates_lie_in_time() -> None:
    """8 tokens at 4 a second, then 8 at 2 a second, of a request that began at 100 s."""
    slowing = sample(0, 1.0, [0.25] * 8 + [0.5] * 8, at_s=100.0)
    [found] = answers("a", report(result("tg17", [slowing])))
    assert found.rates == (((102.0, 4.0), (105.0, 2.0)),)


def test_an_answer_at_once_has_no_rate() -> None:
    """Tokens that all came in one moment were not timed."""
    [found] = answers("a", report(result("tg", [sample(0, 1.0, [0.0] * 20)])))
    assert found.rates == ()


def test_a_long_answer_has_few_rates() -> None:
    """1000 tokens are some forty points."""
    [found] = answers("a", report(result("tg", [sample(0, 1.0, [0.25] * 1000)])))
    assert len(found.rates[0]) == 40


def test_prompts_are_in_order() -> None:
    """By their size as asked for, or as counted; each depth is a series."""
    rows = [
        result("pp128", n_prompt=128, figures={"ttft_s": figure("TTFT", [2.0, 4.0])}),
        result("pp64", n_prompt=64, figures={"ttft_s": figure("TTFT", [1.0])}),
        result("pp64 @ d9", n_prompt=64, n_depth=9, figures={"ttft_s": figure("TTFT", [1.5])}),
        result("prompt 1", figures={"ttft_s": figure("TTFT", [1.0]), "prompt_tokens": figure("", [17, 17])}),
        result("tg128", figures={"ttft_s": figure("TTFT", [1.0])}),
    ]
    first, deep = waits("a", report(*rows))
    assert first.points == ((17.0, 1.0, 0.0), (64.0, 1.0, 0.0), (128.0, 3.0, pytest.approx(2**0.5)))
    assert (deep.told[-1], deep.points) == ("after 9 tokens", ((64.0, 1.5, 0.0),))


def test_medians_are_by_place() -> None:
    """Few places keep each their own; many are put together in equal parts."""
    assert medians([(2, 1.0), (3, 7.0), (2, 3.0), (2, 9.0)], 5) == [(2, 3.0), (3, 7.0)]
    assert medians([(float(at), float(at)) for at in range(100)], 2) == [(24.5, 24.5), (74.5, 74.5)]


def test_thinning_keeps_the_extremes() -> None:
    """Of 10,000 points a hundred are kept, the stall and the shortest wait among them."""
    points = [(float(at), 10.0 + at % 3) for at in range(10_000)]
    points[5000], points[7777] = (5000.0, 900.0), (7777.0, 1.0)
    kept = thinned(points, 20, 100)
    assert len(kept) == 100
    assert {points[5000], points[7777]} <= set(kept) <= set(points)


def test_few_points_all_stay() -> None:
    """Thinning is for what cannot be told apart."""
    points = [(2.0, 1.0), (2.0, 2.0), (3.0, 1.0)]
    assert thinned(points, 400, 6000) == points
