"""A machine that lies in a directory: its /sys, /proc, /dev and programs, looked at as if it were this."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from axchat.doctor.child import OUTPUT_LIMIT_BYTES, RunResult, run_child
from axchat.doctor.probes import NOBODY, TEXT_LIMIT_BYTES, Access, FileStatus, RealProbes, Uname

MODES_FILE = "/.modes"  # lines of "PATH MODE UID", for what a copied tree cannot keep
_PROGRAM_DIRS = ("/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin")
_MAX_LINKS = 40  # as in the kernel


class RootedProbes(RealProbes):
    """See ``Probes``; everything lies below ``root``, and nothing of this machine shows through.

    Symbolic links are followed inside the tree. Regular files stand for device nodes. The kernel's
    release and machine come from /proc/sys/kernel/{osrelease,arch}, else from /proc/version and
    /proc/cpuinfo. Programs are started only when they lie in the tree; no address is called.

    A file may be opened by this user unless its mode closes it: with ``/.modes`` in the tree by owner
    and mode as the kernel would, otherwise when neither group nor others may read it.

    Args:
        root: the directory.
        environ: the user's environment there; empty by default.
        uid: the user's number there.
    """

    def __init__(self, root: Path, environ: Mapping[str, str] | None = None, uid: int = 1000) -> None:
        super().__init__(environ or {})
        self._root = root.resolve()
        self._uid = uid
        self._modes = {
            fields[0]: (int(fields[1], 8), int(fields[2]))
            for line in (self.read_text(MODES_FILE) or "").splitlines()
            if len(fields := line.split()) == 3
        }

    def read_bytes(self, path: str, limit: int = TEXT_LIMIT_BYTES) -> bytes | None:
        """See ``Probes``."""
        return super().read_bytes(self._real(path), limit) if self._may_read(path) else None

    def read_tail(self, path: str, limit: int = TEXT_LIMIT_BYTES) -> str | None:
        """See ``Probes``."""
        return super().read_tail(self._real(path), limit) if self._may_read(path) else None

    def listdir(self, path: str) -> list[str] | None:
        """See ``Probes``."""
        return super().listdir(self._real(path))

    def status(self, path: str) -> FileStatus | None:
        """See ``Probes``."""
        found = super().status(self._real(path))
        if found is None:
            return None
        mode, uid = self._modes.get(path, (found.mode, 0))
        return FileStatus(found.is_directory, mode, uid, found.size)

    def free_bytes(self, path: str) -> int | None:
        """See ``Probes``; a tree has no file systems of its own."""
        del path
        return None

    def located(self, path: Path) -> Path:
        """See ``Probes``."""
        return Path(self._real(str(path)))

    def exists(self, path: str) -> bool:
        """See ``Probes``."""
        return super().exists(self._real(path, last=False))

    def access(self, path: str) -> Access:
        """See ``Probes``."""
        found = self.status(path)
        if found is None:
            return Access.MISSING
        if self._uid == 0:
            return Access.OK
        if path in self._modes:
            bits = found.mode >> 6 if found.uid == self._uid else found.mode
            return Access.OK if bits & 0o6 == 0o6 else Access.DENIED
        return Access.OK if found.mode & 0o044 else Access.DENIED

    def readlink(self, path: str) -> str | None:
        """See ``Probes``."""
        return super().readlink(self._real(path, last=False))

    def which(self, name: str) -> str | None:
        """See ``Probes``; without a PATH the usual directories are searched."""
        named = self.variable("PATH")
        folders = named.split(":") if named else _PROGRAM_DIRS
        paths = [name] if "/" in name else [f"{folder}/{name}" for folder in folders if folder]
        return next((path for path in paths if self._is_program(path)), None)

    def has_module(self, name: str) -> bool:
        """See ``Probes``; looks into the tree's system folders."""
        del name
        return False

    def uname(self) -> Uname:
        """See ``Probes``."""
        release = self.read_text("/proc/sys/kernel/osrelease")
        if release is None:
            match = re.match(r"Linux version (\S+)", self.read_text("/proc/version") or "")
            release = match[1] if match else super().uname().release
        return Uname(release, self.read_text("/proc/sys/kernel/arch") or self._machine())

    def _machine(self) -> str:
        cpus = self.read_text("/proc/cpuinfo") or ""
        if re.search(r"^flags\s*:", cpus, re.MULTILINE):
            return "x86_64"
        if re.search(r"^CPU architecture\s*:\s*8", cpus, re.MULTILINE) or self.exists("/proc/device-tree"):
            return "aarch64"
        return super().uname().machine

    def user(self) -> int:
        """See ``Probes``."""
        return self._uid

    def run(self, argv: Sequence[str], timeout_s: float, output_limit: int = OUTPUT_LIMIT_BYTES) -> RunResult:
        """See ``Probes``."""
        program = self.which(argv[0])
        if program is None:
            return RunResult(found=False, error="No such file or directory")
        environ = {"PATH": os.defpath, "LC_ALL": "C"}  # a stand-in program is a script of this machine
        result = run_child([self._real(program), *argv[1:]], environ, timeout_s, output_limit)
        return replace(result, output=result.output.replace(str(self._root), ""))

    def fetch(self, host: str, port: int, path: str, timeout_s: float) -> bytes | str:
        """See ``Probes``; nothing answers in a tree."""
        del host, port, path, timeout_s
        return "Connection refused"

    def ask_holder(self, socket: str, path: str, timeout_s: float) -> bytes | str:
        """See ``Probes``; nothing answers in a tree."""
        del socket, path, timeout_s
        return NOBODY

    def _is_program(self, path: str) -> bool:
        found = self.status(path)
        return found is not None and not found.is_directory and bool(found.mode & 0o111)

    def _may_read(self, path: str) -> bool:
        if self._uid == 0 or path == MODES_FILE or path not in self._modes:
            return True
        mode, uid = self._modes[path]
        return bool((mode >> 6 if uid == self._uid else mode) & 0o4)

    def _real(self, path: str, *, last: bool = True) -> str:
        """The file of this machine that stands for a path of the tree; ``last`` follows the last link."""
        left = [part for part in reversed(path.split("/")) if part not in ("", ".")]
        at: list[str] = []
        links = 0
        while left:
            part = left.pop()
            if part == "..":
                at = at[:-1]
                continue
            here = self._root.joinpath(*at, part)
            target = super().readlink(str(here)) if (last or left) and links < _MAX_LINKS else None
            if target is not None:
                links += 1
                at = [] if target.startswith("/") else at
                left += [piece for piece in reversed(target.split("/")) if piece not in ("", ".")]
            else:
                at.append(part)
        return str(self._root.joinpath(*at))
