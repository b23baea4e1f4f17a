"""The doctor's only window on the machine."""

import importlib.util
import os
import platform
import shutil
import stat
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Protocol

from axchat.attach.place import connect
from axchat.attach.talk import Talk
from axchat.deadline import Deadline
from axchat.doctor.child import OUTPUT_LIMIT_BYTES, RunResult, run_child
from axchat.errors import AxchatError, RunnerTimeout

TEXT_LIMIT_BYTES = 256 * 1024  # /proc and /sys files are far smaller; a wrong path must not fill memory

NOBODY = "nobody listens there"
"""Why a holder's socket gives no answer when its holder is gone."""

# A child gets these of the user's environment and nothing else.
_PASSED_ON = ("PATH", "HOME", "LD_LIBRARY_PATH")


class Access(StrEnum):
    """Whether this user may read and write a path."""

    OK = "ok"
    MISSING = "missing"
    DENIED = "denied"


class FileStatus(NamedTuple):
    """What is at a path, links followed: permission bits, owner's number, size in bytes."""

    is_directory: bool
    mode: int
    uid: int
    size: int


class Uname(NamedTuple):
    """Kernel release and machine, as ``uname -r`` and ``uname -m``."""

    release: str
    machine: str


class Probes(Protocol):
    """All that a check may do. Nothing raises for what it finds: absent is None, False or empty."""

    def read_bytes(self, path: str, limit: int = TEXT_LIMIT_BYTES) -> bytes | None:
        """At most ``limit`` first bytes of a regular, /proc or /sys file; None when unreadable."""

    def read_text(self, path: str, limit: int = TEXT_LIMIT_BYTES) -> str | None:
        """The same as text, stripped of white space and NULs at its ends."""

    def read_tail(self, path: str, limit: int = TEXT_LIMIT_BYTES) -> str | None:
        """At most ``limit`` last bytes of a regular file as text; None when unreadable."""

    def listdir(self, path: str) -> list[str] | None:
        """Sorted names in a directory, None when it cannot be listed."""

    def status(self, path: str) -> FileStatus | None:
        """Mode, owner and size; None when there is nothing or it cannot be asked."""

    def free_bytes(self, path: str) -> int | None:
        """Room for this user on the file system that holds the path; None when unknown."""

    def located(self, path: Path) -> Path:
        """Where a path that the user named really lies; for whole model directories."""

    def exists(self, path: str) -> bool:
        """Whether there is something at the path."""

    def access(self, path: str) -> Access:
        """Whether this user may read and write it; never opens it (a card's node can block 50 s)."""

    def readlink(self, path: str) -> str | None:
        """Where a symbolic link points, None when it is none."""

    def which(self, name: str) -> str | None:
        """The program that PATH finds."""

    def has_module(self, name: str) -> bool:
        """Whether a top-level Python package is installed; does not import it."""

    def uname(self) -> Uname:
        """The running kernel."""

    def user(self) -> int:
        """The number of the user for whom the doctor looks; 0 is root."""

    def variable(self, name: str) -> str | None:
        """A variable of the user's environment."""

    def run(self, argv: Sequence[str], timeout_s: float, output_limit: int = OUTPUT_LIMIT_BYTES) -> RunResult:
        """Run a child without terminal or input, in its own process group, with time and output limits."""

    def fetch(self, host: str, port: int, path: str, timeout_s: float) -> bytes | str:
        """Body of an HTTP GET without proxies; a str says why there is none."""

    def ask_holder(self, socket: str, path: str, timeout_s: float) -> bytes | str:
        """What axchat's holder at a Unix socket answers to a GET; a str says why nothing (``NOBODY``)."""


