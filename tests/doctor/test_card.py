"""Where the card and its driver show."""

from dataclasses import replace

import pytest

from axchat.doctor.card import find_cards, gigatransfers, is_loading, is_raspberry_pi_5, lanes, loaded_modules
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


BRIDGE = "/sys/bus/pci/devices/0001:10:00.0"


@pytest.mark.parametrize(
    "files",
    [
        {f"{BRIDGE}/secondary_bus_number": "17\n"},
        {f"{BRIDGE}/config": bytes(14) + b"\x01" + bytes(10) + b"\x11" + bytes(38)},
        {f"{BRIDGE}/class": "0x060400\n"},
    ],
)
def test_the_port_above_a_card_is_found(files: dict[str, bytes | str]) -> None:
    """By the bus that a bridge leads to, in its file or its registers, or as its domain's only bridge."""
    [card] = find_cards(having(board(), {**files, f"{BRIDGE}/max_link_width": "4\n"}))
    assert (card.port, card.port_max_width) == ("0001:10:00.0", "4")


def test_the_port_is_the_parent_in_the_links_target() -> None:
    """As on every real machine, where the bus directory holds links."""
    probes = board()
    link = {PCI: "../../../devices/pci0001:10/0001:10:00.0/0001:11:00.0"}
    [card] = find_cards(replace(probes, links={**probes.links, **link}))
    assert card.port == "0001:10:00.0"


def test_a_bridge_to_another_bus_is_not_the_port() -> None:
    """Nor is one of another domain."""
    other = {f"{BRIDGE}/secondary_bus_number": "18\n", f"{BRIDGE}/class": "0x060400\n"}
    assert find_cards(having(board(), other))[0].port is None


@pytest.mark.parametrize(
    ("text", "speed"),
    [("5.0 GT/s PCIe", 5.0), ("5 GT/s", 5.0), ("16.0 GT/s PCIe", 16.0), ("Unknown", None), ("", None)],
)
def test_link_speeds_are_read_in_every_wording(text: str, speed: float | None) -> None:
    """Old and new kernels."""
    assert gigatransfers(text) == speed


@pytest.mark.parametrize(
    ("text", "count"), [("1", 1), ("x4", 4), ("0", None), ("255", None), ("", None), ("?", None)]
)
def test_lanes_are_a_small_number(text: str, count: int | None) -> None:
    """0 and 255 stand for no link and for unset."""
    assert lanes(text) == count
