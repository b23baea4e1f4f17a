"""The three panels of a plot, each in its own coordinates from its upper edge; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from axchat.bench.plot_axes import HEIGHT, LEFT, RIGHT, axis, frame, second_axis
from axchat.bench.plot_legend import (
    MOST_SERIES,
    heading,
    legend,
    legend_height,
    line_sign,
    marker_sign,
    told_apart,
)
from axchat.bench.plot_series import Answers, Point, Waits, medians, thinned
from axchat.bench.plot_svg import DASHES, FAINT, colour, dash, dots, line, marker, tag, words
from axchat.bench.stats import summarize

MOST_DOTS = 6000
MOST_LINE_POINTS = 5000
"""Of all series of a panel together: 20 answers of 1000 tokens stay below 300 kB."""

FINEST = 400
"""Parts of x: an area of 820 points shows no more."""

_BELOW = 56.0
"""Ticks, the title of x, and a gap."""

_RARE = 3.0
"""Waits so many times the 99th percentile would press all others flat: they are marked at the edge."""


@dataclass(frozen=True, slots=True)
class Panel:
    """SVG, and how high it is."""

    svg: str
    height: float


def latency_panel(series: Sequence[Answers]) -> Panel:
    """Inter-token latency over the answer: the median of the repetitions as a line, each wait as a dot."""
    shown = series[:MOST_SERIES]
    common, labels = told_apart([each.told for each in shown])
    top = legend_height(len(shown))
    every = [[point for gaps in each.gaps for point in gaps] for each in shown]
    x = axis(0, max(at for points in every for at, _ in points), LEFT, RIGHT, is_whole=True)
    ms = [[(at, 1000 * wait) for at, wait in points] for points in every]
    y = axis(0, _highest(ms), top + HEIGHT, top, most=6)
    parts = [
        heading("Inter-token latency over the answer", common, len(series) - len(shown)),
        legend(labels, line_sign),
        frame(x, y, "token of the answer", "time since the token before, ms"),
    ]
    finest = max(20, min(FINEST, MOST_LINE_POINTS // len(shown)))
    for index, points in enumerate(ms):
        kept = thinned(points, finest, MOST_DOTS // len(shown))
        inside = [(x.place(at), y.place(wait)) for at, wait in kept if wait <= y.high]
        parts.append(dots(inside, 2.4, stroke=colour(index), stroke_opacity=0.3))
        parts += [_rare(x.place(at), top, colour(index)) for at, wait in kept if wait > y.high]
    for index, points in enumerate(ms):
        parts.append(_line([(x.place(at), y.place(wait)) for at, wait in medians(points, finest)], index))
    above = [wait for points in ms for _, wait in points if wait > y.high]
    if above:
        told = f"{len(above)} {'wait' if len(above) == 1 else 'waits'} above, up to {max(above):.0f} ms (▲)"
        parts.append(words(RIGHT - 6, top + 23, told, size=11, anchor="end", fill=FAINT))
    return Panel("".join(parts), top + HEIGHT + _BELOW)


def ttft_panel(series: Sequence[Waits]) -> Panel:
    """TTFT by the size of the prompt: the mean of the repetitions with its deviation."""
    shown = series[:MOST_SERIES]
    common, labels = told_apart([each.told for each in shown])
    top = legend_height(len(shown))
    x = axis(0, max(size for each in shown for size, _, _ in each.points), LEFT, RIGHT, is_whole=True)
    highest = max(mean + sd for each in shown for _, mean, sd in each.points)
    scale, unit = (1000.0, "ms") if highest < 2 else (1.0, "s")
    y = axis(0, scale * highest, top + HEIGHT, top, most=6)
    parts = [
        heading("TTFT by prompt size", common, len(series) - len(shown)),
        legend(labels, marker_sign),
        frame(x, y, "tokens of the prompt", f"time to the first token ± sd, {unit}"),
    ]
    for index, each in enumerate(shown):
        beside = 5 * (index - (len(shown) - 1) / 2)  # points of one size would hide each other
        places = [(x.place(size) + beside, scale * mean, scale * sd) for size, mean, sd in each.points]
        parts.append(_line([(at, y.place(mean)) for at, mean, _ in places], index, opacity=0.5))
        for at, mean, sd in places:
            parts.append(_bar(at, y.place(mean - sd), y.place(mean + sd), colour(index)) if sd > 0 else "")
            parts.append(marker(index, at, y.place(mean), colour(index)))
    return Panel("".join(parts), top + HEIGHT + _BELOW)


def heat_panel(series: Sequence[Answers], heat: Sequence[tuple[str, Sequence[Point]]]) -> Panel:
    """The rate over the time of the bench on the left, and the card's temperature on the right.

    Args:
        series: answers; those too short for a rate are left out.
        heat: of each report its name, and seconds and degrees Celsius; one reading at least.
    """
    rated = [each for each in series if each.rates]
    shown = rated[:MOST_SERIES]
    common, labels = told_apart([each.told for each in shown]) if shown else ("", [])
    names = [f"temperature, {name}" if len(heat) > 1 else "temperature" for name, _ in heat]
    top = legend_height(len(shown) + len(heat))
    rates = [[point for rate in each.rates for point in rate] for each in shown]
    readings = [point for _, points in heat for point in points]
    x = axis(0, max(at for points in (*rates, readings) for at, _ in points), LEFT, RIGHT)
    y = axis(0, max((rate for points in rates for _, rate in points), default=1), top + HEIGHT, top, most=6)
    degrees = [celsius for _, celsius in readings]
    right = axis(min(degrees), max(degrees), top + HEIGHT, top, most=6)

    def sign(index: int, at: float, height: float) -> str:
        if index < len(shown):
            return line_sign(index, at, height)
        return _warmth([(at, height), (at + 20, height)], index - len(shown))

    parts = [
        heading("Rate and temperature over time", common, len(rated) - len(shown)),
        legend([*labels, *names], sign),
        frame(x, y, "time since the bench began, s", "rate, tokens/s"),
        second_axis(right, "temperature, °C"),
    ]
    for index, (_, points) in enumerate(heat):
        kept = medians(points, FINEST)
        parts.append(_warmth([(x.place(at), right.place(celsius)) for at, celsius in kept], index))
    for index, each in enumerate(shown):
        budget = max(2, MOST_LINE_POINTS // len(shown) // len(each.rates))
        for rate in each.rates:
            places = [(x.place(at), y.place(value)) for at, value in medians(rate, budget)]
            parts.append(_line(places, index))
            parts.append(dots(places, 3, stroke=colour(index)))
    return Panel("".join(parts), top + HEIGHT + _BELOW)


def _highest(series: Sequence[Sequence[Point]]) -> float:
    """What y has to reach: the greatest wait, unless it stands far above nearly all others."""
    summaries = [summary for points in series if (summary := summarize(wait for _, wait in points))]
    greatest = max(summary.max for summary in summaries)
    usual = max(_usual([wait for _, wait in points]) for points in series)
    return 1.5 * usual if greatest > _RARE * usual > 0 else greatest


def _usual(waits: Sequence[float]) -> float:
    """The 99th percentile, the greatest of few left out."""
    ordered = sorted(waits)
    return ordered[min(len(ordered) - 1, int(0.99 * (len(ordered) - 1)))]


def _line(points: Sequence[Point], index: int, opacity: float = 1.0) -> str:
    return line(
        points,
        stroke=colour(index),
        stroke_width=1.6,
        stroke_dasharray=dash(index),
        stroke_linejoin="round",
        stroke_opacity=opacity,
    )


def _warmth(points: Sequence[Point], index: int) -> str:
    return line(points, stroke=FAINT, stroke_width=1.4, stroke_dasharray=DASHES[1 + index % 3])


def _rare(x: float, top: float, fill: str) -> str:
    return tag("path", d=f"M{x:.1f} {top + 1:.1f}l4 7h-8z", fill=fill)


def _bar(x: float, low: float, high: float, stroke: str) -> str:
    path = f"M{x:.1f} {low:.1f}V{high:.1f}m-3 0h6M{x - 3:.1f} {low:.1f}h6"
    return tag("path", d=path, fill="none", stroke=stroke, stroke_width=1.2)
