"""Opens the file, and says in our words what SQLite has against it."""

import contextlib
import errno
import itertools
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from axchat.errors import StoreCorrupt, StoreError, StoreFull, StoreLocked, StoreReadOnly
from axchat.store.schema import bring_up_to_date, is_up_to_date

BUSY_TIMEOUT_S = 5.0
"""Another chat's turn is written in milliseconds; only a stuck program holds the file longer."""

_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_READ_ONLY = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
_READING = {sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ}
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def connect(path: Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> sqlite3.Connection:
    """A connection for this thread; the file is made if it is not there, readable by its owner only.

    Every commit is on the disk when it returns (``synchronous=FULL``): boards lose power.

    Raises:
        StoreError: it cannot be opened, or is not ours.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as exc:
        if exc.errno in _NO_ROOM:
            raise _full(path) from exc
        raise StoreReadOnly(
            f"{path} cannot be written: {exc.strerror}", hint="check its folder's owner and rights"
        ) from exc
    with our_words(path):
        connection = sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None)
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            if not is_up_to_date(connection, str(path)):  # first: another program's file is left as it is
                bring_up_to_date(connection, str(path))
            _ask_for_wal(connection)
        except BaseException:  # Ctrl-C too: no connection stays open
            connection.close()
            raise
    return connection


def connect_to_read(path: Path) -> sqlite3.Connection:
    """A connection to a file that cannot be written: what is in it can be listed, shown and searched.

    Raises:
        StoreError: it cannot be read either, or its last turns stand in a journal that only a writer reads.
    """
    address = f"file:{quote(str(path))}?mode=ro"
    with our_words(path):
        try:
            return _opened_to_read(address, path)
        except sqlite3.OperationalError:
            journal = path.with_name(path.name + "-wal")
            if journal.exists() and journal.stat().st_size:
                raise
        # nobody can write here, and nothing is in a journal: the file is all there is
        return _opened_to_read(address + "&immutable=1", path)


def _opened_to_read(address: str, path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(address, uri=True, isolation_level=None)
    try:
        is_ours = is_up_to_date(connection, str(path))
    except BaseException:  # Ctrl-C too: no connection stays open
        connection.close()
        raise
    if not is_ours:
        connection.close()
        raise StoreReadOnly(f"{path} is empty or of an older axchat, and cannot be written")
    return connection


def _ask_for_wal(connection: sqlite3.Connection) -> None:
    """Readers do not wait for a writer then; a file system that cannot do it keeps SQLite's usual journal."""
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if _primary(error) not in _LOCKED:
            raise
        # another program uses the file just now: a later connection asks again


def put_aside(path: Path) -> Path:
    """Rename the file and what SQLite keeps beside it, so that a new one can be begun; gives its new name.

    Raises:
        StoreReadOnly: it cannot be renamed.
    """
    aside = next(
        name for n in itertools.count(1) if not (name := path.with_name(f"{path.name}.aside-{n}")).exists()
    )
    try:
        path.rename(aside)
        for ending in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):  # a file that was closed well has none
                path.with_name(path.name + ending).rename(aside.with_name(aside.name + ending))
    except OSError as exc:
        raise StoreReadOnly(f"{path} cannot be put aside: {exc.strerror}") from exc
    return aside


@contextmanager
def our_words(path: Path) -> Iterator[None]:
    """SQLite's errors become ours.

    Raises:
        StoreError: of the kind that fits.
    """
    try:
        yield
    except sqlite3.Error as exc:
        raise _ours(exc, path) from exc


def _ours(error: sqlite3.Error, path: Path) -> StoreError:
    code = _primary(error)
    if code in _LOCKED:
        return StoreLocked(
            f"another program holds {path} locked", hint=f"which one: fuser {path}; it is tried again"
        )
    if code in _READ_ONLY:
        return StoreReadOnly(
            f"{path} cannot be written: {error}", hint="check the owner and rights of the file and its folder"
        )
    if code == sqlite3.SQLITE_FULL:
        return _full(path)
    if (
        code == sqlite3.SQLITE_IOERR and error.sqlite_errorcode not in _READING
    ):  # a quota, a limit, a dying disk
        return StoreFull(
            f"the disk takes no more of {path}: {error}",
            hint=f"room: df -h {path.parent}; quota: quota; a dying disk: dmesg",
        )
    if code in _CORRUPT:
        return StoreCorrupt(
            f"{path} is damaged: {error}",
            hint="axchat history aside puts it aside, and a new one is begun",
        )
    return StoreError(
        f"{path} cannot be used: {error}", hint="axchat history list shows whether it can be read"
    )


def _primary(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _full(path: Path) -> StoreFull:
    return StoreFull(f"no room left for {path}", hint=f"free some: df -h {path.parent}")
