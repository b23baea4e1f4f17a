"""The line on top."""

import pytest

from axchat.doctor.result import CheckResult, Status
from axchat.doctor.verdict import judge, root_adds

OK = CheckResult("pci.device", Status.OK, "card there")
CPU = [
    CheckResult("cpu.package", Status.OK, "installed"),
    CheckResult("cpu.model", Status.WARN, "not here", hint="axchat models pull smollm2"),
]
NO_CARD = CheckResult("pci.device", Status.FAIL, "no card on the bus", hint="seat it", exit_status=5)


def test_nothing_wrong_is_healthy() -> None:
    """Skips do not count against a machine."""
    verdict = judge([OK, CheckResult("model.directory", Status.SKIP, "none")])
    assert (verdict.state, verdict.text, verdict.exit_status) == ("healthy", "healthy: nothing failed", 0)


def test_only_skips_are_not_called_healthy_without_saying_so() -> None:
    """Nothing was decided, and the verdict says that."""
    assert "nothing could be decided" in judge([CheckResult("pci.link", Status.SKIP, "none")]).text


def test_a_warning_is_named_and_exits_with_0() -> None:
    """Warnings do not fail the command."""
    warning = CheckResult("host.proxy", Status.WARN, "a proxy is set", hint="export no_proxy=localhost")
    verdict = judge([OK, warning, warning])
    assert verdict.text == "nothing failed, 2 warnings; the first: a proxy is set"
    assert (verdict.state, verdict.exit_status, verdict.command) == ("warnings", 0, warning.hint)


def test_the_first_failure_gives_layer_command_and_exit_status() -> None:
    """What fails later often fails because of it."""
    first = CheckResult("driver.nodes", Status.FAIL, "closed", hint="sudo udevadm trigger", exit_status=6)
    later = CheckResult("card.answers", Status.FAIL, "silent", hint="other", exit_status=8)
    verdict = judge([OK, first, later, *CPU])
    assert verdict.text == "permission failed: closed"
    assert (verdict.id, verdict.command, verdict.exit_status) == ("driver.nodes", first.hint, 6)


def test_a_machine_without_a_card_is_told_what_works() -> None:
    """The CPU engine answers, after the model was fetched."""
    verdict = judge([NO_CARD, *CPU])
    assert (verdict.state, verdict.exit_status) == ("no-card", 5)
    assert verdict.otherwise == (
        "without the card, axchat run works on the CPU engine after: axchat models pull smollm2"
    )


@pytest.mark.parametrize("status", [Status.SKIP, Status.WARN])
def test_a_cpu_engine_that_cannot_run_is_not_promised(status: Status) -> None:
    """Without its package the line names what it lacks."""
    verdict = judge([NO_CARD, CheckResult("cpu.package", status, "xllamacpp is not installed")])
    assert verdict.otherwise == "axchat run could use the CPU engine, but: xllamacpp is not installed"


def test_a_model_that_fails_is_no_reason_to_name_the_cpu_engine() -> None:
    """Exit status 4 is about files, not about the card."""
    assert judge([CheckResult("model.truncated", Status.FAIL, "short", exit_status=4), *CPU]).otherwise == ""


def test_what_root_adds_depends_on_the_machine() -> None:
    """Root, or no card: nothing. Otherwise other users' programs, and the kernel's log where it is closed."""
    assert root_adds(uid=0, sees_kernel_log=False, has_card=True) == ""
    assert root_adds(uid=1000, sees_kernel_log=False, has_card=False) == ""
    assert "kernel" not in root_adds(uid=1000, sees_kernel_log=True, has_card=True)
    assert "kernel" in root_adds(uid=1000, sees_kernel_log=False, has_card=True)
