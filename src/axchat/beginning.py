"""The beginning of a file that a user named, without waiting for nobody."""

import os
from pathlib import Path


def beginning_of(file: Path, limit_bytes: int) -> bytes:
    """At most so many bytes; fewer where it is shorter.

    A pipe is read until its writer ends, as behind ``<(...)`` in a shell. One that nobody writes into is
    empty; opening it would wait for somebody.

    Raises:
        OSError: it cannot be read.
        ValueError: a zero byte in the name.
    """
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as opened:
        os.set_blocking(descriptor, True)
        return opened.read(limit_bytes)
