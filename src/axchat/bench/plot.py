"""Saved reports as one picture: an SVG that stands for itself; pure."""

from collections.abc import Iterator, Sequence
from itertools import chain, count

from axchat.bench.plot_axes import LEFT, RIGHT, WIDTH
from axchat.bench.plot_panels import Panel, heat_panel, latency_panel, ttft_panel
from axchat.bench.plot_series import Point, answers, waits
from axchat.bench.plot_svg import FAINT, PAPER, cut, escaped, number, tag, words
from axchat.bench.reading import Json, is_complete, models, text_of

_FONT = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"

_MOST_LINES = 8
"""Of reports under the title."""

_GAP = 14.0


def plot(reports: Sequence[tuple[str, Json]]) -> str:
    """Inter-token latency over the answer, TTFT by prompt size, and rate over time with the temperature.

    A panel for which nothing was measured is left out. Runs and models are overlaid, on paper of their own
    colour, so that a dark viewer shows the same.

    Args:
        reports: the name that each is shown by, and its JSON as ``bench.saved`` reads it; not trusted.

    Returns:
        A whole SVG file, some 300 kB at most.
    """
    named = list(zip(_told_apart([name for name, _ in reports]), (each for _, each in reports), strict=True))
    title = f"axchat bench: {', '.join(name for name, _ in named)}" if named else "axchat bench"
    parts = [words(LEFT, 34, cut(title, RIGHT - LEFT, 20), size=20, font_weight="bold")]
    y = 34.0
    for told in _about(named):
        y += 17
        parts.append(words(LEFT, y, cut(told, RIGHT - LEFT, 12), fill=FAINT))
    y += 2 * _GAP
    panels = list(_panels(named))
    for panel in panels:
        parts.append(tag("g", panel.svg, transform=f"translate(0 {number(y)})"))
        y += panel.height + _GAP
    if not panels:
        parts.append(words(LEFT, y, "There is nothing to draw: no prompt of a known size was answered."))
        y += 2 * _GAP
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(WIDTH)}" height="{number(y)}" '
        f'viewBox="0 0 {number(WIDTH)} {number(y)}" font-family="{escaped(_FONT)}" role="img">'
    )
    told = f"<title>{escaped(cut(title, RIGHT - LEFT, 6))}</title>"
    paper = tag("rect", width=WIDTH, height=y, fill=PAPER)
    return "\n".join([head, told, paper, *parts, "</svg>\n"])


def _panels(named: Sequence[tuple[str, Json]]) -> Iterator[Panel]:
    series = [each for name, document in named for each in answers(name, document)]
    waited = [each for name, document in named for each in waits(name, document)]
    heat = [(name, readings) for name, document in named if (readings := _heat(document))]
    if series:
        yield latency_panel(series)
    if waited:
        yield ttft_panel(waited)
    if heat:
        yield heat_panel(series, heat)


def _heat(document: Json) -> list[Point]:
    """Of all models of a report, in the order of time."""
    return sorted(reading for model in models(document) for reading in model.heat)


def _about(named: Sequence[tuple[str, Json]]) -> list[str]:
    """A line for each report."""
    lines = []
    for name, document in named:
        told = [f"axchat {text_of(document, 'axchat_version')}", text_of(document, "at")]
        told += [] if is_complete(document) else ["stopped early"]
        lines.append(f"{name}: {', '.join(filter(None, told))}")
    more = len(lines) - _MOST_LINES
    return lines if more <= 0 else [*lines[:_MOST_LINES], f"and {more} more"]


def _told_apart(names: Sequence[str]) -> list[str]:
    """The names, each once: the second of a name is ``name (2)``."""
    found: list[str] = []
    for name in names:
        tries = chain([name], (f"{name} ({place})" for place in count(2)))
        found.append(next(each for each in tries if each not in found))
    return found
