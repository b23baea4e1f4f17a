"""An answer as rows of a terminal: those that are finished, and those that may still change."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Frame:
    r"""What to draw now.

    Attributes:
        finished: rows to append to the scrollback, each a terminal-safe ANSI string without ``\n``; they may
            be wider than the screen (code, a plain line): the terminal wraps them, so that they copy whole.
        open: rows of the block that may still change; none is wider than the screen.
    """

    finished: tuple[str, ...] = ()
    open: tuple[str, ...] = ()


class AnswerRows(Protocol):
    """Turns the text of one answer into rows."""

    def feed(self, text: str) -> None:
        """Take the next piece, as the model said it, cut anywhere."""

    def frame(self, columns: int, rows: int) -> Frame:
        """What is new since the last frame; at most ``rows`` rows are open."""

    def finish(self, columns: int) -> Frame:
        """The rest; nothing is open."""
