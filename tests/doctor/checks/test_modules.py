"""The driver's modules: built, loaded, done."""

from axchat.doctor.checks import modules
from axchat.doctor.result import Status
from support.machines import CONTEXT, MODULES, PCI, RELEASE, board, having, only, proc_modules, without


def test_five_loaded_modules_pass() -> None:
    """The number of open handles is kept as a fact."""
    result = only(modules.check(having(board(), {"/sys/module/axcl_host/refcnt": "2\n"}), CONTEXT))
    assert result.status is Status.OK
    assert result.facts["open_handles"] == 2


def test_without_a_card_the_driver_does_not_matter() -> None:
    """A machine without a card needs no driver."""
    assert only(modules.check(without(board(), PCI), CONTEXT)).status is Status.SKIP


def test_a_driver_that_is_starting_is_waited_for() -> None:
    """While axcl_host is "coming" nobody may start anything; that is a busy device."""
    probes = having(board(), {"/sys/module/axcl_host/initstate": "coming\n"})
    result = only(modules.check(probes, CONTEXT))
    assert (result.status, result.exit_status) == (Status.FAIL, 7)
    assert result.hint is not None
    assert result.hint.startswith("wait")


def test_built_but_unloaded_modules_are_loaded_in_order() -> None:
    """The hint loads exactly what is missing, in the driver's order."""
    probes = having(board(), {"/proc/modules": proc_modules(("ax_pcie_host_dev", "ax_pcie_p2p_rc"))})
    result = only(modules.check(probes, CONTEXT))
    assert (result.status, result.exit_status) == (Status.FAIL, 5)
    assert result.hint == "sudo modprobe -a ax_pcie_msg ax_pcie_mmb axcl_host"


def test_the_card_to_card_module_alone_is_only_a_warning() -> None:
    """One card works without ax_pcie_p2p_rc."""
    result = only(modules.check(having(board(), {"/proc/modules": proc_modules(MODULES[:4])}), CONTEXT))
    assert result.status is Status.WARN
    assert result.hint == "sudo modprobe -a ax_pcie_p2p_rc"


def test_an_old_driver_without_the_card_to_card_module_passes() -> None:
    """V2.25 has four modules."""
    probes = having(board(), {"/proc/modules": proc_modules(MODULES[:4])})
    probes = without(probes, f"/lib/modules/{RELEASE}/updates/dkms/ax_pcie_p2p_rc")
    result = only(modules.check(probes, CONTEXT))
    assert result.status is Status.OK
    assert "4 modules" in result.summary


def test_modules_of_another_kernel_are_told_apart_from_none() -> None:
    """After a kernel update the modules lie beside the new kernel's; with DKMS they can be rebuilt."""
    probes = without(board(), f"/lib/modules/{RELEASE}", "/proc/modules")
    probes = having(
        probes, {"/lib/modules/6.6.31-old/extra/axcl_host.ko": b"", "/proc/modules": proc_modules(())}
    )
    result = only(modules.check(probes, CONTEXT))
    assert (result.status, result.exit_status) == (Status.FAIL, 5)
    assert "6.6.31-old" in result.summary
    assert result.hint is not None
    assert "dkms" not in result.hint
    with_dkms = only(modules.check(having(probes, {"/usr/sbin/dkms": b""}), CONTEXT))
    assert with_dkms.hint is not None
    assert f"sudo dkms autoinstall -k {RELEASE}" in with_dkms.hint


def test_a_machine_with_a_card_and_no_driver_is_told_to_install_it() -> None:
    """Nothing on disk and nothing loaded: the package is missing."""
    probes = having(without(board(), "/lib/modules"), {"/proc/modules": proc_modules(())})
    result = only(modules.check(probes, CONTEXT))
    assert (result.status, result.exit_status) == (Status.FAIL, 5)
    assert result.hint is not None
    assert "axclhost" in result.hint
