"""The card on the PCI bus: there, linked, bound."""

from dataclasses import replace

import pytest

from axchat.doctor.checks import pci
from axchat.doctor.result import Status
from support.machines import BDF, CONTEXT, PCI, board, by_id, having, only, pci_files, proc_modules, without


def test_a_good_card_passes() -> None:
    """Device, link and driver are fine; one lane is normal on a Pi 5."""
    found = by_id(pci.check(board(), CONTEXT))
    assert {name: result.status for name, result in found.items()} == {
        "pci.device": Status.OK,
        "pci.link": Status.OK,
        "pci.driver": Status.OK,
    }
    assert BDF in found["pci.device"].summary
    assert found["pci.link"].facts["link"] == "5.0 GT/s PCIe x1"


def test_a_pi_5_without_card_is_told_of_its_port() -> None:
    """The Pi 5's PCIe port is off by default; the exit status is that of no device."""
    result = only(pci.check(without(board(), PCI), CONTEXT))
    assert (result.id, result.status, result.exit_status) == ("pci.device", Status.FAIL, 5)
    assert result.hint is not None
    assert "dtparam=pciex1" in result.hint
    assert "axchat doctor --engine cpu" in result.meaning


def test_another_machine_without_card_is_told_to_seat_it() -> None:
    """Without a Pi 5 the hint is about the slot; other PCI devices are not taken for the card."""
    result = only(pci.check(without(board(), PCI, "/proc/device-tree"), CONTEXT))
    assert (result.status, result.exit_status) == (Status.FAIL, 5)
    assert result.hint is not None
    assert "dtparam" not in result.hint
    assert "lspci" in result.hint


def test_a_machine_without_pci_has_no_card() -> None:
    """No PCI bus at all (some virtual machines) is said as such."""
    result = only(pci.check(without(board(), "/sys/bus/pci", "/dev"), CONTEXT))
    assert "no PCI bus" in result.summary
    assert result.exit_status == 5


@pytest.mark.parametrize(
    ("files", "part"),
    [
        ({f"{PCI}/config": b"\xff" * 64}, "fell off"),
        ({f"{PCI}/config": bytes.fromhex("4b1f500600001100")}, "lost its PCI settings"),
        ({f"{PCI}/current_link_speed": "Unknown\n"}, "has no link"),
    ],
)
def test_a_lost_link_is_a_dead_card(files: dict[str, bytes | str], part: str) -> None:
    """Live reads show a card that left after the start, though its cached ids are still right."""
    result = by_id(pci.check(having(board(), files), CONTEXT))["pci.link"]
    assert (result.status, result.exit_status) == (Status.FAIL, 8)
    assert part in result.summary
    assert result.hint is not None


def test_memory_access_is_off_before_a_driver_is_bound() -> None:
    """COMMAND=0 means a reset only when a driver had turned it on."""
    probes = having(without(board(), f"{PCI}/driver"), {f"{PCI}/config": bytes.fromhex("4b1f500600001100")})
    assert by_id(pci.check(probes, CONTEXT))["pci.link"].status is Status.OK


def test_an_unreadable_configuration_proves_nothing() -> None:
    """Without the live files the link is not called lost."""
    probes = without(board(), f"{PCI}/config", f"{PCI}/current_link", f"{PCI}/max_link")
    result = by_id(pci.check(probes, CONTEXT))["pci.link"]
    assert result.status is Status.OK
    assert "unknown speed" in result.summary


def test_a_slow_link_is_a_warning() -> None:
    """2.5 GT/s on a card that can do 5 points to a bad contact."""
    slow = having(board(), {f"{PCI}/current_link_speed": "2.5 GT/s PCIe\n"})
    assert by_id(pci.check(slow, CONTEXT))["pci.link"].status is Status.WARN
    able = having(slow, {f"{PCI}/max_link_speed": "2.5 GT/s PCIe\n"})
    assert by_id(pci.check(able, CONTEXT))["pci.link"].status is Status.OK


def test_a_card_given_to_another_driver_fails() -> None:
    """vfio-pci holds the card for a virtual machine."""
    probes = replace(board(), links={f"{PCI}/driver": "../../../../bus/pci/drivers/vfio-pci"})
    result = by_id(pci.check(probes, CONTEXT))["pci.driver"]
    assert (result.status, result.exit_status) == (Status.FAIL, 5)
    assert "vfio-pci" in result.summary


def test_a_card_that_the_loaded_driver_did_not_take_fails() -> None:
    """On a Pi 5 the overlay for old drivers is named."""
    result = by_id(pci.check(without(board(), f"{PCI}/driver"), CONTEXT))["pci.driver"]
    assert (result.status, result.exit_status) == (Status.FAIL, 5)
    assert result.hint is not None
    assert "pciex1-compat-pi5" in result.hint


def test_a_foreign_subsystem_id_is_the_reason() -> None:
    """The driver's table asks for subsystem 1f4b:0650."""
    probes = having(without(board(), f"{PCI}/driver"), {f"{PCI}/subsystem_device": "0x0001\n"})
    assert "0x1f4b:0x0001" in by_id(pci.check(probes, CONTEXT))["pci.driver"].meaning


def test_an_unbound_card_without_module_is_left_to_the_next_check() -> None:
    """The missing module is the finding, not the missing binding."""
    probes = having(without(board(), f"{PCI}/driver"), {"/proc/modules": proc_modules(())})
    result = by_id(pci.check(probes, CONTEXT))["pci.driver"]
    assert result.status is Status.SKIP
    assert "ax_pcie_host_dev" in result.summary


def test_every_card_has_its_own_results() -> None:
    """Two cards give two links and two bindings; one dead card is seen beside a live one."""
    second = "0001:81:00.0"
    probes = having(board(), {**pci_files(second), f"/sys/bus/pci/devices/{second}/config": b"\xff" * 64})
    found = pci.check(probes, CONTEXT)
    assert [r.id for r in found] == ["pci.device", "pci.link", "pci.driver", "pci.link", "pci.driver"]
    assert [r.status for r in found if r.id == "pci.link"] == [Status.OK, Status.FAIL]
    assert found[0].facts["cards"] == [BDF, second]
