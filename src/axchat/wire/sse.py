"""Server-sent events, incrementally: bytes in, the ``data`` of each finished event out. Pure."""

import re

from axchat.errors import RunnerFailed

# An event of a chat stream is one token, some hundred bytes. A server that sends this much
# without finishing an event is broken, and must not fill the memory of a small board.
MAX_EVENT_BYTES = 4 * 1024 * 1024

_LINE_END = re.compile(rb"\r\n|\r|\n")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class SseReader:
    """Splits a byte stream into events; the same bytes cut anywhere give the same events.

    Fields other than ``data`` and comment lines are ignored. An event that the stream breaks off is
    never given out (WHATWG HTML, section 9.2 "Server-sent events").

    Args:
        max_event_bytes: bytes that one unfinished event may hold.
    """

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max = max_event_bytes
        self._pending = b""
        self._data: list[bytes] = []
        self._held = 0
        self._at_start = True
        self._after_cr = False

    def receive(self, chunk: bytes) -> list[str]:
        """Take the next bytes; returns the data of every event they finish, in order.

        Raises:
            RunnerFailed: one event is larger than the limit.
        """
        buffer = self._pending + chunk
        if self._at_start and len(buffer) < len(_BYTE_ORDER_MARK) and _BYTE_ORDER_MARK.startswith(buffer):
            self._pending = buffer
            return []
        if self._at_start:
            self._at_start = False
            buffer = buffer.removeprefix(_BYTE_ORDER_MARK)
        if self._after_cr and buffer:
            self._after_cr = False
            buffer = buffer.removeprefix(b"\n")
        events, start = [], 0
        for end in _LINE_END.finditer(buffer):
            event = self._line(buffer[start : end.start()])
            if event is not None:
                events.append(event)
            start = end.end()
        # A line feed may follow in the next chunk and belongs to this line end.
        self._after_cr = self._after_cr or (buffer.endswith(b"\r") and start == len(buffer))
        self._pending = buffer[start:]
        self._check_size(len(self._pending))
        return events

    def _line(self, line: bytes) -> str | None:
        if not line:
            event = b"\n".join(self._data).decode("utf-8", "replace") if self._data else None
            self._data, self._held = [], 0
            return event
        field, _, value = line.partition(b":")
        if field == b"data":
            value = value.removeprefix(b" ")
            self._held += len(value) + 1
            self._check_size(0)
            self._data.append(value)
        return None

    def _check_size(self, pending: int) -> None:
        if self._held + pending > self._max:
            raise RunnerFailed(f"the server sent an event of more than {self._max} bytes")
