"""Rows drawn by a region on a terminal emulator, to see what a person would see."""

import random
import re
from collections.abc import Callable, Iterator

import pyte

from axchat.ui.answer_screen import most_open_rows
from axchat.ui.region import Region
from axchat.ui.rows import AnswerRows

SGR = re.compile(r"\x1b\[[0-9;]*m")


class Screen:
    """A terminal with a scrollback."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.emulator = pyte.HistoryScreen(columns, rows, history=100_000, ratio=0.5)
        self._stream = pyte.Stream(self.emulator)

    def write(self, data: str) -> None:
        """What a program sends."""
        self._stream.feed(data)

    @property
    def lines(self) -> list[str]:
        """Scrollback and screen, without trailing blanks and empty lines at the end."""
        above = ["".join(row[x].data for x in range(self.columns)) for row in self.emulator.history.top]
        lines = [line.rstrip() for line in [*above, *self.emulator.display]]
        while lines and not lines[-1]:
            lines.pop()
        return lines


def cut(text: str, seed: int, longest: int = 30) -> Iterator[str]:
    """The text in pieces of random length."""
    chance = random.Random(seed)
    at = 0
    while at < len(text):
        length = chance.randint(1, longest)
        yield text[at : at + length]
        at += length


def drawn(
    rows: AnswerRows,
    pieces: Iterator[str],
    screen: Screen,
    on_row: Callable[[str], None] = lambda _row: None,
) -> list[str]:
    """Draw an answer frame by frame, and give the lines of the screen; ``on_row`` sees every row."""
    region = Region(screen.write)
    most = most_open_rows(screen.rows)
    for piece in pieces:
        rows.feed(piece)
        frame = rows.frame(screen.columns, most)
        assert len(frame.open) <= most
        for row in (*frame.finished, *frame.open):
            on_row(row)
        region.show(frame.finished, frame.open)
    frame = rows.finish(screen.columns)
    for row in frame.finished:
        on_row(row)
    region.show(frame.finished, ())
    region.close()
    return screen.lines
