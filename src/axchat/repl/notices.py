"""Lines beside the conversation: dim on a terminal, plain elsewhere, always on stderr."""

from typing import TextIO

from axchat.ui.escapes import for_terminal
from axchat.ui.status_line import StatusLine

_DIM, _NORMAL = "\x1b[2m", "\x1b[22m"


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
        self._status = StatusLine(stream, can_erase=is_terminal and not is_dumb)
        self._is_terminal = is_terminal
        self._before, self._after = (_DIM, _NORMAL) if is_terminal and not (is_plain or is_dumb) else ("", "")

    def tell(self, text: str) -> None:
        """Show whole lines."""
        for line in text.splitlines():
            safe = self._safe(line)
            self._status.line(f"{self._before}{safe}{self._after}" if safe else "")

    def status(self, text: str) -> None:
        """Show what is going on until the next line or ``clear_status``; nothing without a terminal."""
        self._status.show(self._safe(text), before=self._before, after=self._after)

    def clear_status(self) -> None:
        """Take the status line away, if there is one."""
        self._status.clear()

    def _safe(self, text: str) -> str:
        return for_terminal(text) if self._is_terminal else text
