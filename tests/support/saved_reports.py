"""Saved bench reports made of a few numbers: what ``axchat bench -o json`` prints."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from axchat.bench.stats import summarize

Report = dict[str, Any]


def figure(
    title: str,
    values: Sequence[float],
    *,
    unit: str = "s",
    better: str | None = "lower",
    clock: str = "axchat",
) -> dict[str, Any]:
    """A figure with the summary of these values; None for no values."""
    known = summarize(values)
    summary = None
    if known is not None:
        ordered = sorted(values)
        summary = {
            "n": known.n, "mean": known.mean, "sd": known.sd, "min": known.min, "median": known.median,
            "p95": ordered[int(0.95 * (known.n - 1))], "p99": ordered[int(0.99 * (known.n - 1))],
            "max": known.max,
        }  # fmt: skip
    return {
        "title": title, "unit": unit, "clock": clock, "includes": "all of it", "better": better,
        "summary": summary,
    }  # fmt: skip


def sample(repetition: int, ttft_s: float, gaps: Sequence[float], *, at_s: float = 0.0) -> dict[str, Any]:
    """A request: its first token, and one more after each gap."""
    arrivals = [[ttft_s, 1]]
    for gap in gaps:
        arrivals.append([arrivals[-1][0] + gap, 1])
    return {
        "repetition": repetition, "at_s": at_s, "ttft_s": ttft_s, "total_s": arrivals[-1][0],
        "prompt_tokens": 128, "cached_tokens": 0, "completion_tokens": len(arrivals), "finish": "length",
        "arrivals": arrivals,
    }  # fmt: skip


def result(
    test: str = "tg128",
    samples: Sequence[Mapping[str, Any]] = (),
    *,
    model: str = "qwen",
    engine: str = "session",
    n_prompt: int = 0,
    n_gen: int = 128,
    n_depth: int = 0,
    figures: Mapping[str, Any] | None = None,
    **more: object,
) -> dict[str, Any]:
    """A test with the figures of its samples, and others."""
    all_gaps, ttfts = [], []
    for each in samples:
        times = [at for at, _ in each["arrivals"]]
        all_gaps += [later - earlier for earlier, later in pairwise(times)]
        ttfts.append(each["ttft_s"])
    own = {"ttft_s": figure("TTFT", ttfts), "inter_token_s": figure("inter-token", all_gaps)}
    return {
        "model": model, "engine": engine, "test": test, "n_prompt": n_prompt, "n_gen": n_gen,
        "n_depth": n_depth, "error": None, "figures": {**own, **(figures or {})}, "split": None,
        "samples": list(samples), **more,
    }  # fmt: skip


def report(
    *results: Mapping[str, Any],
    models: Sequence[Mapping[str, Any]] = (),
    host: Mapping[str, Any] | None = None,
    **more: object,
) -> Report:
    """A whole report of these tests."""
    return {
        "schema": 2, "axchat_version": "1.0", "at": "2026-11-28T22:00:00Z", "is_complete": True,
        "host": dict(host or {}), "models": list(models), "results": list(results), **more,
    }  # fmt: skip


def of_rates(values: Sequence[float], **more: Any) -> Report:
    """A report of one test with one figure: these decode rates."""
    rates = figure("decode", values, unit="tok/s", better="higher")
    return report(result(figures={"decode_tokens_per_s": rates}, **more))


def any_report() -> st.SearchStrategy[Report]:
    """A report that has all there is, with some parts of it gone, or something else in their place."""
    text = st.text(st.characters(), max_size=8)
    junk = st.none() | st.booleans() | st.integers() | st.floats() | text | st.just([]) | st.just({})
    return st.lists(st.tuples(st.integers(0, 10_000), junk), max_size=8).map(_damaged)


def _damaged(wounds: Sequence[tuple[int, Any]]) -> Report:
    answers = [sample(number, 0.5, [0.1] * 9, at_s=5.0 * number) for number in range(2)]
    whole = report(
        result("tg10", answers, text="Why?"),
        result("pp64", [sample(0, 0.5, [])], n_prompt=64, n_gen=1),
        models=[
            {
                "model": "qwen",
                "engine": "session",
                "figures": {"load_s": figure("load", [8.0])},
                "sampling": {"seed": 1},
                "heat": [[0.0, 50.0, 800], [9.0, 60.0, None]],
            }
        ],
        host={"card": {"name": "AX650N"}, "temperature": [40, 50]},
    )
    for place, junk in wounds:
        holders = list(_holders(whole))
        holder, key = holders[place % len(holders)]
        holder[key] = junk
    return whole


def _holders(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a JSON value that can hold another: what it is in, and its key there."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield value, key
        yield from _holders(inner)
