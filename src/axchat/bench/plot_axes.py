"""Axes with ticks at steps of 1, 2 and 5, and the frame of a panel; pure."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from axchat.bench.plot_svg import FAINT, GRID, line, tag, words

LEFT, RIGHT, WIDTH = 70.0, 890.0, 960.0
"""Of the plot's area, and of the whole picture, in points; on the right there is room for a second axis."""

HEIGHT = 230.0
"""Of a plot's area."""

SMALLEST = 1e-6
"""A range below is drawn as this: no clock is finer."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Values from ``low`` to ``high`` between two places on the paper."""

    low: float
    high: float
    step: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Where a value is; one outside of the axis at its end."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + (self.end - self.start) * min(1.0, max(0.0, share))

    def ticks(self) -> Iterator[tuple[float, str]]:
        """The place and the label of each."""
        for count in range(round((self.high - self.low) / self.step) + 1):
            value = self.low + count * self.step
            yield self.place(value), _label(value, self.step)


def axis(low: float, high: float, start: float, end: float, *, most: int = 8, is_whole: bool = False) -> Axis:
    """An axis around these values that begins and ends on a tick.

    Args:
        low: the least value.
        high: the greatest value.
        start: where the least is on the paper.
        end: where the greatest is.
        most: about how many steps, at most.
        is_whole: values are whole, and so are the ticks.
    """
    high = max(high, low + max(SMALLEST, abs(low) * SMALLEST))
    step = _step((high - low) / most)
    if is_whole:
        step = max(1.0, step)
    first, last = math.floor(low / step), math.ceil(high / step)
    return Axis(first * step, last * step, step, start, end)


def frame(x: Axis, y: Axis, x_title: str, y_title: str) -> str:
    """The area with its grid, ticks and titles; y is on the left."""
    top, bottom = y.end, y.start
    parts = [tag("rect", x=LEFT, y=top, width=RIGHT - LEFT, height=bottom - top, fill="none", stroke=GRID)]
    for at, label in y.ticks():
        parts.append(line([(LEFT, at), (RIGHT, at)], stroke=GRID))
        parts.append(words(LEFT - 8, at + 4, label, size=11, anchor="end", fill=FAINT))
    for at, label in x.ticks():
        parts.append(line([(at, bottom), (at, bottom + 5)], stroke=FAINT))
        parts.append(words(at, bottom + 18, label, size=11, anchor="middle", fill=FAINT))
    parts.append(line([(LEFT, bottom), (RIGHT, bottom)], stroke=FAINT))
    parts.append(words((LEFT + RIGHT) / 2, bottom + 36, x_title, anchor="middle"))
    parts.append(_upright(18, (top + bottom) / 2, y_title))
    return "".join(parts)


def second_axis(y: Axis, y_title: str) -> str:
    """An axis on the right, without a grid."""
    parts = [line([(RIGHT, y.start), (RIGHT, y.end)], stroke=FAINT)]
    for at, label in y.ticks():
        parts.append(line([(RIGHT, at), (RIGHT + 5, at)], stroke=FAINT))
        parts.append(words(RIGHT + 9, at + 4, label, size=11, fill=FAINT))
    parts.append(_upright(WIDTH - 12, (y.start + y.end) / 2, y_title))
    return "".join(parts)


def _upright(x: float, y: float, text: str) -> str:
    return words(x, y, text, anchor="middle", transform=f"rotate(-90 {x:g} {y:g})")


def _step(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20 ... and their tenths that is not below."""
    power = 10.0 ** math.floor(math.log10(least))
    return next((times * power for times in (1, 2, 5) if times * power >= least * (1 - 1e-9)), 10 * power)


def _label(value: float, step: float) -> str:
    if abs(value) >= 1e6:
        return f"{value:.3g}"
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return f"{value + 0.0:.{decimals}f}" if abs(value) > step / 2 else "0"
