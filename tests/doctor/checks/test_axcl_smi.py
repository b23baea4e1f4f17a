"""What axcl-smi says, judged by its output."""

from dataclasses import replace

import pytest

from axchat.doctor.checks import axcl_smi
from axchat.doctor.child import OUTPUT_LIMIT_BYTES, RunResult
from axchat.doctor.fake_probes import FakeProbes
from axchat.doctor.result import CheckResult, Status
from support.machines import (
    CONTEXT,
    PCI,
    SMI,
    answering,
    board,
    by_id,
    having,
    only,
    pci_files,
    smi,
    without,
)


def answers(probes: FakeProbes) -> CheckResult:
    """The result about the card's answer."""
    return by_id(axcl_smi.check(probes, CONTEXT))["card.answers"]


def test_an_idle_card_passes() -> None:
    """One row, 18 MiB of card memory in use: nothing to say."""
    found = by_id(axcl_smi.check(board(), CONTEXT))
    assert {r.status for r in found.values()} == {Status.OK}
    assert "AX650N at 0001:11:00.0, firmware V3.6.5, 81 °C" in found["card.answers"].summary
    assert found["card.memory"].summary == "card 0: 18 of 7040 MiB in use (idle)"


def test_axcl_smi_runs_once_with_limits_and_is_found_off_the_path() -> None:
    """/usr/bin/axcl is on PATH in login shells only; the run has 10 s and 256 KiB."""
    probes = board()
    axcl_smi.check(probes, CONTEXT)
    assert probes.started == [((SMI,), 10.0, OUTPUT_LIMIT_BYTES)]
    found = replace(
        board(), path={"axcl-smi": "/opt/axcl-smi"}, programs={"/opt/axcl-smi": smi("table-one-card")}
    )
    assert answers(found).facts["program"] == "/opt/axcl-smi"


@pytest.mark.parametrize(
    ("probes", "part"),
    [
        (without(board(), PCI), "no card"),
        (without(board(), "/dev/axcl_host"), "nodes"),
        (replace(without(board(), "/dev/axcl_host"), denied=frozenset({"/dev/axcl_host"})), "nodes"),
        (having(board(), {"/sys/module/axcl_host/initstate": "coming"}), "still starting"),
        (having(board(), {f"{PCI}/config": b"\xff" * 64}), "link"),
    ],
)
def test_nothing_is_started_when_it_cannot_help(probes: FakeProbes, part: str) -> None:
    """Earlier findings make asking useless or harmful; the reason is said."""
    result = answers(probes)
    assert result.status is Status.SKIP
    assert part in result.summary
    assert probes.started == []


def test_a_missing_axcl_smi_is_a_warning() -> None:
    """The card may be well; nobody could be asked."""
    assert answers(without(board(), SMI)).status is Status.WARN


@pytest.mark.parametrize(
    ("run", "status", "exit_status", "part"),
    [
        (RunResult(error="Exec format error"), Status.FAIL, 5, "Exec format error"),
        (RunResult(found=False), Status.FAIL, 5, "cannot be started"),
        (
            RunResult(
                output="axcl-smi: error while loading shared libraries: libaxcl_rt.so: cannot open",
                exit_code=127,
            ),
            Status.FAIL,
            5,
            "lacks a library: libaxcl_rt.so",
        ),
        (smi("already-running"), Status.WARN, 1, "another axcl-smi"),
        (RunResult(timed_out=True, exit_code=-9), Status.FAIL, 8, "no answer in 10 s"),
        (replace(smi("simulated-dead-card"), truncated=True), Status.FAIL, 8, "without end"),
        (smi("simulated-dead-card"), Status.FAIL, 8, "handshake"),
        (smi("no-driver"), Status.FAIL, 5, "0x8030010b"),
        (smi("simulated-port-refused"), Status.FAIL, 8, "0x80300186"),
        (smi("simulated-no-port-left"), Status.FAIL, 7, "no port left"),
        (smi("simulated-no-message-node"), Status.FAIL, 5, "no message port"),
        (RunResult(output="", exit_code=0), Status.FAIL, 8, "0 of 1 cards"),
    ],
)
def test_a_bad_answer_names_the_layer(run: RunResult, status: Status, exit_status: int, part: str) -> None:
    """The exit code of axcl-smi is 0 in nearly all of these; the text decides."""
    result = answers(answering(run))
    assert (result.status, result.exit_status) == (status, exit_status)
    assert part in result.summary
    assert result.meaning
    assert result.hint


def test_a_closed_node_found_only_by_axcl_smi_is_a_matter_of_rights() -> None:
    """Errno 13 in the log although the mode is right: a container or SELinux."""
    output = smi("no-driver").output.replace(
        "errno: 2 No such file or directory", "errno: 13 Permission denied"
    )
    result = answers(answering(RunResult(output=output, exit_code=0)))
    assert result.exit_status == 6
    assert result.hint is not None
    assert "SELinux" in result.hint


