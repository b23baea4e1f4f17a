"""Rows in columns: aligned with blanks, and those that a terminal has room for."""

import os
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, TextIO

from axchat.ui.cells import to_the_left, to_the_right, width_of

if TYPE_CHECKING:
    from rich.console import Console

Row = Sequence[str]


def widths_of(rows: Sequence[Row]) -> list[int]:
    """Of each column, its widest cell. Pure."""
    return [max(map(width_of, column)) for column in zip(*rows, strict=True)]


def aligned(names: Row, rows: Sequence[Row], numbers: Collection[str], widths: Sequence[int]) -> list[str]:
    """Lines of text, the names first; columns with these names stand to the right. Pure."""
    return ["  ".join(_cells(names, row, numbers, widths)).rstrip() for row in (names, *rows)]


def _cells(names: Row, row: Row, numbers: Collection[str], widths: Sequence[int]) -> list[str]:
    return [
        to_the_right(cell, width) if name in numbers else to_the_left(cell, width)
        for cell, width, name in zip(row, widths, names, strict=True)
    ]


def that_fit(choices: Sequence[tuple[str, ...]], rows: Sequence[Row], width: int) -> tuple[str, ...]:
    """The first choice of columns that a drawn table has room for, else the last. Pure.

    Args:
        choices: names, from all columns to those one needs most.
        rows: of all columns.
        width: of the terminal.
    """
    needed = dict(zip(choices[0], widths_of([choices[0], *rows]), strict=True))
    for names in choices:
        if sum(needed[name] + len("│  ") for name in names) + len("│") <= width:
            return names
    return choices[-1]


def console_on(stream: TextIO) -> "Console":
    """What draws on a terminal, as wide as it is: rich asks the standard streams, not the one it draws on."""
    from rich.console import Console

    width = os.get_terminal_size(stream.fileno()).columns or None
    return Console(file=stream, highlight=False, width=width)