class RealProbes:
    """See ``Probes``; every method looks at this machine.

    Args:
        environ: the user's environment; PATH and a few more variables are passed on to children.
        stop: a descriptor; once it can be read, a child is ended and no other runs for long.
    """

    def __init__(self, environ: Mapping[str, str] | None = None, stop: int | None = None) -> None:
        self._stop = stop
        self._known = dict(os.environ if environ is None else environ)
        self._environ = {n: self._known[n] for n in _PASSED_ON if n in self._known} | {"LC_ALL": "C"}

    def read_bytes(self, path: str, limit: int = TEXT_LIMIT_BYTES) -> bytes | None:
        """See ``Probes``."""
        return _read(path, limit, from_end=False)

    def read_text(self, path: str, limit: int = TEXT_LIMIT_BYTES) -> str | None:
        """See ``Probes``."""
        return as_text(self.read_bytes(path, limit))

    def read_tail(self, path: str, limit: int = TEXT_LIMIT_BYTES) -> str | None:
        """See ``Probes``."""
        return as_text(_read(path, limit, from_end=True))

    def listdir(self, path: str) -> list[str] | None:
        """See ``Probes``."""
        try:
            return sorted(entry.name for entry in Path(path).iterdir())
        except (OSError, ValueError):
            return None

    def status(self, path: str) -> FileStatus | None:
        """See ``Probes``."""
        try:
            found = Path(path).stat()
        except (OSError, ValueError):
            return None
        mode = stat.S_IMODE(found.st_mode)
        return FileStatus(stat.S_ISDIR(found.st_mode), mode, found.st_uid, found.st_size)

    def free_bytes(self, path: str) -> int | None:
        """See ``Probes``."""
        try:
            room = os.statvfs(path)
        except (OSError, ValueError):
            return None
        return room.f_bavail * room.f_frsize

    def located(self, path: Path) -> Path:
        """See ``Probes``."""
        return path

    def exists(self, path: str) -> bool:
        """See ``Probes``."""
        return os.path.lexists(path)

    def access(self, path: str) -> Access:
        """See ``Probes``."""
        if os.access(path, os.R_OK | os.W_OK):
            return Access.OK
        try:
            Path(path).stat()
        except (FileNotFoundError, NotADirectoryError):
            return Access.MISSING
        except OSError:
            return Access.DENIED
        return Access.DENIED

    def readlink(self, path: str) -> str | None:
        """See ``Probes``."""
        try:
            return str(Path(path).readlink())
        except (OSError, ValueError):
            return None

    def which(self, name: str) -> str | None:
        """See ``Probes``."""
        return shutil.which(name, path=self._environ.get("PATH"))

    def has_module(self, name: str) -> bool:
        """See ``Probes``."""
        try:
            return importlib.util.find_spec(name) is not None
        except (ImportError, ValueError):
            return False

    def uname(self) -> Uname:
        """See ``Probes``."""
        return Uname(platform.release(), platform.machine())

    def user(self) -> int:
        """See ``Probes``."""
        return os.geteuid()

    def variable(self, name: str) -> str | None:
        """See ``Probes``."""
        return self._known.get(name)

    def run(self, argv: Sequence[str], timeout_s: float, output_limit: int = OUTPUT_LIMIT_BYTES) -> RunResult:
        """See ``Probes``."""
        return run_child(argv, self._environ, timeout_s, output_limit, stop=self._stop)

    def fetch(self, host: str, port: int, path: str, timeout_s: float) -> bytes | str:
        """See ``Probes``."""
        import http.client

        deadline = Deadline(timeout_s)
        connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
        body = b""
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            while len(body) < TEXT_LIMIT_BYTES and (piece := response.read1(TEXT_LIMIT_BYTES)):
                body += piece
                if deadline.is_over:
                    return "it does not finish its answer"
        except OSError as exc:
            return exc.strerror or str(exc)
        except http.client.HTTPException as exc:
            return f"no HTTP answer ({type(exc).__name__})"
        finally:
            connection.close()
        return body

    def ask_holder(self, socket: str, path: str, timeout_s: float) -> bytes | str:
        """See ``Probes``."""
        deadline = Deadline(timeout_s)
        try:
            connection = connect(Path(socket), timeout_s)
            if connection is None:
                return NOBODY
            talk = Talk(connection, "GET", path, deadline=deadline)
            try:
                return talk.body()
            finally:
                talk.close()
        except RunnerTimeout:
            return f"it says nothing for {timeout_s:g} s"
        except AxchatError as exc:
            return exc.message


def _read(path: str, limit: int, *, from_end: bool) -> bytes | None:
    try:
        # O_NONBLOCK: a FIFO in the way must not block; regular, /proc and /sys files do not care.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError):
        return None
    content = bytearray()
    try:
        if from_end:
            os.lseek(descriptor, max(os.fstat(descriptor).st_size - limit, 0), os.SEEK_SET)
        while len(content) < limit and (piece := os.read(descriptor, limit - len(content))):
            content += piece
    except OSError:  # a directory, or a sysfs file whose device went away
        return None
    finally:
        os.close(descriptor)
    return bytes(content)


def as_text(content: bytes | None) -> str | None:
    """Content of a /proc or /sys file as text; device-tree strings end in a NUL."""
    return None if content is None else content.decode(errors="replace").strip("\0 \t\n")
