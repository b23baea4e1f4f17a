"""The place that a download goes to: room, one writer at a time, and what a refusal of the system means."""

import errno
import fcntl
import os
import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from axchat.errors import ModelError
from axchat.models.sizes import size_shown

# Left free besides the files themselves: a full root file system breaks more than a download.
SPARE_BYTES = 64 * 1024 * 1024


def free_bytes_of(folder: Path) -> int:
    """Free space of the file system that a directory is on, for this user.

    Raises:
        OSError: the directory cannot be looked at.
    """
    return shutil.disk_usage(folder).free


def check_space(folder: Path, needed: int, free_bytes: Callable[[Path], int]) -> None:
    """Refuse a download that would fill the file system.

    Args:
        folder: where it goes; it exists.
        needed: bytes that are still to come.
        free_bytes: free space of the file system a directory is on.

    Raises:
        ModelError: the file system has less than that and ``SPARE_BYTES``.
    """
    free = free_bytes(folder)
    if free < needed + SPARE_BYTES:
        raise ModelError(
            f"not enough space in {folder}: "
            f"{size_shown(needed + SPARE_BYTES)} needed, {size_shown(free)} free",
            hint=f"make room: df -h {shlex.quote(str(folder))}",
            needed_bytes=needed + SPARE_BYTES,
            free_bytes=free,
        )


@contextmanager
def locked(folder: Path, name: str, on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the folder's lock until the block ends; whoever comes second waits.

    Args:
        folder: made if it is not there.
        name: of the lock file, which stays.
        on_wait: called once before waiting for another holder.

    Raises:
        OSError: the folder or the file cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def refusal(exc: OSError, target: Path) -> str:
    """What the system's refusal to write means, one line."""
    if exc.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"no space left for {target}"
    if exc.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return f"cannot write to {target.parent}: {(exc.strerror or '').lower()}"
    return f"cannot store {target}: {exc.strerror or exc}"
