"""The beginning of a file that a user named, without waiting for nobody."""

import contextlib
import errno
import os
import stat
from pathlib import Path


def beginning_of(file: Path, limit_bytes: int) -> bytes:
    """At most so many bytes; fewer where it is shorter.

    A pipe is read until its writer ends, as behind ``<(...)`` in a shell; one that nobody writes into is
    not waited for.

    Raises:
        OSError: it cannot be read, or is such a pipe.
        ValueError: a zero byte in the name.
    """
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as opened:
        first = b""
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            with contextlib.suppress(BlockingIOError):  # somebody has it open, and has not written yet
                first = os.read(descriptor, limit_bytes)
                if not first:
                    raise OSError(errno.ENODATA, "nobody writes into this pipe", str(file))
        os.set_blocking(descriptor, True)
        return first + opened.read(limit_bytes - len(first))
