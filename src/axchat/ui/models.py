"""Models as a table on a terminal, as columns elsewhere, and as lines of a name and a value."""

from collections.abc import Sequence
from typing import TextIO

from axchat.ui.columns import Row, console_on, that_fit
from axchat.ui.escapes import for_terminal

NUMBERS = frozenset({"size", "needs", "weights", "tok/s"})
"""Columns that stand to the right."""

_FOLDED = 40
"""Longer cells (paths, lists) are folded rather than left out."""

NARROWEST = 20
"""Columns of a terminal in which a table can still be read."""


def draw(choices: Sequence[tuple[str, ...]], rows: Sequence[Row], stream: TextIO) -> None:
    """Draw the columns that the terminal has room for.

    Args:
        choices: names, from all columns to those one needs most.
        rows: of all columns.
        stream: a terminal.
    """
    from rich import box
    from rich.table import Table

    console = console_on(stream)
    clean = [tuple(in_a_line(cell) for cell in row) for row in rows]
    measured = [tuple(cell[:_FOLDED] for cell in row) for row in clean]
    shown = that_fit(choices, measured, max(console.width, NARROWEST)) if clean else choices[0]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in shown:
        is_number = name in NUMBERS
        table.add_column(name, justify="right" if is_number else "left", overflow="fold", no_wrap=is_number)
    for row in clean:
        table.add_row(*(cell for name, cell in zip(choices[0], row, strict=True) if name in shown))
    console.print(table)


def tabbed(rows: Sequence[Row]) -> str:
    """A line each, columns separated by tabs."""
    return "\n".join("\t".join(in_a_line(cell) for cell in row) for row in rows)


def pairs(lines: Sequence[tuple[str, str]]) -> str:
    """A name and a value in each line; a line without a name goes on under the value above."""
    width = max((len(name) for name, _ in lines), default=0) + 2
    told = (((name and f"{name}:").ljust(width) + in_a_line(value)).rstrip() for name, value in lines)
    return "\n".join(told)


def in_a_line(text: str) -> str:
    """Safe for a terminal, and one line; blanks stay, for paths may have two."""
    return for_terminal(text).replace("\n", " ").replace("\t", " ")
