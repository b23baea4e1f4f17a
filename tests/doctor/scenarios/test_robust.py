"""Whatever is missing, closed, broken or hanging: the report is complete."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from axchat.doctor.child import OUTPUT_LIMIT_BYTES, RunResult
from axchat.doctor.probes import Access
from axchat.doctor.registry import CHECKS, Check, run_checks
from axchat.doctor.remembering import BUDGET_S, RememberingProbes
from axchat.doctor.result import CheckResult, Context, Status
from support.host_changes import NO_CARD_ON_X86, PI_CARD
from support.host_tree import HostTree, PlantedProbes, host
from support.machines import MODULES
from support.verdicts import DATA, ENVIRON, MANY, complaints, examine, found, verdict

CONTEXT = Context(DATA)
RUBBISH = [b"", b"\0", b"\xff\xfe" * 40, b"\n\n", b":" * 99, b"x" * 5000, "é√".encode(), b"-1", b"9" * 400]
HOSTS = ["pi5", "rock5bplus", "x86_mini_pc"]


def names(results: list[CheckResult]) -> set[str]:
    """Ids that were reported."""
    return {r.id for r in results}


@pytest.mark.parametrize("broken", [check.id for check in CHECKS])
def test_a_check_that_raises_hides_no_other(broken: str, tmp_path: Path) -> None:
    """Each check in turn is a crash: the others say what they say without it."""

    def crash(probes: object, context: object) -> list[CheckResult]:
        raise RuntimeError("boom")

    probes = PlantedProbes(host("pi5").plant(tmp_path), environ=ENVIRON)
    usual = run_checks(probes, CHECKS, CONTEXT)
    checks = [Check(c.id, c.tag, crash) if c.id == broken else c for c in CHECKS]
    results = run_checks(probes, checks, CONTEXT)
    assert verdict(results) == (broken, "fail")
    rest = [r for c in CHECKS if c.id != broken for r in run_checks(probes, [c], CONTEXT)]
    assert [r for r in results if r.id != broken] == rest
    assert names(rest) <= names(usual)


@pytest.mark.parametrize("name", HOSTS)
@pytest.mark.parametrize("gone", ["/sys", "/proc", "/dev", "/etc", "/lib", "/var", "/usr", "/boot", "/home"])
def test_a_missing_tree_is_no_crash(name: str, gone: str, tmp_path: Path) -> None:
    """Whole parts of the machine are not there, as in a narrow sandbox."""
    results = examine(host(name, f"!! {gone}"), tmp_path)
    assert not [r for r in results if "itself failed" in r.summary]
    assert len(names(results)) > MANY


def test_an_empty_machine_has_no_card(tmp_path: Path) -> None:
    """Nothing at all can be read: no card, said in words."""
    results = examine(HostTree(), tmp_path)
    assert verdict(results) == ("pci.device", "fail")
    assert "no PCI bus" in next(r.summary for r in results if r.id == "pci.device")


class Garbled(PlantedProbes):
    """A machine whose small files hold rubbish."""

    rubbish = b""

    def read_bytes(self, path: str, limit: int = 1 << 18) -> bytes | None:
        """See ``Probes``; ids stay whole, so that the card is found."""
        content = super().read_bytes(path, limit)
        is_id = path.endswith(("/vendor", "/device", "/.modes"))
        return content if content is None or is_id else self.rubbish[:limit]


@pytest.mark.parametrize(
    "rubbish",
    [b"", b"\0", b"\xff\xfe" * 40, b"\n\n\n", b":" * 99, b"x" * 5000, "é√".encode(), b"-1", b"9" * 400],
)
@pytest.mark.parametrize("name", HOSTS)
def test_rubbish_in_files_is_no_crash(name: str, rubbish: bytes, tmp_path: Path) -> None:
    """Files that hold something else than the kernel writes."""

    class Filled(Garbled):
        pass

    Filled.rubbish = rubbish
    results = found(Filled(host(name).plant(tmp_path), environ=ENVIRON))
    assert [r.summary for r in results if "itself failed" in r.summary] == []


class Closed(PlantedProbes):
    """A machine on which this user may read nothing and open nothing."""

    def read_bytes(self, path: str, limit: int = 1 << 18) -> bytes | None:
        """See ``Probes``."""
        return super().read_bytes(path, limit) if path.endswith("/.modes") else None

    def access(self, path: str) -> Access:
        """See ``Probes``."""
        return Access.DENIED if self.exists(path) else Access.MISSING


def test_a_machine_closed_to_this_user_is_no_crash(tmp_path: Path) -> None:
    """Every read is refused."""
    results = found(Closed(host("pi5").plant(tmp_path), environ=ENVIRON))
    assert len(names(results)) > MANY
    assert not [r for r in results if "itself failed" in r.summary]


class Slow(PlantedProbes):
    """A machine all of whose programs hang until their time is over, by a clock of its own."""

    now = 0.0

    def run(self, argv: Sequence[str], timeout_s: float, output_limit: int = OUTPUT_LIMIT_BYTES) -> RunResult:
        """See ``Probes``."""
        del argv, output_limit
        self.now += timeout_s
        return RunResult(timed_out=True, exit_code=-9)


def test_hanging_programs_share_a_budget(tmp_path: Path) -> None:
    """dmesg, getconf, axcl-smi and all others hang: the report is whole, and well within 15 s."""
    slow = Slow(host("pi5").plant(tmp_path), environ=ENVIRON)
    probes = RememberingProbes(slow, lambda: slow.now)
    results = [r for check in CHECKS for r in run_checks(probes, [check], CONTEXT)]
    assert slow.now < BUDGET_S + 2
    assert verdict(results) == ("card.answers", "fail")
    assert len(names(results)) > MANY


def test_a_hanging_program_is_ended(tmp_path: Path) -> None:
    """A real one that never ends: it gets its time and no more, and the report is whole."""
    tree = host("x86_mini_pc", NO_CARD_ON_X86).plant(tmp_path)
    (tree / "usr/bin/getconf").write_text("#!/bin/sh\nexec tail -f /dev/null\n")
    results = found(PlantedProbes(tree, environ=ENVIRON))
    assert next(r.status for r in results if r.id == "host.page-size") is Status.SKIP
    assert verdict(results) == ("pci.device", "fail")


def test_programs_run_once_for_all_checks(tmp_path: Path) -> None:
    """Many checks ask axcl-smi and the kernel's log; each is started once."""
    started: list[tuple[str, ...]] = []

    class Counting(PlantedProbes):
        def run(
            self, argv: Sequence[str], timeout_s: float, output_limit: int = OUTPUT_LIMIT_BYTES
        ) -> RunResult:
            started.append(tuple(argv))
            return super().run(argv, timeout_s, output_limit)

    results = found(Counting(host("pi5").plant(tmp_path), environ=ENVIRON))
    assert complaints(results) == []
    assert len(started) == len(set(started))
    assert ("/usr/bin/axcl/axcl-smi",) in started


@pytest.mark.parametrize("uid", [1000, 1001, 0])
def test_every_user_gets_a_whole_report(uid: int, tmp_path: Path) -> None:
    """Two users and root."""
    results = examine(host("pi5"), tmp_path, uid=uid)
    assert complaints(results) == []
    assert len(names(results)) > MANY


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (f"{PI_CARD}/vendor", "0x1F4B  \n\n"),
        ("/sys/module/axcl_host/refcnt", " 0 \n"),
        ("/sys/module/axcl_host/initstate", "live"),
        ("/proc/sys/kernel/dmesg_restrict", "1"),
        ("/proc/modules", "".join(f"\n{name}\t20480  0 - Live 0x0\n" for name in MODULES)),
    ],
)
def test_spacing_does_not_matter(path: str, content: str, tmp_path: Path) -> None:
    """Missing or doubled newlines, tabs, capitals."""
    assert complaints(examine(host("pi5", f"== {path}\n{content}"), tmp_path)) == []
