"""Styled text broken into rows, and rows as what a terminal is sent."""

import unicodedata
from functools import cache
from io import StringIO

from rich.color import ColorSystem
from rich.console import Console
from rich.text import Text


@cache
def _console() -> Console:
    return Console(file=StringIO(), force_terminal=True, color_system="standard", legacy_windows=False)


def wrap(text: Text, columns: int) -> list[Text]:
    """Rows of at most ``columns`` cells without trailing blanks; at least one, which may be empty.

    Words stay whole where they fit a row; text without blanks (Chinese) is broken between characters.
    """
    rows = list(text.wrap(_console(), max(columns, 1), overflow="fold", tab_size=4))
    for row in rows:
        row.rstrip()
    return rows or [Text(end="")]


def as_ansi(row: Text) -> str:
    """The row with its colours as escapes; of ours, and only those of SGR."""
    return anchored(
        "".join(
            segment.text
            if segment.style is None
            else segment.style.render(segment.text, color_system=ColorSystem.STANDARD)
            for segment in row.render(_console())
        ),
        row.plain,
    )


def anchored(row: str, plain: str) -> str:
    """A row whose first character would join itself to the row before gets a blank to join.

    Args:
        row: as it is written.
        plain: the same without escapes.
    """
    return " " + row if plain and unicodedata.combining(plain[0]) else row
