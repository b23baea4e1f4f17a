"""Commands as they are installed: how long one runs, on the wall and on the CPU."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from performance.page import line
from performance.row import Row, Scale

BIN = Path(sys.executable).parent
"""Where the environment's programs are."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run of a command took, in milliseconds.

    Attributes:
        wall: from before its fork until it was waited for.
        cpu: of user and system, by the kernel's word.
    """

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the environment's.

    Attributes:
        argv: its program, without a path, and arguments.
        env: more environment.
    """

    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)

    def __call__(self) -> Ran:
        """Run it, its output thrown away.

        Raises:
            RuntimeError: it failed.
        """
        argv, env = [str(BIN / self.argv[0]), *self.argv[1:]], {**os.environ, **self.env}
        nowhere = subprocess.DEVNULL
        began = time.perf_counter()
        child = subprocess.Popen(argv, env=env, stdin=nowhere, stdout=nowhere, stderr=nowhere)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise RuntimeError(f"{' '.join(self.argv)} ended with status {child.returncode}")
        return Ran(1000 * wall, 1000 * (used.ru_utime + used.ru_stime))


def middle(runs: Sequence[Ran]) -> Ran:
    """The medians."""
    return Ran(statistics.median(it.wall for it in runs), statistics.median(it.cpu for it in runs))


def show(rows: Sequence[Row], scale: Scale) -> int:
    """Print rows and their notes; the exit status says whether all targets are met."""
    print(f"({scale.value})")
    for row in rows:
        print(line(row), *row.notes, sep="\n    ")
    return int(not all(row.is_met for row in rows))


def scale_of(argv: Sequence[str]) -> Scale:
    """What a module that is run by itself was asked for: ``full``, or a smoke."""
    return Scale.FULL if "full" in argv[1:] else Scale.QUICK
