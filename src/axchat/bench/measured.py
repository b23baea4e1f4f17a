"""What a saved report measured, by test, and what of it another one lacks; pure."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from axchat.bench.intervals import Spread
from axchat.bench.rates import token_gaps
from axchat.bench.reading import Json, Key, arrivals, models, number, results, summary_of
from axchat.bench.stats import summarize

LOAD = "load"
"""Stands for a test where a figure is of a model's load."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Figures by their stable names, the requests they are of, and what failed."""

    figures: Mapping[str, Json]
    samples: tuple[Json, ...] = ()
    error: str | None = None


def measured(document: Json) -> dict[Key, Measured]:
    """Every test of a report, before them the loads of its models."""
    found = {
        Key(model.model, model.engine, LOAD): Measured(model.figures)
        for model in models(document)
        if any(summary_of(figure) for figure in model.figures.values())
    }
    return found | {
        result.key: Measured(result.figures, tuple(result.samples), result.error)
        for result in results(document)
    }


def spread(name: str, test: Measured) -> Spread | None:
    """The values of a figure in three numbers; None where it was not measured.

    Those of inter-token latency are the means of the samples. Of a report without its samples it is not known
    how far they are apart, and the mean of all stands as one value.
    """
    summary = summary_of(test.figures.get(name))
    if summary is None:
        return None
    if name != "inter_token_s":
        return Spread(
            int(number(summary.get("n")) or 1), number(summary["mean"]) or 0.0, number(summary.get("sd"))
        )
    known = summarize(_mean_gap(sample) for sample in test.samples)
    if known is None:
        return Spread(1, number(summary["mean"]) or 0.0, None)
    return Spread(known.n, known.mean, known.sd)


def is_judged(figure: Json, other: Json | None = None) -> bool:
    """Whether it is known which way is better, and the other one agrees."""
    better = figure.get("better")
    return better in ("higher", "lower") and (other is None or other.get("better") == better)


def only(mine: Mapping[Key, Measured], theirs: Mapping[Key, Measured]) -> Iterator[str]:
    """Tests, and figures of a test that both have, that the other has not; what failed there, and how."""
    for key, test in mine.items():
        other = theirs.get(key)
        if other is None:
            yield named(key)
            continue
        missing = [
            str(figure.get("title", name))
            for name, figure in test.figures.items()
            if is_judged(figure) and summary_of(figure) and not summary_of(other.figures.get(name))
        ]
        if missing:
            why = f"; the other failed: {other.error}" if other.error else ""
            yield f"{named(key)}: {', '.join(missing)}{why}"


def named(key: Key) -> str:
    """A test in words; not safe for a terminal."""
    said = f" {key.text!r}" if key.text is not None else ""
    return f"{key.model} ({key.engine}), {key.test}{said}"


def _mean_gap(sample: Json) -> float | None:
    gaps = list(token_gaps(arrivals(sample)))
    tokens = sum(count for _, count in gaps)
    return math.fsum(gap * count for gap, count in gaps) / tokens if tokens else None
