import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.bench.compare import Row, Verdict, compare, judged
from axchat.bench.intervals import Interval
from axchat.errors import UsageError
from axchat.ui.comparison import as_json, as_text
from support.saved_reports import any_report, figure, of_rates, report, result, sample


def the_row(a: dict[str, object], b: dict[str, object], threshold: float = 0.05) -> Row:
    """The only row of a comparison."""
    [row] = compare(a, b, threshold).rows
    return row


@pytest.mark.parametrize(
    ("change", "interval", "better", "verdict"),
    [
        (0.10, (0.02, 0.18), "lower", Verdict.REGRESSION),
        (0.10, (0.02, 0.18), "higher", Verdict.IMPROVEMENT),
        (-0.10, (-0.18, -0.02), "lower", Verdict.IMPROVEMENT),
        (-0.10, (-0.18, -0.02), "higher", Verdict.REGRESSION),
        (0.10, (-0.01, 0.21), "lower", Verdict.UNCLEAR),
        (-0.10, (-0.21, 0.01), "lower", Verdict.UNCLEAR),
        (-0.03, (-0.08, 0.02), "lower", Verdict.UNCLEAR),
        (0.03, (0.01, 0.05), "lower", Verdict.SAME),
        (-0.03, (-0.05, -0.01), "higher", Verdict.SAME),
        (0.03, (0.01, 0.06), "lower", Verdict.UNCLEAR),
        (0.0, (-0.06, 0.06), "lower", Verdict.UNCLEAR),
        (0.05, (0.04, 0.06), "lower", Verdict.UNCLEAR),
        (0.06, None, "lower", Verdict.REGRESSION),
        (0.06, None, "higher", Verdict.IMPROVEMENT),
        (0.05, None, "lower", Verdict.SAME),
        (None, None, "lower", Verdict.UNCLEAR),
    ],
)
def test_verdicts(
    change: float | None, interval: tuple[float, float] | None, better: str, verdict: Verdict
) -> None:
    """With a threshold of 5 %: what a change and its interval amount to."""
    assert judged(change, interval and Interval(*interval), better, 0.05) is verdict


def test_a_slower_rate_is_a_regression() -> None:
    """From 100 to 80 tokens a second with hardly any deviation: 20 % less, known to about one percent."""
    a, b = of_rates([99, 100, 101, 100, 100]), of_rates([80, 80, 79, 81, 80])
    row = the_row(a, b)
    assert (row.figure, row.a, row.b, row.n_a, row.n_b) == ("decode_tokens_per_s", 100, 80, 5, 5)
    assert row.change == pytest.approx(-0.2)
    assert row.interval is not None
    assert -0.215 < row.interval.low < -0.2 < row.interval.high < -0.185
    assert row.verdict is Verdict.REGRESSION
    assert compare(a, b).has_regression
    assert not compare(b, a).has_regression
    assert the_row(b, a).verdict is Verdict.IMPROVEMENT


def test_the_same_report_is_the_same() -> None:
    """A report with little deviation against itself has no regression, and nothing else to say."""
    a = of_rates([100, 101, 99])
    comparison = compare(a, a)
    assert [row.verdict for row in comparison.rows] == [Verdict.SAME]
    assert not comparison.has_regression
    assert (comparison.only_a, comparison.only_b, comparison.warnings) == ((), (), ())


def test_chance_is_no_regression() -> None:
    """A mean that is 20 % lower says nothing where single runs differ by more."""
    assert the_row(of_rates([60, 100, 140]), of_rates([40, 80, 120])).verdict is Verdict.UNCLEAR


def test_one_value_is_judged_by_the_threshold() -> None:
    """There is no interval then, and the row says so."""
    row = the_row(of_rates([100]), of_rates([80, 81, 79]))
    assert (row.interval, row.verdict) == (None, Verdict.REGRESSION)
    assert row.note == "one value: by the threshold alone"


def test_a_wide_threshold_forgives() -> None:
    """20 % less is the same where 30 % are allowed."""
    assert the_row(of_rates([100, 100]), of_rates([80, 80]), 0.3).verdict is Verdict.SAME


def test_inter_token_latency_goes_by_answers() -> None:
    """Two answers of 10 and 20 ms a token are two values, however many tokens they have."""
    a = report(result(samples=[sample(0, 1.0, [0.010] * 30), sample(1, 1.0, [0.020] * 90)]))
    rows = {row.figure: row for row in compare(a, a).rows}
    row = rows["inter_token_s"]
    assert (row.n_a, row.a) == (2, pytest.approx(0.015))
    assert row.verdict is Verdict.UNCLEAR
    assert rows["inter_token_s.p99"].n_a == 120
    assert rows["inter_token_s.p99"].a == pytest.approx(0.020)


