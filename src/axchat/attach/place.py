"""Where a card's holder is reached: a socket and two locks in a folder that only its user can enter."""

import contextlib
import errno
import fcntl
import os
import socket
import stat
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from axchat.config.paths import expanded
from axchat.errors import HolderFailed

MAX_SOCKET_PATH_BYTES = 107
"""What the kernel takes as the address of a Unix socket (``sun_path`` is 108 with its end)."""

_TEXT_BYTES = 256
"""Of a lock's file; what is said in it is shorter."""

_PEER = struct.Struct("iII")
"""``struct ucred``: process, user, group."""


@dataclass(frozen=True, slots=True)
class Place:
    """The files of one card's holder.

    Attributes:
        socket: where it listens.
        life_lock: held (``flock``) as long as a holder lives; the kernel lets go of it whatever ends it.
        start_lock: held by the client that starts one.
        is_named: the user named the socket: it is somebody else's to start.
    """

    socket: Path
    life_lock: Path
    start_lock: Path
    is_named: bool = False

    @property
    def folder(self) -> Path:
        """Where they are."""
        return self.socket.parent


def place_of(
    device: int,
    env: Mapping[str, str],
    *,
    named: str | None = None,
    uid: int | None = None,
    owner_of: Callable[[str], int | None] | None = None,
) -> Place:
    """The place of a card's holder.

    Args:
        device: the card's index.
        env: ``XDG_RUNTIME_DIR`` is where sockets belong. Where it is not set, or is another user's (``sudo``
            keeps it), ``/run/user/UID``: a job of cron and a terminal find the same holder. Where that is
            missing too (no systemd, containers), a folder of the user's in /tmp.
        named: the socket of a holder that the user set up, for example a system service.
        uid: the user; ours by default.
        owner_of: the user whose a folder is, None where there is none; by default, the file system's word.
    """
    if named is not None:
        path = expanded(named).absolute()
        return Place(path, path.with_suffix(".lock"), path.with_suffix(".start"), is_named=True)
    folder = _runtime_folder(env, os.getuid() if uid is None else uid, owner_of or _owner)
    name = f"holder-{device}"
    return Place(folder / f"{name}.sock", folder / f"{name}.lock", folder / f"{name}.start")


def _runtime_folder(env: Mapping[str, str], uid: int, owner_of: Callable[[str], int | None]) -> Path:
    for base in filter(None, (env.get("XDG_RUNTIME_DIR"), f"/run/user/{uid}")):
        if owner_of(base) == uid:
            return Path(base) / "axchat"
    return Path(f"/tmp/axchat-{uid}")  # noqa: S108  make_private looks whose it is


def _owner(folder: str) -> int | None:
    with contextlib.suppress(OSError):
        return Path(folder).stat().st_uid
    return None


def make_private(folder: Path) -> None:
    """Make a folder that only we can enter, whatever the umask.

    Raises:
        HolderFailed: it exists and is somebody else's, or others may enter it, or it cannot be made.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            folder.chmod(0o700)
        found = folder.lstat()
    except OSError as error:
        raise HolderFailed(
            f"cannot make {folder}: {error.strerror}", hint="set XDG_RUNTIME_DIR to a folder of yours"
        ) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise HolderFailed(
            f"{folder} is not a folder of yours (its owner is user {found.st_uid})",
            hint="set XDG_RUNTIME_DIR to a folder of yours",
        )
    if found.st_mode & 0o077:
        raise HolderFailed(
            f"other users may enter {folder} (mode {stat.S_IMODE(found.st_mode):o})",
            hint=f"close it: chmod 700 {folder}",
        )


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """The path as an address; one that is too long is named by way of its folder's descriptor."""
    if len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def reach(place: Place, timeout_s: float | None = None) -> socket.socket | None:
    """A connection to the holder of this place; see ``connect``. A named one may be anybody's."""
    return connect(place.socket, timeout_s, of_anybody=place.is_named)


def connect(path: Path, timeout_s: float | None = None, *, of_anybody: bool = False) -> socket.socket | None:
    """A connection to the holder; None when there is none, also where only its socket was left behind.

    Args:
        path: of its socket.
        timeout_s: for this and for what is sent and received later.
        of_anybody: whether it may be another user's; else somebody who came first to a folder in /tmp could
            read what we ask, and answer it.

    Raises:
        HolderFailed: it is another user's, or does not take connections.
    """
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        made.settimeout(timeout_s)
        with _address(path) as address:
            made.connect(address)
    except OSError as error:
        made.close()
        if error.errno in {errno.ENOENT, errno.ECONNREFUSED, errno.ENOTDIR}:
            return None
        if error.errno in {errno.EACCES, errno.EPERM}:
            raise HolderFailed(
                f"the holder's socket {path} is not for this user ({_owner_of(path)})",
                hint="run axchat as that user, or start your own holder: unset the setting socket",
            ) from error
        raise HolderFailed(
            f"the holder at {path} takes no connections: {error.strerror or error}",
            hint="end it: axchat stop --now",
        ) from error
    if not of_anybody and (user := peer_of(made)) not in {os.getuid(), 0}:
        made.close()
        raise HolderFailed(
            f"user {user} listens at {path}; nothing was sent there",
            hint="set XDG_RUNTIME_DIR to a folder of yours",
        )
    return made


def peer_of(connection: socket.socket) -> int:
    """The user at the other end of a Unix socket, as he was when he connected or began to listen."""
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    user: int = _PEER.unpack(data)[1]
    return user


def _owner_of(path: Path) -> str:
    for known in (path, path.parent):
        with contextlib.suppress(OSError):
            return f"{known.name} belongs to user {known.lstat().st_uid}"
    return "its folder cannot be entered"


def listen(path: Path, *, mode: int = 0o600, backlog: int = 128) -> socket.socket:
    """A listening socket at a path that nobody else listens at; replaces one that was left behind.

    Nobody can connect before its mode is set: that takes ``listen``. Requires holding the life lock.

    Raises:
        HolderFailed: it cannot be made there.
    """
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.unlink(missing_ok=True)
        with _address(path) as address:
            made.bind(address)
        path.chmod(mode)
        made.listen(backlog)
    except OSError as error:
        made.close()
        raise HolderFailed(f"cannot listen at {path}: {error.strerror or error}") from error
    return made


class Lock:
    """An exclusive lock on a file; given back by ``release`` or by the end of the process.

    Args:
        path: the file, made with mode 0600.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise HolderFailed(f"cannot open {path}: {error.strerror}") from error

    def take_at_once(self) -> bool:
        """Take it if nobody holds it."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def take(self) -> None:
        """Wait for it."""
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def write(self, text: str) -> None:
        """Say who holds it, in one piece: whoever reads sees the old text or the new one.

        Raises:
            HolderFailed: the disk is full.
        """
        try:
            os.pwrite(self._descriptor, text.encode().ljust(_TEXT_BYTES), 0)
            os.ftruncate(self._descriptor, _TEXT_BYTES)
        except OSError as error:
            from axchat.whole_file import way_to_write  # of no use to a command that works

            raise HolderFailed(
                f"cannot write {self._path}: {error.strerror}",
                hint=f"{way_to_write(error, self._path.parent)}; or do without a holder: axchat run --once",
            ) from error

    def read(self) -> str:
        """Who said to hold it last."""
        return os.pread(self._descriptor, _TEXT_BYTES, 0).decode("utf-8", "replace").rstrip()

    def release(self) -> None:
        """Give it back; may be called twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
