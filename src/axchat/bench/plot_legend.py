"""Which series is which: labels that tell them apart, and the legend above a plot; pure."""

from collections.abc import Callable, Sequence

from axchat.bench.plot_axes import LEFT, RIGHT
from axchat.bench.plot_svg import FAINT, colour, cut, dash, line, marker, words

MOST_SERIES = 21
"""In one panel; of more nobody tells one from another."""

TITLE_HEIGHT = 22.0
_ROW_HEIGHT = 16.0
_COLUMNS = 2
_SAMPLE = 26.0
"""Width of the line or marker before a label."""

Sign = Callable[[int, float, float], str]
"""Draws the sign of a series at a place."""


def told_apart(told: Sequence[Sequence[str]]) -> tuple[str, list[str]]:
    """What is common to all series, and of each what is not; each by its last part where all are alike."""
    columns = list(zip(*told, strict=True))
    differ = [len(set(column)) > 1 for column in columns]
    common = [column[0] for column, differs in zip(columns, differ, strict=True) if not differs]
    if not any(differ):
        return ", ".join(filter(None, common[:-1])), [row[-1] for row in told]
    rows = [[part for part, differs in zip(row, differ, strict=True) if differs] for row in told]
    return ", ".join(filter(None, common)), [", ".join(filter(None, row)) for row in rows]


def heading(title: str, common: str, left_out: int) -> str:
    """The title of a panel, and what all of it is of."""
    more = f"; {left_out} more are not drawn" if left_out else ""
    told = cut(common, RIGHT - LEFT - 300, 12) if common else ""
    return words(LEFT, 14, title, size=15, font_weight="bold") + words(
        RIGHT, 14, f"{told}{more}".strip("; "), anchor="end", fill=FAINT
    )


def legend(labels: Sequence[str], sign: Sign) -> str:
    """A sign and a label for each series, in columns under the heading."""
    width = (RIGHT - LEFT) / _COLUMNS
    parts = []
    for index, label in enumerate(labels):
        row, column = divmod(index, _COLUMNS)
        x, y = LEFT + column * width, TITLE_HEIGHT + 10 + row * _ROW_HEIGHT
        parts.append(sign(index, x, y - 4))
        parts.append(words(x + _SAMPLE, y, cut(label, width - _SAMPLE - 8, 12)))
    return "".join(parts)


def legend_height(count: int) -> float:
    """Of the heading and the legend of so many series."""
    return TITLE_HEIGHT + -(-count // _COLUMNS) * _ROW_HEIGHT + 10


def line_sign(index: int, x: float, y: float) -> str:
    """A piece of the series' line."""
    return line([(x, y), (x + 20, y)], stroke=colour(index), stroke_width=2, stroke_dasharray=dash(index))


def marker_sign(index: int, x: float, y: float) -> str:
    """The series' marker."""
    return marker(index, x + 10, y, colour(index))
