"""What of saved reports is drawn, thinned out to what an eye can tell apart; pure."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import repeat

from axchat.bench.rates import token_gaps
from axchat.bench.reading import Json, SavedResult, arrivals, number, results, summary_of

Point = tuple[float, float]

FULLEST = 100_000
"""Tokens of one answer that are drawn; no card's context holds more."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of one test.

    Attributes:
        told: report, model, engine and test, in words.
        gaps: of each answer: the number of the token (the first has none, so from 2), seconds since the last.
        rates: of each answer: seconds since the bench began, tokens a second around then.
    """

    told: tuple[str, ...]
    gaps: tuple[tuple[Point, ...], ...]
    rates: tuple[tuple[Point, ...], ...]


@dataclass(frozen=True, slots=True)
class Waits:
    """TTFT of one model: (tokens of the prompt, mean seconds, deviation) in the order of the sizes."""

    told: tuple[str, ...]
    points: tuple[tuple[float, float, float], ...]


def answers(name: str, document: Json) -> list[Answers]:
    """Each test of answers, of which one has two tokens; what is asked for one token is a test of prompts."""
    found = []
    for result in results(document):
        if result.n_gen is not None and result.n_gen < 2:
            continue
        gaps = [gap for sample in result.samples if (gap := _gaps(sample))]
        if gaps:
            rates = tuple(rate for sample in result.samples if (rate := _rates(sample)))
            told = (name, result.key.model, result.key.engine, result.key.test)
            found.append(Answers(told, tuple(gaps), rates))
    return found


def waits(name: str, document: Json) -> list[Waits]:
    """Each model and depth of which a TTFT and the size of the prompt are known."""
    found: dict[tuple[str, ...], list[tuple[float, float, float]]] = {}
    for result in results(document):
        summary, size = summary_of(result.figures.get("ttft_s")), _prompt_size(result)
        if summary is None or size is None:
            continue
        depth = f"after {result.n_depth} tokens" if result.n_depth else "from the start"
        told = (name, result.key.model, result.key.engine, depth)
        point = (size, number(summary["mean"]) or 0.0, number(summary.get("sd")) or 0.0)
        found.setdefault(told, []).append(point)
    return [Waits(told, tuple(sorted(points))) for told, points in found.items()]


def medians(points: Iterable[Point], most: int) -> list[Point]:
    """The median of the values in each of so many equal parts of x, at the middle of their places."""
    return [
        (statistics.fmean(x for x, _ in part), statistics.median(y for _, y in part))
        for part in _parts(points, most)
    ]


def thinned(points: Iterable[Point], parts: int, most: int) -> list[Point]:
    """At most so many of the points: of each part of x the least, the greatest, and some between."""
    split = _parts(points, parts)
    keep = max(2, most // max(1, len(split)))
    found: list[Point] = []
    for part in split:
        ordered = sorted(part, key=lambda point: point[1])
        if len(ordered) > keep:
            ordered = [ordered[round(place * (len(ordered) - 1) / (keep - 1))] for place in range(keep)]
        found += ordered
    return found


def _parts(points: Iterable[Point], most: int) -> list[list[Point]]:
    """The points by equal parts of x; every x has its own part where there are few."""
    ordered = sorted(points)
    places = sorted({x for x, _ in ordered})
    if len(places) <= most:
        by_place: dict[float, list[Point]] = {}
        for point in ordered:
            by_place.setdefault(point[0], []).append(point)
        return list(by_place.values())
    low, width = places[0], (places[-1] - places[0]) / most
    found: dict[int, list[Point]] = {}
    for point in ordered:
        found.setdefault(min(most - 1, int((point[0] - low) / width)), []).append(point)
    return list(found.values())


def _gaps(sample: Json) -> tuple[Point, ...]:
    pieces = arrivals(sample)
    each = [gap for gap, tokens in token_gaps(pieces) for gap in repeat(gap, min(tokens, FULLEST))]
    first = pieces[0][1] if pieces else None
    return tuple((float(place), gap) for place, gap in enumerate(each[:FULLEST], (first or 1) + 1))


LEAST_TOKENS = 8
"""A rate of fewer is one of the jitter."""

MOST_RATES = 40
"""Of one answer."""


def _rates(sample: Json) -> tuple[Point, ...]:
    """The rate in equal runs of tokens along an answer, each at its middle; () for a short answer."""
    began = number(sample.get("at_s"))
    pieces = arrivals(sample)
    gaps = list(token_gaps(pieces))
    total = sum(tokens for _, tokens in gaps)
    if began is None or total < LEAST_TOKENS:
        return ()
    enough = max(LEAST_TOKENS, total / MOST_RATES)
    found, now = [], began + pieces[0][0]
    tokens, seconds = 0, 0.0
    for gap, count in gaps:
        tokens, seconds = tokens + count, seconds + gap * count
        if tokens >= enough:
            if seconds > 0:
                found.append((now + seconds / 2, tokens / seconds))
            now, tokens, seconds = now + seconds, 0, 0.0
    return tuple(found)


def _prompt_size(result: SavedResult) -> float | None:
    """As it was asked for, else as it was counted."""
    if result.n_prompt:
        return float(result.n_prompt)
    counted = summary_of(result.figures.get("prompt_tokens"))
    return number(counted["mean"]) if counted else None
