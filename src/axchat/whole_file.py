"""A small file that is replaced whole or stays as it was, and one writer at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OWNER_ONLY = 0o600
"""The mode of a new file of ours."""


def replace_whole(file: Path, content: bytes, *, mode: int = OWNER_ONLY) -> None:
    """Put the content in the file's place in one step; a reader sees the old one or the new one.

    It is on the disk before it takes the place: boards lose power. The folder has to be there. A symbolic
    link is replaced itself; resolve it first to keep it.

    Args:
        file: the place.
        content: all of it.
        mode: permission bits of what is there afterwards.

    Raises:
        OSError: it cannot be written; nothing of it is left.
    """
    import tempfile  # it loads three compressors, which who only reads need not pay

    handle, temporary = tempfile.mkstemp(prefix=".", suffix=file.suffix, dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as opened:
            os.fchmod(handle, mode)
            opened.write(content)
            opened.flush()
            os.fsync(handle)
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextmanager
def only_writer(lock: Path) -> Iterator[None]:
    """Wait until no other process is in here for the same lock file, which is made and stays.

    The file that is written cannot be its own lock: it is another file after each replacement.

    Raises:
        OSError: the lock file cannot be made or locked.
    """
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, OWNER_ONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # the kernel lets go of it whatever ends the process
        yield
    finally:
        os.close(descriptor)
