"""The kernel's log: where it comes from and what in it counts."""

from dataclasses import replace

import pytest

from axchat.doctor.asking import Asked
from axchat.doctor.child import RunResult
from axchat.doctor.fake_probes import FakeProbes
from axchat.doctor.kernel_log import ALIVE, CRASH, DEAD, NO_MSI, KernelLog, is_dead, read_kernel_log

CLOSED = {"/proc/sys/kernel/dmesg_restrict": "1\n"}
DMESG = {"dmesg": RunResult(output="from dmesg\n", exit_code=0)}
JOURNAL = {"journalctl -k -b": RunResult(output="from the journal\n", exit_code=0)}


@pytest.mark.parametrize(
    ("probes", "text"),
    [
        (FakeProbes(programs=DMESG | JOURNAL), "from dmesg"),
        (FakeProbes(programs=DMESG | JOURNAL, files=CLOSED), "from the journal"),
        (FakeProbes(programs=DMESG | JOURNAL, files=CLOSED, uid=0), "from dmesg"),
        (FakeProbes(programs=JOURNAL), "from the journal"),
        (FakeProbes(), ""),
        (FakeProbes(programs={"dmesg": RunResult(error="Exec format error")}), ""),
        (
            FakeProbes(
                programs={
                    "dmesg": RunResult(output="dmesg: read kernel buffer failed: Operation not permitted")
                }
            ),
            "",
        ),
        (
            FakeProbes(
                programs={
                    "journalctl -k -b": RunResult(
                        output="Hint: You are currently not seeing messages from other users"
                    )
                }
            ),
            "",
        ),
    ],
)
def test_the_log_is_read_where_this_user_may(probes: FakeProbes, text: str) -> None:
    """Dmesg unless the kernel closes it, else the journal; refusals are no log."""
    assert read_kernel_log(probes).text == text


def test_a_closed_log_is_not_even_asked_for() -> None:
    """Only the journal is started when dmesg is known to be refused."""
    probes = replace(FakeProbes(), files=CLOSED)
    read_kernel_log(probes)
    assert [argv for argv, _, _ in probes.started] == [("journalctl", "-k", "-b")]


def test_only_what_happened_last_counts() -> None:
    """A card that came back is alive; one that died again is dead."""
    dead, alive = "[1.0] device 1: dead!\n", "[2.0] device 1: alive!\n"
    assert KernelLog(dead).holds(DEAD, unless_later=ALIVE)
    assert not KernelLog(dead + alive).holds(DEAD, unless_later=ALIVE)
    assert KernelLog(dead + alive + dead).holds(DEAD, unless_later=ALIVE)
    assert not KernelLog("").holds(DEAD)


def test_whole_lines_are_shown_without_repeats() -> None:
    """The last three, cut to a readable length."""
    log = KernelLog(
        "".join(f"[{n}.0] device {n}: dead!\n" for n in (1, 1, 2, 3, 4)) + "x" * 900 + " device 5: dead!"
    )
    lines = log.lines(DEAD)
    assert lines[:2] == ["[3.0] device 3: dead!", "[4.0] device 4: dead!"]
    assert lines[2].endswith("device 5: dead!")
    assert len(lines[2]) == 240
    assert log.lines(NO_MSI) == []


@pytest.mark.parametrize(
    ("line", "is_crash"),
    [
        ("RIP: 0010:axcl_pcie_ioctl+0x1c8/0x6a0 [axcl_host]", True),
        ("pc : ax_pcie_msg_recv+0x20/0x80 [ax_pcie_msg]", True),
        ("WARNING: page allocation failure: order:10 Comm: axcl-smi", False),
        ("RIP: 0033:0x7f1c8 Comm: axcl_run_model", False),
    ],
)
def test_only_the_drivers_own_crash_counts(line: str, is_crash: bool) -> None:
    """A program of the same name, or a warning about memory, is none."""
    assert KernelLog(line).holds(CRASH) is is_crash


def test_a_card_that_the_kernel_calls_dead_is_dead_unless_it_answers() -> None:
    """Also when nobody could ask it."""
    log = KernelLog("device 1: dead!")
    assert is_dead(Asked("nobody asked", expected=1), log)
    assert not is_dead(Asked("nobody asked", expected=1), KernelLog())
    assert is_dead(Asked("lost", link_is_lost=True, expected=1), KernelLog())
