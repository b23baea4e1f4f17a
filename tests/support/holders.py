"""Holders that tests start, in the background or in the foreground, and what is left of them."""

import contextlib
import json
import os
import select
import signal
from collections.abc import Iterator
from pathlib import Path

from axchat.attach.place import Lock


def holder_pid(runtime: Path, device: int = 0) -> int | None:
    """The process id of the holder that lives in a runtime folder; None where none does."""
    path = runtime / "axchat" / f"holder-{device}.lock"
    if not path.exists():
        return None
    lock = Lock(path)
    try:
        if lock.take_at_once():
            return None
        with contextlib.suppress(ValueError):
            return int(json.loads(lock.read())["pid"])
        return None
    finally:
        lock.release()


def all_holders(runtime: Path) -> Iterator[int]:
    """Process ids of all holders of a runtime folder."""
    for path in (runtime / "axchat").glob("holder-*.lock"):
        pid = holder_pid(runtime, int(path.stem.rpartition("-")[2]))
        if pid is not None:
            yield pid


def end(pid: int, number: int = signal.SIGTERM) -> None:
    """Send a holder a signal and wait for its end."""
    with contextlib.suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            signal.pidfd_send_signal(handle, number)
            poll = select.poll()
            poll.register(handle, select.POLLIN)
            assert poll.poll(60_000), f"the holder {pid} does not end"
        finally:
            os.close(handle)
