"""A guarded child that does one errand: run to its end, with what it wrote."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_GUARD = Path(__file__).with_name("guard.py")


def run(argv: Sequence[str], env: Mapping[str, str], timeout_s: float) -> subprocess.CompletedProcess[bytes]:
    """Run a program without a terminal; it and what it started end with axchat, also after ``kill -9``.

    Args:
        argv: what to run, without a shell.
        env: its whole environment.
        timeout_s: how long it may take.

    Returns:
        Its output and errors; the status as a shell gives it, 128 + the signal that ended it.

    Raises:
        subprocess.TimeoutExpired: it took longer, and was killed.
    """
    lifeline_child, lifeline = os.pipe()
    try:
        child = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_GUARD), str(lifeline_child), "-1", "-1", "keep", ".", *argv],
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(lifeline_child,),
            start_new_session=True,
        )
        with child:  # waits for the guard
            try:
                out, errors = child.communicate(timeout=timeout_s)
            finally:
                os.close(lifeline)  # the guard kills what still runs
                lifeline = -1
    finally:
        os.close(lifeline_child)
        if lifeline >= 0:
            os.close(lifeline)
    return subprocess.CompletedProcess(argv, child.returncode, out, errors)
