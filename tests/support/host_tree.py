"""Machines written down as text, and planted as real directory trees.

A description is a list of entries; a later one replaces an earlier one of the same path and arguments::

    == /proc/modules                          a file with the lines below
    == /proc/device-tree/model nul            its last newline is a NUL
    == /sys/.../config hex                    the lines are hexadecimal
    == /lib/firmware/x.pac size=1000          so many bytes (a hole in the file)
    == /dev/axcl_host mode=0600 owner=0       permission bits and owner, where the checks ask for them
    == /a/link -> target                      a symbolic link
    == /usr/bin/getconf run PAGESIZE          a program that prints the lines for these arguments
    !! /dev/axcl_host                         it, and all below it, is gone
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from axchat.doctor.child import OUTPUT_LIMIT_BYTES, RunResult
from axchat.doctor.rooted import MODES_FILE, RootedProbes

HOSTS = Path(__file__).parent.parent / "doctor" / "hosts"
_ATTRIBUTE = re.compile(r" (mode|owner|size)=(\d+)| (nul|hex)$")


@dataclass
class HostTree:
    """A machine as values: path to content, link target, permission bits, owner, program outputs."""

    files: dict[str, bytes] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    modes: dict[str, tuple[int, int]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    programs: dict[str, dict[str, str]] = field(default_factory=dict)

    def change(self, text: str) -> "HostTree":
        """Read a description into this machine."""
        head, body = "", list[str]()
        for line in [*text.splitlines(), "== "]:
            if line.startswith(("== ", "!! ")):
                if head:
                    self._put(head, "".join(f"{part}\n" for part in body))
                head, body = "", []
                if line.startswith("!! "):
                    self._drop(line[3:].strip())
                else:
                    head = line[3:].strip()
            elif head:
                body.append(line)
        return self

    def _put(self, head: str, body: str) -> None:
        if " -> " in head:
            path, target = head.split(" -> ")
            self.links[path] = target
            return
        if " run" in head:
            path, _, arguments = head.partition(" run")
            self.programs.setdefault(path, {})[arguments.strip()] = body
            return
        path = head.split(" ", maxsplit=1)[0]
        found = {m[1] or m[3]: m[2] for m in _ATTRIBUTE.finditer(head)}
        content = bytes.fromhex(body) if "hex" in found else body.encode()
        self.files[path] = content[:-1] + b"\0" if "nul" in found else content
        if "size" in found:
            self.sizes[path] = int(found["size"])
        else:
            self.sizes.pop(path, None)
        if "mode" in found:
            self.modes[path] = (int(found["mode"], 8), int(found.get("owner", "0")))

    def _drop(self, path: str) -> None:
        kept: Mapping[str, dict[str, object]] = {
            name: getattr(self, name) for name in self.__dataclass_fields__
        }
        for values in kept.values():
            for known in [k for k in values if k == path or k.startswith(f"{path}/")]:
                del values[known]

    def plant(self, folder: Path) -> Path:
        """Make the directory tree and return its root."""
        for path, content in self.files.items():
            file = _made(folder, path)
            file.write_bytes(content)
            if path in self.sizes:
                with file.open("r+b") as opened:
                    opened.write(b"PAC!")
                    opened.truncate(self.sizes[path])
        for path, target in self.links.items():
            _made(folder, path).symlink_to(target)
        for path, outputs in self.programs.items():
            file = _made(folder, path)
            file.write_text(_script(outputs))
            file.chmod(0o755)
        modes = "".join(f"{path} {mode:o} {uid}\n" for path, (mode, uid) in self.modes.items())
        (folder / MODES_FILE.lstrip("/")).write_text(modes)
        return folder


def host(name: str, changes: str = "") -> HostTree:
    """The machine of ``tests/doctor/hosts``, with changes."""
    return HostTree().change((HOSTS / f"{name}.txt").read_text()).change(changes)


class PlantedProbes(RootedProbes):
    """A planted machine, some of whose programs end in a way that takes too long to wait for.

    Args:
        root: the tree.
        runs: program to how it ends, instead of starting it.
        environ: the user's environment there.
        uid: the user's number there.
        services: URL to the body of a GET.
        holders: a holder's socket and the path after it to the body of a GET.
    """

    def __init__(
        self,
        root: Path,
        runs: Mapping[str, RunResult] | None = None,
        environ: Mapping[str, str] | None = None,
        uid: int = 1000,
        services: Mapping[str, bytes] | None = None,
        holders: Mapping[str, bytes] | None = None,
    ) -> None:
        super().__init__(root, environ, uid)
        self._runs = runs or {}
        self._services = services or {}
        self._holders = holders or {}

    def run(self, argv: Sequence[str], timeout_s: float, output_limit: int = OUTPUT_LIMIT_BYTES) -> RunResult:
        """See ``Probes``."""
        return self._runs.get(argv[0]) or super().run(argv, timeout_s, output_limit)

    def fetch(self, host: str, port: int, path: str, timeout_s: float) -> bytes | str:
        """See ``Probes``."""
        return self._services.get(f"http://{host}:{port}{path}") or super().fetch(host, port, path, timeout_s)

    def ask_holder(self, socket: str, path: str, timeout_s: float) -> bytes | str:
        """See ``Probes``."""
        return self._holders.get(f"{socket}{path}") or super().ask_holder(socket, path, timeout_s)


def _made(folder: Path, path: str) -> Path:
    file = folder / path.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def _script(outputs: Mapping[str, str]) -> str:
    cases = "".join(
        f"'{arguments}')\ncat <<'THE_END'\n{text}THE_END\n;;\n" for arguments, text in outputs.items()
    )
    return f'#!/bin/sh\ncase "$*" in\n{cases}*) exit 1 ;;\nesac\n'
