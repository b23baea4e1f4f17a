"""Runs the real ``axchat`` as a child, on pipes or on a terminal, and tells what came of it."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from support.processes import PATIENCE_S
from support.terminal import Terminal

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


class OnTerminal(Terminal):
    """A command on a terminal of its own; a context manager that ends what is left of it.

    Args:
        arguments: of ``axchat``.
        columns: width of the terminal.
        env: more environment.
    """

    def __init__(self, *arguments: str, columns: int = 80, env: Mapping[str, str] | None = None) -> None:
        more = [f"{name}={value}" for name, value in (env or {}).items()]
        super().__init__(["/usr/bin/env", *more, *AXCHAT, *arguments], columns=columns)

    @property
    def pid(self) -> int:
        """The process id of axchat: ``env`` became it."""
        return self._child.pid

    @property
    def title(self) -> str:
        """The window title that the program set."""
        return self._screen.title

    def read_until(self, wanted: bytes) -> None:
        """Read until these bytes have come, also those that are overwritten at once."""
        deadline = time.monotonic() + PATIENCE_S
        while wanted not in self.raw:
            left = deadline - time.monotonic()
            if left <= 0 or not self.read_more(left):
                raise AssertionError(f"{wanted!r} did not come; the screen:\n{self.text}")

    def wait(self) -> int:
        """Read to the end; the exit status, 128 + signal for a signal."""
        status = self.wait_for_end()
        return status if status >= 0 else 128 - status