def test_no_card_bound_is_no_device() -> None:
    """The driver's own code for it, as it prints it."""
    output = smi("no-driver").output.replace("0x8030010b", "0x80300181").replace("open /dev", "x")
    result = answers(answering(RunResult(output=output, exit_code=0)))
    assert result.exit_status == 5
    assert "0x80300181" in result.summary


def test_a_refused_port_gives_no_advice_about_rights() -> None:
    """Errno 1 there is the driver's -1; chmod and root would not help."""
    result = answers(answering(smi("simulated-port-refused")))
    assert result.hint is not None
    for word in ("chmod", "sudo", "as root"):
        assert word not in result.hint
    assert f"{SMI} reboot -d 0" in result.hint


def test_a_child_stuck_in_the_kernel_is_named() -> None:
    """It cannot be ended and ends by itself; the doctor did not wait for it."""
    result = answers(answering(RunResult(timed_out=True, left_pid=4711)))
    assert "4711" in result.meaning
    assert result.facts["left_running"] == 4711


def test_a_card_missing_among_two_fails() -> None:
    """A card that refuses its port is left out of the table without a word."""
    probes = having(board(), pci_files("0001:81:00.0"))
    result = answers(probes)
    assert (result.status, result.exit_status) == (Status.FAIL, 8)
    assert "1 of 2 cards" in result.summary


def test_a_slow_answer_is_a_warning() -> None:
    """Dashes in a cell are queries that timed out."""
    probes = replace(having(board(), pci_files("0001:81:00.0")), programs={SMI: smi("table-two-cards")})
    found = by_id(axcl_smi.check(probes, CONTEXT))
    assert found["card.answers"].status is Status.WARN
    assert "temperature unknown" in found["card.answers"].summary


def test_memory_in_use_names_who_holds_it() -> None:
    """A loaded model is no fault: who holds the memory is said, without a warning."""
    probes = replace(having(board(), pci_files("0001:81:00.0")), programs={SMI: smi("table-two-cards")})
    result = by_id(axcl_smi.check(probes, CONTEXT))["card.memory"]
    assert result.status is Status.OK
    assert "1841 of 7040 MiB" in result.summary
    assert "763 /opt/bin/axcl/axcl_run_model" in result.summary


@pytest.mark.parametrize(
    ("used", "status"), [(18, Status.OK), (32, Status.OK), (33, Status.WARN), (5314, Status.WARN)]
)
def test_18_mib_is_the_idle_line(used: int, status: Status) -> None:
    """Idle cards of every size use 18 MiB; far more that nobody holds is left behind."""
    output = smi("table-one-card").output.replace("     18 MiB /     7040", f"{used:>7} MiB /     7040")
    result = by_id(axcl_smi.check(answering(RunResult(output=output, exit_code=0)), CONTEXT))["card.memory"]
    assert result.status is status
    if status is Status.WARN:
        assert result.hint == f"{SMI} reboot -d 0"


def test_memory_that_a_visible_runner_holds_is_not_left_behind() -> None:
    """Tables of old versions name no processes; a runner in /proc explains the memory."""
    output = smi("table-one-card").output.replace("     18 MiB /     7040", "   5314 MiB /     7040")
    probes = having(answering(RunResult(output=output, exit_code=0)), {"/proc/99/comm": "axllm\n"})
    result = by_id(axcl_smi.check(probes, CONTEXT))["card.memory"]
    assert (result.status, "99 axllm" in result.summary) == (Status.OK, True)


@pytest.mark.parametrize(
    ("heat", "status"), [(81, Status.OK), (89, Status.OK), (90, Status.WARN), (118, Status.WARN)]
)
def test_heat_is_a_warning_before_the_card_resets_itself(heat: int, status: Status) -> None:
    """81 degrees are usual in closed cases; at 120 the card drops off the bus."""
    output = smi("table-one-card").output.replace("81C ", f"{heat}C ")
    found = by_id(axcl_smi.check(answering(RunResult(output=output, exit_code=0)), CONTEXT))
    assert found["card.temperature"].status is status


def test_a_node_that_rules_forbid_to_open_is_no_broken_card() -> None:
    """EPERM from open() comes from a container's or service's device rules, unlike errno 1 of a port."""
    output = smi("no-driver").output + (
        "[2026-11-22 07:04:49.351][1][E][device manager][init][60]: open /dev/axcl_host fail,"
        " errno: 1 Operation not permitted\n"
    )
    result = answers(answering(RunResult(output=output, exit_code=0)))
    assert (result.status, result.exit_status) == (Status.FAIL, 6)
    assert "DeviceAllow" in (result.hint or "")


def test_unknown_memory_is_not_judged() -> None:
    """A card that did not say how much is in use is skipped."""
    output = smi("table-one-card").output.replace("18 MiB /     7040 MiB", "-- MiB /       -- MiB")
    found = axcl_smi.check(answering(RunResult(output=output, exit_code=0)), CONTEXT)
    assert by_id(found)["card.memory"].status is Status.SKIP
    assert by_id(found)["card.answers"].status is Status.WARN


def test_a_result_alone_is_one_result() -> None:
    """Failures come without a line about memory."""
    assert only(axcl_smi.check(answering(smi("no-driver")), CONTEXT)).id == "card.answers"