def test_percentiles_are_only_told() -> None:
    """A p99 that is ten times as long is shown, and is no regression by itself."""
    quick = [sample(n, 1.0, [0.010] * 30) for n in range(3)]
    a = report(result(samples=quick))
    rows = {row.figure: row for row in compare(a, a).rows}
    assert rows["inter_token_s.p95"].verdict is rows["inter_token_s.p99"].verdict is Verdict.TOLD
    few = report(result(samples=[sample(0, 1.0, [0.010] * 19)]))
    assert "inter_token_s.p99" not in {row.figure for row in compare(few, few).rows}


def test_tokens_of_one_piece_share_its_wait() -> None:
    """Three tokens at once after 60 ms and then one after 20 ms are 20 ms a token."""
    pieces = {**sample(0, 1.0, []), "arrivals": [[1.0, 1], [1.03, 0], [1.06, 3], [1.08, None]]}
    a = report(result(samples=[pieces]))
    assert next(r for r in compare(a, a).rows if r.figure == "inter_token_s").a == pytest.approx(0.020)


def test_latency_without_samples_is_one_value() -> None:
    """Where a report has lost its samples, all tokens together are one mean."""
    gaps = figure("inter-token", [0.01, 0.02] * 5)
    row = the_row(*[report(result(figures={"inter_token_s": gaps}))] * 2)
    assert (row.n_a, row.a, row.interval) == (1, pytest.approx(0.015), None)


def test_what_has_no_better_is_not_compared() -> None:
    """A number of tokens is neither good nor bad."""
    tokens = figure("answer", [128, 128], unit="tokens", better=None)
    a = report(result(figures={"completion_tokens": tokens, "load": figure("x", [1, 1])}))
    assert [row.figure for row in compare(a, a).rows] == ["load"]


def test_other_clocks_do_not_compare() -> None:
    """The engine's seconds against axchat's are told, with the reason, and not judged."""
    a = report(result(figures={"load_s": figure("load", [1, 1], clock="engine")}))
    b = report(result(figures={"load_s": figure("load", [9, 9], clock="axchat")}))
    row = the_row(a, b)
    assert (row.verdict, row.note) == (Verdict.TOLD, "by the clock of engine and of axchat")


def test_loads_are_compared() -> None:
    """A figure of the model itself stands under ``load``."""
    a, b = (
        report(models=[{"model": "qwen", "engine": "session", "figures": {"load_s": figure("load", [s])}}])
        for s in (8.0, 12.0)
    )
    row = the_row(a, b)
    assert (row.key.model, row.key.test, row.verdict) == ("qwen", "load", Verdict.REGRESSION)


@pytest.mark.parametrize("other", [{"model": "b"}, {"engine": "cpu"}, {"test": "tg64"}, {"text": "Why?"}])
def test_other_tests_have_nothing_in_common(other: dict[str, str]) -> None:
    """Another model, engine, size or prompt is another test; a comparison of nothing is an error."""
    with pytest.raises(UsageError, match="nothing in common"):
        compare(of_rates([1, 2]), of_rates([1, 2], **other))


def test_what_only_one_has_is_told() -> None:
    """Tests by name; of a test that both have, its figures, and why the other has none."""
    decode = {"decode_tokens_per_s": figure("decode", [9, 9], better="higher")}
    common = result("pp128", figures=decode)
    told = {**decode, "completion_tokens": figure("answer", [9, 9], better=None)}
    a = report(common, result("tg128", figures=decode), result("tg64", figures=told))
    failed = result("tg64", error={"id": "runner-failed", "message": "the runner crashed", "hint": None})
    b = report(common, failed, result("tg256", figures=decode))
    comparison = compare(a, b)
    assert comparison.only_a == (
        "qwen (session), tg128",
        "qwen (session), tg64: decode; the other failed: the runner crashed",
    )
    assert comparison.only_b == ("qwen (session), tg256",)


def test_a_test_that_is_there_twice_meets_its_second() -> None:
    """The same model measured twice in one call keeps its order."""
    first, second = (result(figures={"d": figure("d", [value, value])}) for value in (1.0, 2.0))
    rows = compare(report(first, second), report(first, first)).rows
    assert [(row.a, row.b) for row in rows] == [(1.0, 1.0), (2.0, 1.0)]


def test_change_from_zero_is_unclear() -> None:
    """No share of zero is known; the row says why."""
    row = the_row(of_rates([0, 0]), of_rates([1, 1]))
    assert (row.change, row.verdict, row.note) == (None, Verdict.UNCLEAR, "no share of zero")


@given(any_report(), any_report(), st.booleans())
def test_any_reports_compare_or_have_nothing_in_common(
    a: dict[str, Any], b: dict[str, Any], is_same: bool
) -> None:
    """A file that somebody made up is compared as far as it goes, and shown as text and as JSON."""
    with contextlib.suppress(UsageError):  # nothing in common
        comparison = compare(a, a if is_same else b)
        assert comparison.rows
        assert "\x1b" not in as_text(comparison, ("a", "b"))
        json.loads(as_json(comparison, ("a", "b")))
