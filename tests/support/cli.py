"""Runs the real ``axchat`` as a child, on pipes or on a terminal, and tells what came of it."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pyte

from support.processes import PATIENCE_S

AXCHAT = (sys.executable, "-m", "axchat")


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    status: int
    out: bytes
    err: str

    def assert_ok(self) -> "Outcome":
        """Fail with everything that was said unless the status is 0."""
        assert self.status == 0, f"status {self.status}\n{self.out!r}\n{self.err}"
        return self


def axchat(
    *arguments: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Outcome:
    """Run a command to its end on pipes; standard input is empty unless given."""
    done = subprocess.run(
        [*AXCHAT, *arguments],
        input=stdin if stdin is not None else b"",
        capture_output=True,
        env={**os.environ, **(env or {})},
        cwd=cwd,
        timeout=100,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr.decode())


class OnTerminal:
    """A command on a terminal of its own; a context manager that ends what is left of it.

    Args:
        arguments: of ``axchat``.
        columns: width of the terminal.
        env: more environment.
        command: what to run instead of ``axchat``.
    """

    def __init__(
        self, *arguments: str, columns: int = 80, rows: int = 24, env: Mapping[str, str] | None = None
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.bytes = b""
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            os.execve(sys.executable, [*AXCHAT, *arguments], {**os.environ, **(env or {})})
        import fcntl
        import struct
        import termios

        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._status: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._master)

    def read_until(self, wanted: bytes) -> bytes:
        """Read until these bytes have come; fails with what came instead."""
        deadline = time.monotonic() + PATIENCE_S
        while wanted not in self.bytes:
            left = deadline - time.monotonic()
            assert left > 0, f"{wanted!r} did not come; {self.bytes!r} did"
            if not self._read(left):
                raise AssertionError(f"ended before {wanted!r}: {self.bytes!r}")
        return self.bytes

    def _read(self, timeout_s: float) -> bool:
        if not select.select([self._master], [], [], timeout_s)[0]:
            return True
        try:
            data = os.read(self._master, 65536)
        except OSError:
            return False
        self.bytes += data
        self._stream.feed(data)
        return bool(data)

    def type(self, keys: bytes) -> None:
        """Type keys."""
        os.write(self._master, keys)

    def wait(self) -> int:
        """Read to the end; the exit status, 128 + signal for a signal."""
        deadline = time.monotonic() + PATIENCE_S
        while self._read(max(0.0, deadline - time.monotonic())):
            assert time.monotonic() < deadline, f"does not end: {self.bytes!r}"
        _, status = os.waitpid(self.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        self._status = code if code >= 0 else 128 - code
        return self._status

    @property
    def text(self) -> str:
        """The screen's rows without trailing blanks."""
        return "\n".join(row.rstrip() for row in self.screen.display).rstrip()
