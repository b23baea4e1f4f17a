"""Which findings allow a harmless step."""

from pathlib import Path

import pytest

from axchat.doctor.fake_probes import FakeProbes
from axchat.doctor.offers import Command, Offer, commands, offers, stale_segment, start_of
from axchat.doctor.result import CheckResult, Status
from axchat.doctor.steps import SMI_LOCK_KEY, AddExecBit, ClearSmiLock, SetNoProxy, StopProcess, risk_of

STAT = "77 (a (b) c) T 1 " + " ".join(str(n) for n in range(5, 53))
SHM = "       key      shmid perms                  size  cpid  lpid nattch   uid   gid\n"


def holders(*rows: dict[str, object]) -> CheckResult:
    """A warning about these processes."""
    return CheckResult(
        "card.holders", Status.WARN, "left over", hint="kill 77", facts={"processes": list(rows)}
    )


def machine(uid: str = "1000\t1000\t1000\t1000", **files: str) -> FakeProbes:
    """Process 77 of this user (or of others), and more files by their path."""
    return FakeProbes(files={"/proc/77/stat": STAT, "/proc/77/status": f"Name:\tx\nUid:\t{uid}\n", **files})


def row(**changes: object) -> dict[str, object]:
    """A left-over process as the check reports it."""
    return {"pid": 77, "name": "main_axcl", "state": "T", "stale": "stopped", **changes}


def test_a_left_over_process_of_this_user_can_be_stopped() -> None:
    """With its start time, which tells it from a later owner of the number."""
    probes = machine(uid=str(FakeProbes().user()) + "\t" + "\t".join([str(FakeProbes().user())] * 3))
    assert offers(probes, [holders(row())], None) == [
        Offer("card.holders", StopProcess(77, "main_axcl", int(STAT.split(") ")[-1].split()[19])))
    ]


@pytest.mark.parametrize(
    ("uid", "changes"),
    [
        ("4242\t4242\t4242\t4242", {}),
        ("1000\t0\t0\t0", {}),
        (None, {"stale": ""}),
        (None, {"state": "Z", "stale": "a zombie"}),
        (None, {"pid": 78}),
        (None, {"pid": "77"}),
    ],
)
def test_no_other_process_is_offered(uid: str | None, changes: dict[str, object]) -> None:
    """Processes of others, set-user-id ones, running ones, zombies and those that are gone stay alone."""
    own = str(FakeProbes().user())
    probes = machine(uid=uid or "\t".join([own] * 4))
    assert offers(probes, [holders(row(**changes))], None) == []


def test_the_start_is_field_22() -> None:
    """Counted after the name's last bracket."""
    assert start_of("1 (a) b) S " + " ".join(str(n) for n in range(4, 40))) == 22
    for text in (None, "", "1 (x) S 1", "1 (x) " + "x " * 30):
        assert start_of(text) is None


def lock(attached: int = 0, uid: int | None = None, key: int = SMI_LOCK_KEY) -> str:
    """/proc/sysvipc/shm with one segment."""
    return f"{SHM}{key:>10} 12 666 128 70 71 {attached} {FakeProbes().user() if uid is None else uid} 0 0\n"


def test_a_lock_that_nobody_holds_can_be_cleared() -> None:
    """axcl-smi keeps the segment attached while it runs."""
    answers = CheckResult("card.answers", Status.WARN, "another axcl-smi is running", hint="wait")
    probes = FakeProbes(files={"/proc/sysvipc/shm": lock()})
    assert offers(probes, [answers], None) == [Offer("card.answers", ClearSmiLock(12))]


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"/proc/sysvipc/shm": lock(attached=1)},
        {"/proc/sysvipc/shm": lock(uid=4242)},
        {"/proc/sysvipc/shm": lock(key=7)},
        {"/proc/sysvipc/shm": lock(), "/proc/88/comm": "axcl-smi\n"},
        {"/proc/sysvipc/shm": SHM + "rubbish\n"},
    ],
)
def test_a_lock_in_use_or_of_another_user_stays(files: dict[str, str]) -> None:
    """Attached, another's, another key, or an axcl-smi runs."""
    assert stale_segment(FakeProbes(files=files)) is None


def test_exec_bit_and_proxy(tmp_path: Path) -> None:
    """The runner's path is put together from directory and finding; a proxy gets the line to add."""
    results = [
        CheckResult(
            "model.not-executable", Status.FAIL, "x", hint="chmod +x", facts={"files": ["main_axcl"]}
        ),
        CheckResult("host.proxy", Status.WARN, "x", hint="export no_proxy=localhost,127.0.0.1"),
        CheckResult("host.proxy", Status.OK, "x"),
    ]
    assert offers(FakeProbes(), results, tmp_path) == [
        Offer("model.not-executable", AddExecBit(str(tmp_path / "main_axcl"))),
        Offer("host.proxy", SetNoProxy("export no_proxy=localhost,127.0.0.1")),
    ]
    script = tmp_path / "run.sh"
    assert offers(FakeProbes(), results[:1], script)[0].step == AddExecBit(str(tmp_path / "main_axcl"))


def test_a_check_offers_its_own_steps_first() -> None:
    """Steps on the result are taken as they are, but never for something that is in order."""
    step = SetNoProxy()
    wrong = CheckResult("x.y", Status.FAIL, "x", steps=(step,))
    assert offers(FakeProbes(), [wrong], None) == [Offer("x.y", step)]
    assert offers(FakeProbes(), [CheckResult("x.y", Status.OK, "x", steps=(step,))], None) == []


def test_what_is_not_offered_is_a_command_with_its_risk() -> None:
    """A finding that a step mends is not listed again."""
    results = [
        CheckResult("a", Status.FAIL, "x", hint="axcl-smi reboot -d 0"),
        CheckResult("b", Status.WARN, "x", hint="ls -l /dev"),
        CheckResult("c", Status.WARN, "x", hint="kill 3"),
        CheckResult("d", Status.OK, "x", hint="not wrong"),
    ]
    assert commands(results, [Offer("c", SetNoProxy())]) == [
        Command("a", "axcl-smi reboot -d 0", "resets the card: every program that uses it loses its work"),
        Command("b", "ls -l /dev", ""),
    ]


@pytest.mark.parametrize(
    ("command", "part"),
    [
        ("sudo reboot", "every program"),
        ("modprobe -r axcl_host", "all cards"),
        ("kill -KILL 7", "lost"),
        ("sudo apt install --reinstall axclhost", "packages"),
        ("put dtparam=pciex1 under [all] in /boot/firmware/config.txt", "starts"),
        ("sudo modprobe axcl_host", "starts the card"),
        ("sudo ldconfig", "as root"),
        ("lspci -d 1f4b:", ""),
    ],
)
def test_the_risk_of_a_command(command: str, part: str) -> None:
    """The gravest part of a command names the risk; looking has none."""
    assert part in risk_of(command)
    assert bool(risk_of(command)) == bool(part)
