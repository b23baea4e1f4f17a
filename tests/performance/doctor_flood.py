"""``axchat doctor`` on a dead card, whose ``axcl-smi`` writes 1.5 million log lines.

The command itself, on a machine that lies in a directory; the doctor's whole time may be fifteen seconds.
Beside it the program by itself, into a pipe that is read and thrown away: most of the time is its own.
"""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from performance.row import Row, Scale, at_most
from support.chaos import Command
from support.flood import flooding
from support.machines import SMI

KEYS = ("doctor/flood",)
TIMES = {Scale.QUICK: 1, Scale.FULL: 3}
TARGET = at_most(15, "s")
DEAD_CARD = 8
"""The exit status."""


def alone(program: Path) -> float:
    """Seconds that the program takes by itself."""
    began = time.perf_counter()
    with subprocess.Popen([program], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        while child.stdout.read(65536):
            pass
    return time.perf_counter() - began


def doctor(root: Path) -> float:
    """Seconds that the doctor takes."""
    began = time.perf_counter()
    command = Command(("doctor", "--json"), {**os.environ, "AXCHAT_DOCTOR_ROOT": str(root)}, root)
    assert command.wait() == DEAD_CARD, command.err
    return time.perf_counter() - began


def rows(scale: Scale) -> Iterator[Row]:
    """Measure."""
    with tempfile.TemporaryDirectory() as folder:
        root = flooding(Path(folder))
        found = [(doctor(root), alone(root / SMI.lstrip("/"))) for _ in range(TIMES[scale])]
    ours, theirs = (statistics.median(side) for side in zip(*found, strict=True))
    what = "`axchat doctor` on a dead card that floods, until its end; the flood by itself"
    yield Row("doctor/flood", what, f"{ours:.2f} s", f"{theirs:.2f} s", ours, TARGET)
