"""Running the stand-in on a real terminal or on pipes, and waiting for its bytes."""

import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
import tty
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

WAIT_S = 60.0
"""Generous: two busy cores."""
LEADER = str(Path(__file__).with_name("terminal_leader.py"))
RUNNER = (sys.executable, "-m", "axchat.standin.runner")
AXLLM = (sys.executable, "-m", "axchat.standin.axllm")
CONTEXT = (sys.executable, "-m", "axchat.standin.context")


class Run:
    """One process of the stand-in; a context manager that kills what is left of it."""

    def __init__(
        self,
        arguments: Sequence[str],
        cwd: Path,
        *,
        on_pty: bool = True,
        echo: bool = True,
        raw: bool = False,
        piped_input: bool = False,
        stderr_on_pty: bool = False,
        env: Mapping[str, str] | None = None,
        command: Sequence[str] = RUNNER,
    ) -> None:
        self.printed = b""
        self.returncode: int | None = None
        self._on_pty = on_pty
        self._stderr_path = cwd / "stderr.captured"
        with self._stderr_path.open("wb") as stderr:
            options = {"cwd": cwd, "env": {**os.environ, **(env or {})}, "stderr": stderr}
            if on_pty:
                self._start_on_pty([*command, *arguments], echo, raw, piped_input, stderr_on_pty, options)
            else:
                self._start_on_pipes([*command, *arguments], options)

    def _start_on_pty(
        self,
        command: list[str],
        echo: bool,
        raw: bool,
        piped_input: bool,
        stderr_too: bool,
        options: dict[str, Any],
    ) -> None:
        master, slave = pty.openpty()
        if stderr_too:
            options = {**options, "stderr": slave}
        if raw:
            tty.setraw(slave)
        if not echo:
            modes = termios.tcgetattr(slave)
            modes[3] &= ~termios.ECHO
            termios.tcsetattr(slave, termios.TCSANOW, modes)
        report, leaders_report = os.pipe()
        leaders_release, release = os.pipe()
        childs_input, piped = os.pipe() if piped_input else (slave, master)
        source = str(childs_input) if piped_input else "terminal"
        words = (os.ttyname(slave), source, str(leaders_report), str(leaders_release))
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", LEADER, *words, *command],
            stdin=subprocess.DEVNULL,
            pass_fds=(leaders_report, leaders_release, *([childs_input] if piped_input else [])),
            start_new_session=True,
            **options,
        )
        os.close(leaders_report)
        os.close(leaders_release)
        if piped_input:
            os.close(childs_input)
        self._input, self._output = piped, master
        self._release, self._report = release, report
        self.pid = _number(report)
        # A master without any slave reads as hung up, so ours stayed open until the program had its own.
        os.close(slave)

    def _start_on_pipes(self, command: list[str], options: dict[str, Any]) -> None:
        child_in, self._input = os.pipe()
        self._output, child_out = os.pipe()
        self._process = subprocess.Popen(
            command, stdin=child_in, stdout=child_out, start_new_session=True, **options
        )
        os.close(child_in)
        os.close(child_out)
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self.wait()
        for descriptor in {self._input, self._output} - {-1}:
            os.close(descriptor)

    def send(self, data: bytes) -> None:
        """Type bytes."""
        while data:
            data = data[os.write(self._input, data) :]

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
        if self._on_pty:
            self.returncode = _number(self._report)
            os.close(self._report)
            os.close(self._release)
            self._process.wait(WAIT_S)
        else:
            self.returncode = self._process.wait(WAIT_S)
        return self.returncode

    def stays_quiet(self, seconds: float) -> bool:
        """Say whether nothing is printed for a time."""
        return not select.select([self._output], [], [], seconds)[0]

    def kill(self, number: signal.Signals) -> None:
        """Send a signal to the process."""
        os.kill(self.pid, number)

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
        reports = [self._report] if self._on_pty else []
        ready, _, _ = select.select([self._output, *reports], [], [], left)
        if self._output not in ready and reports == ready:
            # Reading a terminal first fetches what is under way; then there is no more.
            os.set_blocking(self._output, False)
        try:
            data = os.read(self._output, 65536) if ready else b""
        except BlockingIOError:
            return False
        self.printed += data
        return bool(data) or not ready


def _number(report: int) -> int:
    """The next line of a leader's report, read no further."""
    line = b""
    while not line.endswith(b"\n"):
        assert select.select([report], [], [], WAIT_S)[0], f"no report in time after {line!r}"
        byte = os.read(report, 1)
        assert byte, f"the report ended after {line!r}"
        line += byte
    return int(line)
