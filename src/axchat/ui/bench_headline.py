"""A test's result in one line, as llama-bench shows it: the rate, and what a user waits for; pure."""

from axchat.bench.figures import figures
from axchat.bench.report import ModelRun, Result
from axchat.bench.stats import Summary

HEADINGS = ("test", "t/s", "TTFT, ms", "inter-token p50 / p95 / p99 / max, ms")

DECIMALS = ((0, 1000), (1, 100), (2, 1), (3, 0.1), (4, 0.001))
"""How many a number has from this size on."""

LEAST = 5e-7
"""Below it is nothing, in any unit of a report."""


def headline(run: ModelRun, result: Result) -> tuple[str, ...]:
    """Its name; tokens a second, of the answer where there is one, else of the prompt; the two latencies.

    A rate that axchat cannot know, for want of counts, is the engine's own, and says so.
    """
    known = {figure.key: figure.summary for figure in figures(run, result)}
    rate, own = known["decode_tokens_per_s"] or known["prefill_tokens_per_s"], known["engine_tokens_per_s"]
    ttft, gap = known["ttft_s"], known["inter_token_s"]
    shown = "-" if rate is None else _with_sd(rate)
    if rate is None and own is not None and not any(s.timings.rate_includes_prompt for s in result.samples):
        shown = f"{_with_sd(own)} (engine)"
    waits = (
        "-" if gap is None else " / ".join(_ms(value) for value in (gap.median, gap.p95, gap.p99, gap.max))
    )
    return result.test.name, shown, "-" if ttft is None else _with_sd(ttft, 1000), waits


def _with_sd(summary: Summary, scale: float = 1) -> str:
    sd = "" if summary.sd is None else f" ± {number(scale * summary.sd)}"
    return number(scale * summary.mean) + sd


def number(value: float | None) -> str:
    """Three significant digits at least down to a millionth, never an exponent; a dash for what is not."""
    if value is None:
        return "-"
    if abs(value) < LEAST:
        return "0"
    decimals = next((n for n, limit in DECIMALS if abs(value) >= limit), 6)
    return f"{value:.{decimals}f}"


def _ms(seconds: float) -> str:
    return number(1000 * seconds)
