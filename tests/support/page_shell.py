"""Runs one shell command on a terminal and gives what the terminal shows at its end."""

import os
import pty
import select
import signal
import socket
import subprocess
import termios
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyte

from support.terminal import BUSY, CTRL_D

COLUMNS, ROWS = 100, 50
PATIENCE_S = 60.0
"""Generous: the machine may be busy."""


class Shown(pyte.HistoryScreen):
    """A terminal's screen and scrollback, which answers what programs ask of it."""

    def __init__(self, answers_to: int) -> None:
        super().__init__(COLUMNS, ROWS, history=10_000, ratio=0.5)
        self._answers_to = answers_to
        self._is_drawing = False
        self._continuing = list[object]()

    def write_process_input(self, data: str) -> None:
        """Send an answer."""
        os.write(self._answers_to, data.encode())

    def draw(self, data: str) -> None:
        """Print text."""
        self._is_drawing = True
        super().draw(data)
        self._is_drawing = False

    def linefeed(self) -> None:
        """Go to the next row; in the middle of text because that has reached the margin."""
        super().linefeed()
        if self._is_drawing:
            self._continuing.append(self.buffer[self.cursor.y])

    @property
    def shown(self) -> tuple[str, ...]:
        """What is shown; a line that the terminal wrapped is one again."""
        rows = [*self.history.top, *(self.buffer[y] for y in range(ROWS))]
        lines = list[str]()
        for row in rows:
            text = "".join(row[x].data for x in range(COLUMNS))
            if any(row is each for each in self._continuing):
                lines[-1] += text
            else:
                lines.append(text)
        lines = [line.rstrip() for line in lines]
        while lines and not lines[-1]:
            lines.pop()
        return tuple(lines)


class Shell:
    """A command under bash on a terminal of its own; ``close`` ends what is left of it.

    Args:
        script: for bash.
        env: all of its environment.
        cwd: where it starts.
        typed: lines for a chat, each typed when it waits for one, and Ctrl-D behind them.
        ready: a socket that hears ``READY=1`` of sd_notify(3) from a program that goes on.
    """

    def __init__(
        self,
        script: str,
        env: Mapping[str, str],
        cwd: Path,
        typed: Sequence[str] = (),
        ready: socket.socket | None = None,
    ) -> None:
        self._ready = ready
        self._typed, self._last = deque([*typed, CTRL_D] if typed else ()), ""
        self._master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (ROWS, COLUMNS))
        self._process = subprocess.Popen(
            ["setsid", "--ctty", "bash", "-c", script],
            stdin=slave, stdout=slave, stderr=slave, env=dict(env), cwd=cwd,
        )  # fmt: skip
        os.close(slave)
        self._ended = os.pidfd_open(self._process.pid)
        self._screen = Shown(self._master)
        self._stream = pyte.ByteStream(self._screen)

    def wait(self) -> int | None:
        """Read to the end, or until it says that it is ready; the exit status, None where it goes on.

        Raises:
            AssertionError: neither comes.
        """
        end = time.monotonic() + PATIENCE_S
        watched = [self._master, self._ended, *([self._ready] if self._ready else [])]
        while True:
            readable, _, _ = select.select(watched, [], [], max(end - time.monotonic(), 0))
            if not readable:
                raise AssertionError("it does not end; the screen:\n" + "\n".join(self.lines))
            if self._master in readable:
                if not self._read():
                    watched.remove(self._master)
            elif self._ended in readable:
                return self._process.wait()
            elif self._ready is not None and b"READY=1" in self._ready.recv(4096):
                while select.select([self._master], [], [], 0)[0] and self._read():
                    pass
                return None

    def _read(self) -> bool:
        try:
            self._stream.feed(os.read(self._master, 65536))
        except OSError:  # EIO: nobody holds the other end any more
            return False
        if self._typed and self._is_asking():
            self._last = self._typed.popleft()
            os.write(self._master, (self._last if self._last == CTRL_D else f"{self._last}\r").encode())
        return True

    def _is_asking(self) -> bool:
        """Whether a chat shows an empty prompt above a toolbar at rest, and the last line as said."""
        *said, above, last = ["", "", *self.lines]
        return above == ">" and BUSY not in last and (not self._last or f"> {self._last}" in said)

    @property
    def lines(self) -> tuple[str, ...]:
        """What the terminal shows."""
        return self._screen.shown

    def close(self) -> None:
        """End it, by Ctrl-C's signal, and wait for that."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)
            try:
                self._process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        os.close(self._ended)
        os.close(self._master)
