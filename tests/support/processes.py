"""Waiting for facts about processes: by event, with generous limits."""

import os
import select
from pathlib import Path

PATIENCE_S = 30.0
"""Upper bound for anything a loaded machine may be slow at; nothing waits this long when it works."""


def wait_until_gone(pid: int, timeout_s: float = PATIENCE_S) -> bool:
    """Whether the process ends in time; a process that is gone already counts."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        return bool(poll.poll(timeout_s * 1000))
    finally:
        os.close(handle)


def is_running(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(b")")[2].split()[0] not in {b"Z", b"X"}


def children_of(pid: int) -> list[int]:
    """The process's direct children."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_bytes().rpartition(b")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found
