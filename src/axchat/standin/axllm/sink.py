"""Where the tokens of a turn go: to a waiting request, or piece by piece to a stream.

The server has one place for it, which a new turn takes over from one that still runs: from then on the texts
of both go to the new client (recorded axllm-s04-two-concurrent-stream, s11).
"""

import queue
import time
from collections.abc import Callable


class Sink:
    """Takes texts; ``is_writable`` tells whether somebody still reads them."""

    def __init__(self, is_writable: Callable[[], bool]) -> None:
        self._pieces: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._is_writable = is_writable
        self._is_over = False

    def put(self, text: str) -> bool:
        """Take a text; False when nobody is left to read it."""
        if self._is_over or not self._is_writable():
            return False
        if text:
            self._pieces.put(text)
        return True

    def finish(self) -> None:
        """End the texts."""
        self._pieces.put(None)

    def stop(self) -> None:
        """Take nothing any more."""
        self._is_over = True

    def next(self, deadline: float) -> str | None:
        """Return the next text, None at the end; raises TimeoutError at the monotonic time ``deadline``."""
        try:
            return self._pieces.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty as error:
            raise TimeoutError from error
