"""How many threads the CPU engine uses: one a fast core that this process may really use."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

LITTLE_CORE = 0.6
"""A core below this share of the fastest one's capacity is left to other programs."""

_CPUS = Path("/sys/devices/system/cpu")
_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUP = Path("/proc/self/cgroup")


@dataclass(frozen=True, slots=True)
class Cpus:
    """What this process may run on.

    Attributes:
        allowed: CPU numbers of its affinity.
        core_of: CPU number -> name of its physical core; hyperthreads share one.
        capacity: CPU number -> speed on the kernel's scale of 1024, on ARM; empty elsewhere.
        quota: CPUs' worth of time that a cgroup allows; None without a limit.
    """

    allowed: frozenset[int]
    core_of: Mapping[int, str] = field(default_factory=dict)
    capacity: Mapping[int, int] = field(default_factory=dict)
    quota: float | None = None


def choose_threads(cpus: Cpus) -> int:
    """Threads for one generation, at least 1.

    Every layer ends when its slowest thread does. So a thread too many costs more than it brings: two
    on one physical core, one on a little core of a big.LITTLE chip, or one beyond the cgroup's quota. (The
    rule for little cores was not measured: no such board was at hand.)
    """
    fastest = max((cpus.capacity.get(cpu, 0) for cpu in cpus.allowed), default=0)
    fast = {cpu for cpu in cpus.allowed if cpus.capacity.get(cpu, fastest) >= LITTLE_CORE * fastest}
    cores = {cpus.core_of.get(cpu, f"cpu {cpu}") for cpu in fast}
    quota = len(cores) if cpus.quota is None else int(cpus.quota)
    return max(1, min(len(cores), quota))


def look_at_cpus() -> Cpus:
    """What the kernel says of this process's CPUs; what it does not say is left out."""
    allowed = frozenset(os.sched_getaffinity(0))
    core_of, capacity = {}, {}
    for cpu in allowed:
        folder = _CPUS / f"cpu{cpu}"
        if (siblings := _first_line(folder / "topology" / "thread_siblings_list")) is not None:
            core_of[cpu] = siblings
        if (speed := _first_line(folder / "cpu_capacity")) is not None and speed.isdecimal():
            capacity[cpu] = int(speed)
    return Cpus(allowed, core_of, capacity, _quota())


def quota_of(cpu_max: str) -> float | None:
    """CPUs that a line of cgroup v2's ``cpu.max`` allows: "150000 100000" is 1.5, "max 100000" is None."""
    limit, _, period = cpu_max.partition(" ")
    if not limit.isdecimal() or not period.isdecimal() or int(period) == 0:
        return None
    return int(limit) / int(period)


def _quota() -> float | None:
    own = next((line[3:] for line in (_text(_OWN_CGROUP) or "").splitlines() if line.startswith("0::")), "/")
    # A limit of any group above holds too. In a container the path may name nothing here: the root counts.
    groups = [PurePosixPath(own), *PurePosixPath(own).parents]
    lines = [_first_line(_CGROUPS / str(group).lstrip("/") / "cpu.max") for group in groups]
    # cgroup v1, as on Raspberry Pi OS before 2021 and in old container hosts; -1 is no limit
    v1 = [_first_line(_CGROUPS / "cpu" / f"cpu.cfs_{name}_us") for name in ("quota", "period")]
    lines.append(" ".join(part for part in v1 if part))
    quotas = [quota for line in lines if line and (quota := quota_of(line)) is not None]
    return min(quotas, default=None)


def _first_line(path: Path) -> str | None:
    text = _text(path)
    return text.strip() if text else None


def _text(path: Path) -> str | None:
    try:
        return path.read_text(errors="replace")
    except OSError:  # not this kernel, or not visible in this container
        return None
