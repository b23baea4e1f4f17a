"""Probes that ask a program only once in a run of the doctor, however many checks want its answer."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from axchat.doctor.child import OUTPUT_LIMIT_BYTES, RunResult
from axchat.doctor.probes import TEXT_LIMIT_BYTES, Access, FileStatus, Probes, Uname

BUDGET_S = 12.5  # for all programs and the holder: axcl-smi may take 10 s, and the doctor answers in 15
_LEAST_S = 0.2  # what a program still gets when the budget is spent


class RememberingProbes:
    """See ``Probes``; hands everything on to ``probes`` and keeps what programs and services said.

    Args:
        probes: the machine.
        clock: seconds that only go forward.
    """

    def __init__(self, probes: Probes, clock: Callable[[], float] = time.monotonic) -> None:
        self._probes = probes
        self._clock = clock
        self._spent_s = 0.0
        self._runs: dict[tuple[str, ...], RunResult] = {}
        self._bodies: dict[tuple[str, int, str], bytes | str] = {}
        self._answers: dict[tuple[str, str], bytes | str] = {}

    def run(self, argv: Sequence[str], timeout_s: float, output_limit: int = OUTPUT_LIMIT_BYTES) -> RunResult:
        """See ``Probes``; the same program and arguments are started once."""
        key = tuple(argv)
        if key not in self._runs:
            start = self._clock()
            self._runs[key] = self._probes.run(argv, min(timeout_s, self._left_s()), output_limit)
            self._spent_s += self._clock() - start
        return self._runs[key]

    def fetch(self, host: str, port: int, path: str, timeout_s: float) -> bytes | str:
        """See ``Probes``; the same address is called once."""
        key = (host, port, path)
        if key not in self._bodies:
            self._bodies[key] = self._probes.fetch(host, port, path, timeout_s)
        return self._bodies[key]

    def ask_holder(self, socket: str, path: str, timeout_s: float) -> bytes | str:
        """See ``Probes``; the same socket is asked the same thing once."""
        key = (socket, path)
        if key not in self._answers:
            start = self._clock()
            self._answers[key] = self._probes.ask_holder(socket, path, min(timeout_s, self._left_s()))
            self._spent_s += self._clock() - start
        return self._answers[key]

    def _left_s(self) -> float:
        return max(BUDGET_S - self._spent_s, _LEAST_S)

    def read_bytes(self, path: str, limit: int = TEXT_LIMIT_BYTES) -> bytes | None:
        """See ``Probes``."""
        return self._probes.read_bytes(path, limit)

    def read_text(self, path: str, limit: int = TEXT_LIMIT_BYTES) -> str | None:
        """See ``Probes``."""
        return self._probes.read_text(path, limit)

    def read_tail(self, path: str, limit: int = TEXT_LIMIT_BYTES) -> str | None:
        """See ``Probes``."""
        return self._probes.read_tail(path, limit)

    def listdir(self, path: str) -> list[str] | None:
        """See ``Probes``."""
        return self._probes.listdir(path)

    def status(self, path: str) -> FileStatus | None:
        """See ``Probes``."""
        return self._probes.status(path)

    def free_bytes(self, path: str) -> int | None:
        """See ``Probes``."""
        return self._probes.free_bytes(path)

    def located(self, path: Path) -> Path:
        """See ``Probes``."""
        return self._probes.located(path)

    def exists(self, path: str) -> bool:
        """See ``Probes``."""
        return self._probes.exists(path)

    def access(self, path: str) -> Access:
        """See ``Probes``."""
        return self._probes.access(path)

    def readlink(self, path: str) -> str | None:
        """See ``Probes``."""
        return self._probes.readlink(path)

    def which(self, name: str) -> str | None:
        """See ``Probes``."""
        return self._probes.which(name)

    def has_module(self, name: str) -> bool:
        """See ``Probes``."""
        return self._probes.has_module(name)

    def uname(self) -> Uname:
        """See ``Probes``."""
        return self._probes.uname()

    def user(self) -> int:
        """See ``Probes``."""
        return self._probes.user()

    def variable(self, name: str) -> str | None:
        """See ``Probes``."""
        return self._probes.variable(name)
