"""A child that is run to its end: what it gives back, and that it cannot outlive who waits for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from axchat.process import errand
from support.processes import PATIENCE_S, wait_until_gone


def bash(script: str, timeout_s: float = PATIENCE_S) -> subprocess.CompletedProcess[bytes]:
    """Run a bash script as an errand."""
    return errand.run(["/bin/bash", "-c", script], os.environ, timeout_s)


def test_output_errors_and_status_come_back() -> None:
    """Each stream by itself, and the status as a shell gives it."""
    done = bash("read line || echo nothing to read; echo err >&2; exit 4")
    assert (done.returncode, done.stdout, done.stderr) == (4, b"nothing to read\n", b"err\n")
    assert bash("kill -SEGV $$").returncode == 128 + 11


def test_what_takes_too_long_is_killed_with_its_children(tmp_path: Path) -> None:
    """Also a child that ignores SIGTERM and one in a session of its own."""
    pids = tmp_path / "pids"
    with pytest.raises(subprocess.TimeoutExpired):
        bash(f"trap '' TERM; setsid sleep 1000 & echo $$ $! > {pids}; wait", timeout_s=4.0)

    assert all(wait_until_gone(int(word)) for word in pids.read_text().split())


def test_kill_9_of_who_waits_ends_the_child(tmp_path: Path) -> None:
    """What axchat waits for does not outlive a killed axchat."""
    program = (
        "import os, sys\n"
        "from axchat.process import errand\n"
        "script = \"trap '' HUP TERM; sleep 1000 & echo $$ $! > \" + sys.argv[1] + '; wait'\n"
        "errand.run(['/bin/bash', '-c', script], os.environ, 1000)\n"
    )
    fifo = tmp_path / "pids"
    os.mkfifo(fifo)
    waiting = subprocess.Popen([sys.executable, "-c", program, str(fifo)])
    pids = [int(word) for word in fifo.read_text().split()]

    waiting.kill()
    waiting.wait()

    assert all(wait_until_gone(pid) for pid in pids)
