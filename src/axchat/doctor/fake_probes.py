"""A made-up machine for tests of checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from axchat.doctor.child import OUTPUT_LIMIT_BYTES, RunResult
from axchat.doctor.probes import NOBODY, TEXT_LIMIT_BYTES, Access, FileStatus, Uname, as_text

_PI_5 = Uname("6.12.62+rpt-rpi-2712", "aarch64")


@dataclass
class FakeProbes:
    """A machine made of values, for tests of checks.

    Attributes:
        files: path to content; a directory exists when a file lies below it.
        denied: paths that exist but may not be opened.
        links: symbolic links.
        programs: argv joined by blanks to the result of running it.
        path: program name to where PATH finds it.
        modules: installed Python packages.
        kernel: what uname says.
        uid: number of the user for whom the doctor looks.
        environ: the user's environment; a PATH in it is only shown, ``path`` decides.
        modes: permission bits of paths where they are not 0666 (0755 for directories).
        owners: user numbers of paths that are not root's.
        free: path to free bytes; a path without an entry has 10 GB.
        services: URL to the body of a GET.
        holders: a holder's socket and the path after it to the body of a GET, or why there is none.
        started: every child as (argv, time limit in seconds, output limit in bytes), in order.
        fetched: every GET as (URL or socket and path, time limit in seconds), in order.
    """

    files: Mapping[str, bytes | str] = field(default_factory=dict)
    denied: frozenset[str] = frozenset()
    links: Mapping[str, str] = field(default_factory=dict)
    programs: Mapping[str, RunResult] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    modules: frozenset[str] = frozenset()
    kernel: Uname = _PI_5
    uid: int = 1000
    environ: Mapping[str, str] = field(default_factory=dict)
    modes: Mapping[str, int] = field(default_factory=dict)
    owners: Mapping[str, int] = field(default_factory=dict)
    free: Mapping[str, int] = field(default_factory=dict)
    services: Mapping[str, bytes] = field(default_factory=dict)
    holders: Mapping[str, bytes | str] = field(default_factory=dict)
    started: list[tuple[tuple[str, ...], float, int]] = field(default_factory=list)
    fetched: list[tuple[str, float]] = field(default_factory=list)

    def read_bytes(self, path: str, limit: int = TEXT_LIMIT_BYTES) -> bytes | None:
        """See ``Probes``."""
        content = self.files.get(path)
        if content is None or path in self.denied:
            return None
        return (content.encode() if isinstance(content, str) else content)[:limit]

    def read_text(self, path: str, limit: int = TEXT_LIMIT_BYTES) -> str | None:
        """See ``Probes``."""
        return as_text(self.read_bytes(path, limit))

    def read_tail(self, path: str, limit: int = TEXT_LIMIT_BYTES) -> str | None:
        """See ``Probes``."""
        content = self.read_bytes(path, 1 << 30)
        return as_text(None if content is None else content[-limit:])

    def status(self, path: str) -> FileStatus | None:
        """See ``Probes``."""
        if not self.exists(path):
            return None
        is_directory = path not in self.files and self.listdir(path) is not None
        default = 0o755 if is_directory else 0o600 if path in self.denied else 0o666
        content = self.files.get(path, b"")
        content = content.encode() if isinstance(content, str) else content
        mode = self.modes.get(path, default)
        return FileStatus(is_directory, mode, self.owners.get(path, 0), len(content))

    def free_bytes(self, path: str) -> int | None:
        """See ``Probes``."""
        return self.free.get(path, 10**10)

    def located(self, path: Path) -> Path:
        """See ``Probes``."""
        return path

    def listdir(self, path: str) -> list[str] | None:
        """See ``Probes``."""
        below = path.rstrip("/") + "/"
        names = {
            known[len(below) :].split("/")[0]
            for known in [*self.files, *self.links, *self.denied]
            if known.startswith(below)
        }
        return sorted(names) if names else None

    def exists(self, path: str) -> bool:
        """See ``Probes``."""
        return path in self.files or path in self.links or path in self.denied or bool(self.listdir(path))

    def access(self, path: str) -> Access:
        """See ``Probes``."""
        if path in self.denied:
            return Access.DENIED
        return Access.OK if self.exists(path) else Access.MISSING

    def readlink(self, path: str) -> str | None:
        """See ``Probes``."""
        return self.links.get(path)

    def which(self, name: str) -> str | None:
        """See ``Probes``."""
        return self.path.get(name)

    def has_module(self, name: str) -> bool:
        """See ``Probes``."""
        return name in self.modules

    def uname(self) -> Uname:
        """See ``Probes``."""
        return self.kernel

    def user(self) -> int:
        """See ``Probes``."""
        return self.uid

    def variable(self, name: str) -> str | None:
        """See ``Probes``."""
        return self.environ.get(name)

    def run(self, argv: Sequence[str], timeout_s: float, output_limit: int = OUTPUT_LIMIT_BYTES) -> RunResult:
        """See ``Probes``."""
        self.started.append((tuple(argv), timeout_s, output_limit))
        return self.programs.get(" ".join(argv), RunResult(found=False))

    def fetch(self, host: str, port: int, path: str, timeout_s: float) -> bytes | str:
        """See ``Probes``."""
        url = f"http://{host}:{port}{path}"
        self.fetched.append((url, timeout_s))
        return self.services.get(url, "Connection refused")

    def ask_holder(self, socket: str, path: str, timeout_s: float) -> bytes | str:
        """See ``Probes``."""
        self.fetched.append((f"{socket}{path}", timeout_s))
        return self.holders.get(f"{socket}{path}", NOBODY)
