"""An answer that grows on a terminal as it comes: drawn in a thread of its own, frame by frame."""

import os
import threading
import time
from collections.abc import Callable
from typing import BinaryIO

from axchat.ui.answer import AnswerWriter
from axchat.ui.pace import Pace
from axchat.ui.region import Region
from axchat.ui.rows import AnswerRows

ASSUMED_SIZE = os.terminal_size((80, 24))
"""Of a terminal that does not tell, as serial lines."""

MOST_OPEN_ROWS = 8
"""What is above them in a long paragraph or list is taken for finished: every frame writes them all."""


def most_open_rows(rows: int) -> int:
    """For a screen of so many rows: a narrower window may double them, and they must still fit."""
    return max(1, min(MOST_OPEN_ROWS, rows // 3 - 1))


class AnswerScreen:
    """Shows one answer; ``write`` only hands over, so that a slow terminal does not hold up the model.

    Args:
        rows: turns the answer into rows.
        stream: the terminal, binary.
        clock: seconds, monotonic.

    Raises:
        OutputClosed: by ``write`` and ``finish``; the terminal is gone.
        AxchatError: it cannot be written.
    """

    def __init__(
        self, rows: AnswerRows, stream: BinaryIO, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rows = rows
        self._writer = AnswerWriter(stream, is_terminal=False, ends_line=False)
        self._region = Region(self._writer.write)
        self._stream = stream
        self._pace = Pace(clock)
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._is_over = threading.Event()
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None
        self._is_mid_line = False

    @property
    def is_mid_line(self) -> bool:
        """Whether what is shown may still change."""
        return self._is_mid_line

    def write(self, text: str) -> None:
        """Take the next piece of the answer."""
        if self._failure is not None:
            raise self._failure
        with self._lock:
            self._rows.feed(text)
        self._is_mid_line = True
        self._news.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._draw_frames, name="screen", daemon=True)
            self._thread.start()

    def finish(self) -> None:
        """Show all of it."""
        self._is_over.set()
        self._news.set()
        if self._thread is not None:
            self._thread.join()
        if self._failure is not None:
            raise self._failure
        self._region.show(self._rows.finish(self._size().columns).finished, ())
        self._region.close()
        self._is_mid_line = False

    def _draw_frames(self) -> None:
        try:
            while not self._is_over.is_set():
                self._news.wait()
                self._is_over.wait(self._pace.wait_s)
                self._news.clear()
                if not self._is_over.is_set():
                    self._draw()
        except BaseException as error:  # noqa: BLE001  of a thread: ``write`` and ``finish`` raise it
            self._failure = error

    def _draw(self) -> None:
        size = self._size()
        with self._pace.frame(), self._lock:
            frame = self._rows.frame(size.columns, most_open_rows(size.lines))
            self._region.show(frame.finished, frame.open)

    def _size(self) -> os.terminal_size:
        try:
            size = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError):
            return ASSUMED_SIZE
        return size if size.columns and size.lines else ASSUMED_SIZE
