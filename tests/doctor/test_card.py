"""Where the card and its driver show."""

import pytest

from axchat.doctor.card import find_cards, is_loading, is_raspberry_pi_5, loaded_modules
from support.machines import BDF, PCI, board, having, proc_modules, without


def test_the_card_is_found_among_other_devices() -> None:
    """Vendor and device must both fit; any PCI domain is accepted."""
    [card] = find_cards(board())
    assert (card.bdf, card.driver, card.link_width) == (BDF, "ax_pcie_dev_host", "1")
    assert find_cards(having(board(), {f"{PCI}/device": "0x8860\n"})) == []


def test_a_device_without_readable_ids_is_no_card() -> None:
    """Nothing is assumed about it."""
    assert find_cards(without(board(), f"{PCI}/vendor")) == []


def test_only_whole_module_names_count() -> None:
    """A module with a longer name is another one."""
    probes = having(board(), {"/proc/modules": proc_modules(("axcl_host", "ax_pcie_msg_extra"))})
    assert loaded_modules(probes) == {"axcl_host"}
    assert loaded_modules(without(board(), "/proc/modules")) == frozenset()


@pytest.mark.parametrize(("state", "loading"), [("coming\n", True), ("live\n", False)])
def test_a_starting_driver_is_seen(state: str, loading: bool) -> None:
    """The kernel tells the state of a module."""
    assert is_loading(having(board(), {"/sys/module/axcl_host/initstate": state})) is loading


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("Raspberry Pi 5 Model B Rev 1.0\0", True),
        ("Raspberry Pi Compute Module 5 Rev 1.0\0", True),
        ("Raspberry Pi 4 Model B\0", False),
        ("Radxa ROCK 5B+\0", False),
    ],
)
def test_the_pi_5_is_known_by_its_device_tree(model: str, expected: bool) -> None:
    """Only it keeps the PCIe port off by default."""
    assert is_raspberry_pi_5(having(board(), {"/proc/device-tree/model": model})) is expected
