"""Lines beside the conversation: dim on a terminal, plain elsewhere, always on stderr."""

import os
from typing import TextIO

from axchat.ui.escapes import for_terminal

_DIM, _NORMAL = "\x1b[2m", "\x1b[22m"
_GONE = (OSError, ValueError)
"""A closed stderr must not cost the chat: what it would have shown is dropped."""

_ERASE_LINE = "\r\x1b[K"

ASSUMED_COLUMNS = 80
"""For a terminal that says it has none, as serial lines do."""


class NoticeWriter:
    """Writes notices, and on a terminal one status line that comes and goes.

    Args:
        stream: stderr; None where the parent closed it.
        is_terminal: whether it obeys escapes; what it is given is filtered then.
        is_plain: no dim lines (``NO_COLOR``).
        is_dumb: it cannot move its cursor: neither dim lines nor a status (``TERM=dumb``).
    """

    def __init__(
        self, stream: TextIO | None, *, is_terminal: bool, is_plain: bool = False, is_dumb: bool = False
    ) -> None:
        self._stream = stream
        self._is_terminal = is_terminal
        self._is_dim = is_terminal and not is_plain and not is_dumb
        self._can_erase = is_terminal and not is_dumb
        self._has_status = False

    def tell(self, text: str) -> None:
        """Show whole lines."""
        self.clear_status()
        for line in text.splitlines():
            self._put(self._styled(self._safe(line)) + "\n")

    def status(self, text: str) -> None:
        """Show what is going on until the next line or ``clear_status``; nothing without a terminal."""
        if not self._can_erase:
            return
        shown = self._safe(text).replace("\n", " ")[: self._columns() - 1]
        self._put(_ERASE_LINE + self._styled(shown))
        self._has_status = True

    def clear_status(self) -> None:
        """Take the status line away, if there is one."""
        if self._has_status:
            self._put(_ERASE_LINE)
            self._has_status = False

    def _safe(self, text: str) -> str:
        return for_terminal(text) if self._is_terminal else text

    def _styled(self, text: str) -> str:
        return f"{_DIM}{text}{_NORMAL}" if self._is_dim and text else text

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
