"""A small file that is replaced whole or stays as it was, and one writer at a time."""

import errno
import fcntl
import os
import shlex
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
    except BaseException:  # Ctrl-C too: nothing of it is left
        Path(temporary).unlink(missing_ok=True)
        raise


def way_to_read(file: Path, variable: str) -> str:
    """What to do about a file of axchat's that cannot be read, as in a home that is another user's.

    Args:
        file: it.
        variable: names the folder above it, where that is not in the home.
    """
    return f"see who may read it: ls -l {shlex.quote(str(file))}; HOME, or {variable}, names another folder"


def way_to_write(error: OSError, folder: Path) -> str:
    """The next command for somebody whose file could not be written: room for a full disk, rights otherwise.

    It names the nearest folder that is there.
    """
    while not os.path.exists(folder) and folder != folder.parent:  # noqa: PTH110  no error in a closed folder
        folder = folder.parent
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"make room: df -h {shlex.quote(str(folder))}"
    return f"see who may write there: ls -ld {shlex.quote(str(folder))}"


@contextmanager
def only_writer(file: Path) -> Iterator[None]:
    """Wait until nobody else writes the file; nobody does within this block. The folder has to be there.

    The file cannot be its own lock: it is another file after each replacement. The lock is an empty file
    beside it, so that whoever may replace the file may lock it. It is gone afterwards, and one that a killed
    program left behind locks nothing.

    Raises:
        OSError: the lock cannot be made or locked.
    """
    lock = file.with_name(f".{file.name}.lock")
    descriptor = _locked(lock)
    try:
        yield
    finally:
        lock.unlink()
        os.close(descriptor)


def _locked(lock: Path) -> int:
    """The lock's file, locked, and still the one that others find there."""
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, OWNER_ONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # the kernel lets go of it whatever ends the process
            if _is_at(descriptor, lock):
                return descriptor
        except BaseException:  # Ctrl-C too, while it waits
            os.close(descriptor)
            raise
        os.close(descriptor)  # whoever had it has removed it


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        there = path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(descriptor), there)
