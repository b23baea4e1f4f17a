"""A program on a real pty with a terminal emulator (pyte) at the other end."""

import os
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import pexpect
import pyte

TIMEOUT_S = 60.0
"""Generous: the machine may be busy."""

BUSY = "Ctrl-C stops"
"""In the toolbar while a chat is at work."""

Key = str
ENTER: Key = "\r"
ALT_ENTER: Key = "\x1b\r"
CTRL_C: Key = "\x03"
CTRL_D: Key = "\x04"
CTRL_R: Key = "\x12"
CTRL_Z: Key = "\x1a"
TAB: Key = "\t"
UP: Key = "\x1b[A"


def paste(text: str) -> str:
    """What a terminal with bracketed paste sends for a paste."""
    return f"\x1b[200~{text}\x1b[201~"


class _AnsweringScreen(pyte.HistoryScreen):
    """Answers what a program asks of its terminal (where the cursor is), as real ones do."""

    answer: Callable[[str], None]

    def write_process_input(self, data: str) -> None:
        """Send an answer."""
        self.answer(data)


class Terminal:
    """Runs ``argv`` on a pty; ``wait_for`` reads until the screen shows something.

    Attributes:
        raw: every byte the program wrote.
    """

    def __init__(
        self, argv: list[str], *, columns: int = 80, rows: int = 24, cwd: Path | None = None
    ) -> None:
        self.raw = b""
        self._screen = _AnsweringScreen(columns, rows, history=10_000, ratio=0.5)
        self._screen.answer = self.send
        self._stream = pyte.ByteStream(self._screen)
        self._child: pexpect.spawn[bytes] = pexpect.spawn(
            argv[0],
            argv[1:],
            dimensions=(rows, columns),
            cwd=None if cwd is None else str(cwd),
            timeout=TIMEOUT_S,
        )
        self._child.delaybeforesend = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child.isalive():
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()
        self._child.close()

    @property
    def lines(self) -> list[str]:
        """Scrollback and screen, without trailing blanks."""
        columns = self._screen.columns
        above = ["".join(row[x].data for x in range(columns)) for row in self._screen.history.top]
        return [line.rstrip() for line in [*above, *self._screen.display]]

    @property
    def text(self) -> str:
        """Scrollback and screen as one text."""
        return "\n".join(self.lines).rstrip()

    def resize(self, columns: int, rows: int) -> None:
        """Make the window so large; what does not fit is cut, as by a terminal that does not wrap anew."""
        self._screen.resize(rows, columns)
        self._child.setwinsize(rows, columns)

    @property
    def cursor(self) -> tuple[int, int]:
        """Column and row of the terminal's cursor, from 0."""
        return self._screen.cursor.x, self._screen.cursor.y

    @property
    def modes(self) -> frozenset[int]:
        """The modes that are set, as pyte numbers them."""
        return frozenset(self._screen.mode)

    def send(self, keys: str) -> None:
        """Press keys."""
        self._child.send(keys.encode())

    def read_more(self, seconds: float) -> bool:
        """Read what comes within the time; False at the end of the program."""
        ready, _, _ = select.select([self._child.child_fd], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(self._child.child_fd, 65536)
        except OSError:  # EIO: nobody holds the other end any more
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data)

    @property
    def _is_whole(self) -> bool:
        """Whether no frame is half drawn: terminals that know synchronized updates show none."""
        return self.raw.rfind(b"\x1b[?2026h") <= self.raw.rfind(b"\x1b[?2026l")

    def wait_for(self, what: str | Callable[[str], bool], *, count: int = 1) -> str:
        """Read until the text is there ``count`` times, or until ``what(text)`` holds; gives all text."""
        end = time.monotonic() + TIMEOUT_S
        while not (
            self._is_whole and (what(self.text) if callable(what) else self.text.count(what) >= count)
        ):
            left = end - time.monotonic()
            if left <= 0 or not self.read_more(left):
                raise AssertionError(f"never seen: {what!r}; the screen:\n{self.text}")
        return self.text

    def wait_for_prompt(self, prompt: str = ">") -> None:
        """Read until an empty prompt is the last line, or stands above the toolbar of a chat at rest."""

        def is_ready(text: str) -> bool:
            *_, above, last = ["", "", *text.splitlines()]
            return last == prompt or (above == prompt and BUSY not in last)

        self.wait_for(is_ready)

    def hang_up(self) -> int:
        """Close the terminal, as its window does; the program's exit status, negative for a signal."""
        self._child.ptyproc.fileobj.close()
        return self._status()

    def wait_for_end(self) -> int:
        """Read to the end; the exit status, negative for a signal."""
        end = time.monotonic() + TIMEOUT_S
        while self.read_more(max(end - time.monotonic(), 0.0)):
            if time.monotonic() > end:
                raise AssertionError(f"it does not end; the screen:\n{self.text}")
        return self._status()

    def _status(self) -> int:
        self._child.wait()
        if self._child.signalstatus is not None:
            return -int(self._child.signalstatus)
        return int(self._child.exitstatus)
