"""Lines on stderr, and at most one line that comes and goes while something lasts."""

import os
from typing import TextIO

from axchat.ui.cells import cut

ASSUMED_COLUMNS = 80
"""For a terminal that says it has none, as serial lines do."""

_ERASE_LINE = "\r\x1b[K"
_GONE = (OSError, ValueError)
"""A closed stderr must not cost the answer: what it would have shown is dropped."""


class StatusLine:
    """Writes whole lines and one status that is erased before the next line.

    Args:
        stream: stderr; None where the parent closed it.
        can_erase: whether it is a terminal that can move its cursor; without it no status is shown.
    """

    def __init__(self, stream: TextIO | None, *, can_erase: bool) -> None:
        self._stream = stream
        self._can_erase = can_erase
        self._is_shown = False

    def line(self, text: str) -> None:
        """Write a line; the text is safe for a terminal already."""
        self.clear()
        self._put(text + "\n")

    def show(self, text: str, *, before: str = "", after: str = "") -> None:
        """Show this until the next line or ``clear``, cut to the width, between two escapes."""
        if self._can_erase:
            shown = cut(text.replace("\n", " "), self._columns() - 1)
            self._put(_ERASE_LINE + before + shown + after)
            self._is_shown = True

    def clear(self) -> None:
        """Take the status away, if there is one."""
        if self._is_shown:
            self._put(_ERASE_LINE)
            self._is_shown = False

    def _columns(self) -> int:
        if self._stream is None:
            return ASSUMED_COLUMNS
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or ASSUMED_COLUMNS
        except _GONE:
            return ASSUMED_COLUMNS

    def _put(self, text: str) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except _GONE:
            self._stream = None
