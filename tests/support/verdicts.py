"""Examines a planted machine with every check, and says which finding comes first."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from axchat.doctor.child import RunResult
from axchat.doctor.examine import examine as examine_machine
from axchat.doctor.probes import Probes
from axchat.doctor.result import CheckResult, Status, exit_status
from axchat.doctor.selection import select
from support.host_tree import HostTree, PlantedProbes, host

MANY = 15  # results of a whole report
DATA = Path("/home/pi/.local/share/axchat")
ENVIRON = {"HOME": "/home/pi"}


def found(probes: Probes, model: Path | None = None, engine: str | None = None) -> list[CheckResult]:
    """Everything that the doctor finds on a machine."""
    return list(examine_machine(probes, DATA, model, engine, select([], [])).results)


def examine(
    tree: HostTree,
    folder: Path,
    *,
    model: Path | None = None,
    runs: Mapping[str, RunResult] | None = None,
    environ: Mapping[str, str] | None = None,
    uid: int = 1000,
    services: Mapping[str, bytes] | None = None,
) -> list[CheckResult]:
    """Everything that the doctor finds on the machine, planted in the folder."""
    probes = PlantedProbes(tree.plant(folder), runs, ENVIRON | dict(environ or {}), uid, services)
    results = found(probes, model)
    for result in results:
        if result.status in (Status.FAIL, Status.WARN):
            assert result.meaning, result
            assert result.hint, result
    return results


def verdict(results: list[CheckResult]) -> tuple[str, str]:
    """Id and status of the first failure, else of the first warning, else ("healthy", "ok")."""
    for status in (Status.FAIL, Status.WARN):
        found = next((r for r in results if r.status is status), None)
        if found is not None:
            return found.id, str(found.status)
    return "healthy", "ok"


def first(results: list[CheckResult]) -> CheckResult:
    """The finding that ``verdict`` names."""
    name, status = verdict(results)
    return next(r for r in results if (r.id, str(r.status)) == (name, status))


def complaints(results: list[CheckResult]) -> list[str]:
    """All warnings and failures, as text."""
    return [f"{r.id}: {r.summary}" for r in results if r.status in (Status.FAIL, Status.WARN)]


class Row(NamedTuple):
    """One scenario: the machine, what is changed on it, and what has to be named first."""

    name: str
    host: str
    changes: str
    expected: tuple[str, str]
    exit_status: int
    hint: str
    runs: Mapping[str, RunResult] = {}
    environ: Mapping[str, str] = {}

    def judge(self, folder: Path, model: Path | None = None) -> CheckResult:
        """Examine the machine; the first complaint has the id, exit status and command expected."""
        tree = host(self.host, self.changes)
        results = examine(tree, folder, model=model, runs=self.runs, environ=self.environ)
        assert verdict(results) == self.expected, complaints(results)
        assert exit_status(results) == self.exit_status
        found = first(results)
        assert self.hint in (found.hint or "")
        assert "chmod 777" not in (found.hint or "")
        assert json.loads(json.dumps([dict(r.facts) for r in results]))
        assert len({r.id for r in results}) > MANY
        return found
