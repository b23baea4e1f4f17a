"""Which harmless steps the findings allow, and what stays for the user to judge."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from axchat.doctor.probes import Probes
from axchat.doctor.result import CheckResult, Status
from axchat.doctor.steps import SMI_LOCK_KEY, AddExecBit, ClearSmiLock, SetNoProxy, Step, StopProcess, risk_of

_SMI = "axcl-smi"


@dataclass(frozen=True, slots=True)
class Offer:
    """A step and the id of the finding that it mends."""

    id: str
    step: Step


@dataclass(frozen=True, slots=True)
class Command:
    """A hint that nobody but the user may carry out; ``risk`` is "" when it only looks."""

    id: str
    command: str
    risk: str


def offers(probes: Probes, results: Sequence[CheckResult], model_dir: Path | None) -> list[Offer]:
    """The steps of all warnings and failures, those that a check offers itself first."""
    found: list[Offer] = []
    for result in results:
        if result.status in (Status.WARN, Status.FAIL):
            steps = result.steps or _steps_for(probes, result, model_dir)
            found += [Offer(result.id, step) for step in steps]
    return found


def commands(results: Sequence[CheckResult], offered: Sequence[Offer]) -> list[Command]:
    """The hints of the findings for which there is no step, with their risk."""
    mended = {offer.id for offer in offered}
    return [
        Command(result.id, result.hint, risk_of(result.hint))
        for result in results
        if result.status in (Status.WARN, Status.FAIL) and result.hint and result.id not in mended
    ]


def _steps_for(probes: Probes, result: CheckResult, model_dir: Path | None) -> tuple[Step, ...]:
    match result.id:
        case "card.holders":
            return _stale(probes, result.facts.get("processes"))
        case "card.answers" if result.status is Status.WARN:
            return _stale_lock(probes)
        case "model.not-executable" if model_dir is not None:
            folder = model_dir if model_dir.is_dir() else model_dir.parent
            names = result.facts.get("files")
            return (
                tuple(AddExecBit(str(folder / str(name))) for name in names)
                if isinstance(names, list)
                else ()
            )
        case "host.proxy" if result.hint:
            return (SetNoProxy(result.hint),)
    return ()


def _stale(probes: Probes, processes: object) -> tuple[Step, ...]:
    """Left-over holders that belong to this user; root is a user like any other here.

    A zombie cannot be ended: it is gone already, and waits for its parent.
    """
    found: list[Step] = []
    for row in processes if isinstance(processes, list) else []:
        if not isinstance(row, dict) or not row.get("stale") or not isinstance(row.get("pid"), int):
            continue
        pid = row["pid"]
        start = start_of(probes.read_text(f"/proc/{pid}/stat"))
        if row.get("state") == "Z":
            continue
        if start is not None and _owner(probes, pid) == probes.user():
            found.append(StopProcess(pid, str(row.get("name")), start))
    return tuple(found)


def _owner(probes: Probes, pid: int) -> int | None:
    for line in (probes.read_text(f"/proc/{pid}/status") or "").splitlines():
        name, _, numbers = line.partition(":")
        if name == "Uid" and len(set(numbers.split())) == 1:  # real, effective, saved: all the same user
            return int(numbers.split()[0])
    return None


def start_of(stat: str | None) -> int | None:
    """Field 22 of /proc/PID/stat; the name before it may hold blanks and brackets."""
    fields = (stat or "").rpartition(")")[2].split()
    return int(fields[19]) if len(fields) > 19 and fields[19].isdecimal() else None


def _stale_lock(probes: Probes) -> tuple[Step, ...]:
    segment = stale_segment(probes)
    return () if segment is None else (ClearSmiLock(segment),)


def stale_segment(probes: Probes) -> int | None:
    """The lock's segment, if it is this user's, nobody has it attached and no axcl-smi runs."""
    for name in probes.listdir("/proc") or []:
        if name.isdecimal() and probes.read_text(f"/proc/{name}/comm") == _SMI:
            return None
    for line in (probes.read_text("/proc/sysvipc/shm") or "").splitlines()[1:]:
        fields = line.split()
        if len(fields) > 7 and fields[0] == str(SMI_LOCK_KEY):
            segment, attached, uid = int(fields[1]), fields[6], fields[7]
            return segment if attached == "0" and uid == str(probes.user()) else None
    return None
