"""How many threads are chosen, from values."""

import os

import pytest

from axchat.engines.cpu_threads import Cpus, choose_threads, look_at_cpus, quota_of

EIGHT = frozenset(range(8))
HYPERTHREADS = {cpu: f"{cpu % 4},{cpu % 4 + 4}" for cpu in EIGHT}
BIG_LITTLE = {cpu: 530 if cpu < 4 else 1024 for cpu in EIGHT}


@pytest.mark.parametrize(
    ("cpus", "threads"),
    [
        (Cpus(EIGHT), 8),
        (Cpus(EIGHT, core_of=HYPERTHREADS), 4),
        (Cpus(frozenset({0, 4}), core_of=HYPERTHREADS), 1),
        (Cpus(frozenset({0, 1}), core_of=HYPERTHREADS), 2),
        (Cpus(EIGHT, capacity=BIG_LITTLE), 4),
        (Cpus(frozenset(range(4)), capacity=BIG_LITTLE), 4),
        (Cpus(EIGHT, capacity=dict.fromkeys(EIGHT, 0)), 8),
        (Cpus(EIGHT, quota=2.5), 2),
        (Cpus(EIGHT, quota=0.2), 1),
        (Cpus(EIGHT, quota=64.0), 8),
        (Cpus(frozenset()), 1),
    ],
)
def test_threads_are_the_fast_cores_we_may_use(cpus: Cpus, threads: int) -> None:
    """Hyperthreads, slow cores, affinity and quota each lower the number; it is never 0."""
    assert choose_threads(cpus) == threads


@pytest.mark.parametrize(
    ("line", "quota"),
    [
        ("max 100000", None),
        ("150000 100000", 1.5),
        ("-1 100000", None),
        ("", None),
        ("5 0", None),
        ("x y", None),
    ],
)
def test_cgroup_quota(line: str, quota: float | None) -> None:
    """The kernel's line becomes a number of CPUs; what is no limit or no such line is None."""
    assert quota_of(line) == quota


def test_this_machine_gives_a_usable_number() -> None:
    """What the kernel says here leads to at least one thread and no more than the affinity allows."""
    assert 1 <= choose_threads(look_at_cpus()) <= len(os.sched_getaffinity(0))
