"""Running the stand-in on a real terminal or on pipes, and waiting for its bytes."""

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

WAIT_S = 60.0
"""Generous: two busy cores."""
_ON_OWN_TERMINAL = 'exec 0<>"$0" 1>&0; exec "$@"'
"""A shell that leads its session gets the terminal it opens as the controlling one."""
RUNNER = (sys.executable, "-m", "axchat.standin.runner")


class Run:
    """One process of the stand-in; a context manager that kills what is left of it."""

    def __init__(
        self,
        arguments: Sequence[str],
        cwd: Path,
        *,
        on_pty: bool = True,
        echo: bool = True,
        env: Mapping[str, str] | None = None,
        command: Sequence[str] = RUNNER,
    ) -> None:
        self.printed = b""
        self.returncode: int | None = None
        self._on_pty = on_pty
        self._stderr_path = cwd / "stderr.captured"
        with self._stderr_path.open("wb") as stderr:
            start = self._start_on_pty if on_pty else self._start_on_pipes
            self._process, self._input, self._output = start(
                [*command, *arguments], cwd, {**os.environ, **(env or {})}, stderr.fileno(), echo
            )

    @staticmethod
    def _start_on_pty(
        command: list[str], cwd: Path, env: dict[str, str], stderr: int, echo: bool
    ) -> tuple[subprocess.Popen[bytes], int, int]:
        master, slave = pty.openpty()
        if not echo:
            modes = termios.tcgetattr(slave)
            modes[3] &= ~termios.ECHO
            termios.tcsetattr(slave, termios.TCSANOW, modes)
        ours, childs = os.pipe()
        process = subprocess.Popen(
            ["/bin/sh", "-c", _ON_OWN_TERMINAL, os.ttyname(slave), *command],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=childs,
            stderr=stderr,
            start_new_session=True,
        )
        # The pipe ends when the child's stdout has become the terminal; a master without any slave reads
        # as hung up, so ours stays open until then.
        os.close(childs)
        os.read(ours, 1)
        os.close(ours)
        os.close(slave)
        return process, master, master

    @staticmethod
    def _start_on_pipes(
        command: list[str], cwd: Path, env: dict[str, str], stderr: int, _echo: bool
    ) -> tuple[subprocess.Popen[bytes], int, int]:
        child_in, ours_in = os.pipe()
        ours_out, child_out = os.pipe()
        process = subprocess.Popen(
            command, cwd=cwd, env=env, stdin=child_in, stdout=child_out, stderr=stderr, start_new_session=True
        )
        os.close(child_in)
        os.close(child_out)
        return process, ours_in, ours_out

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for descriptor in {self._input, self._output} - {-1}:
            os.close(descriptor)

    @property
    def pid(self) -> int:
        """The process's id; it leads its own group."""
        return self._process.pid

    def send(self, data: bytes) -> None:
        """Type bytes."""
        os.write(self._input, data)

    def close_input(self) -> None:
        """Close a pipe on stdin: the end of input."""
        os.close(self._input)
        self._input = -1

    def close_output(self) -> None:
        """Close a pipe on stdout: nobody reads any more."""
        os.close(self._output)
        self._output = -1

    def hang_up(self) -> None:
        """Close the terminal's master side."""
        os.close(self._output)
        self._input = self._output = -1

    def wait(self) -> int:
        """Wait for the exit status without reading."""
        self.returncode = self._process.wait(WAIT_S)
        return self.returncode

    def stays_quiet(self, seconds: float) -> bool:
        """Say whether nothing is printed for a time."""
        return not select.select([self._output], [], [], seconds)[0]

    def kill(self, number: signal.Signals) -> None:
        """Send a signal to the process."""
        self._process.send_signal(number)

    def wait_for(self, arrived: Callable[[bytes], bool]) -> None:
        """Read until what was printed satisfies ``arrived``; fails at the end of output or in time."""
        deadline = time.monotonic() + WAIT_S
        while not arrived(self.printed):
            assert self._read(deadline), f"the output ended, or nothing came:\n{self.printed!r}"

    def wait_for_end_of(self, data: bytes) -> None:
        """Read until the output ends with ``data``."""
        self.wait_for(lambda printed: printed.endswith(data))

    def finish(self) -> int:
        """Read to the end of output and return the exit status (negative: the signal that killed it)."""
        deadline = time.monotonic() + WAIT_S
        while self._read(deadline):
            continue
        return self.wait()

    def stderr(self) -> bytes:
        """What it wrote to stderr so far."""
        return self._stderr_path.read_bytes()

    def _read(self, deadline: float) -> bool:
        left = deadline - time.monotonic()
        assert left > 0, f"no more output in time:\n{self.printed!r}"
        if not select.select([self._output], [], [], left)[0]:
            return self._read(deadline)
        try:
            data = os.read(self._output, 65536)
        except OSError:  # EIO: the terminal's other side is closed
            return False
        self.printed += data
        return bool(data)
