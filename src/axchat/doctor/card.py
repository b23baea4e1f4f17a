"""What several checks need to know of the card and its driver: names, and where they show.

Facts: axcl-runtime V3.10.2 driver source; sysfs as the kernel keeps it. sysfs caches ``vendor`` and
``device``; ``config`` and ``current_link_*`` are read from the card each time.
"""

import re
from dataclasses import dataclass

from axchat.doctor.probes import Access, Probes

PCI_DEVICES = "/sys/bus/pci/devices"
PCI_ID = ("0x1f4b", "0x0650")
PCI_DRIVER = "ax_pcie_dev_host"  # the module that holds it is called ax_pcie_host_dev
MODULES = ("ax_pcie_host_dev", "ax_pcie_msg", "ax_pcie_mmb", "axcl_host", "ax_pcie_p2p_rc")  # load order
OPTIONAL_MODULE = "ax_pcie_p2p_rc"  # card-to-card copies; driver V2.25 does not have it
NODES = {
    "/dev/axcl_host": "axcl_host",
    "/dev/msg_userdev": "ax_pcie_msg",
    "/dev/ax_mmb_dev": "ax_pcie_mmb",
    "/dev/p2p": "ax_pcie_p2p_rc",
}
_BDF = re.compile(r"[0-9a-fA-F]{4,8}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-7]")
_BRIDGE_CLASS = "0x0604"
_HEADER_TYPE, _SECONDARY_BUS = 0x0E, 0x19  # places in a bridge's configuration space
_DIGITS, _UNSET = 4, 0xFF
NO_CARD = "no card on the PCI bus"


@dataclass(frozen=True, slots=True)
class PciCard:
    """One AX650N/AX8850 on the bus.

    ``config`` is its live configuration space, empty when unreadable; ``port`` the bridge that it hangs
    on, None when that cannot be told. Speeds and widths are the kernel's text, "" when unreadable.
    """

    bdf: str
    driver: str | None
    config: bytes
    link_speed: str
    link_width: str
    max_link_speed: str
    subsystem: tuple[str, str]
    max_link_width: str = ""
    port: str | None = None
    port_max_speed: str = ""
    port_max_width: str = ""

    @property
    def off_the_bus(self) -> bool:
        """Reads of all ones: nothing answers at its address any more."""
        return self.config[:2] == b"\xff\xff"

    @property
    def was_reset(self) -> bool:
        """A driver is bound, yet memory access and bus mastering are off: the link bounced."""
        return self.driver is not None and len(self.config) >= 6 and self.config[4:6] == b"\0\0"

    @property
    def has_no_link(self) -> bool:
        """The kernel reads no speed from the card's link register, or a width of 0."""
        return self.link_speed.lower().startswith("unknown") or self.link_width == "0"

    @property
    def is_lost(self) -> bool:
        """The card was there at the start and is not any more."""
        return self.off_the_bus or self.was_reset or self.has_no_link


def find_cards(probes: Probes) -> list[PciCard]:
    """The cards on the PCI bus, by address."""
    found = []
    for bdf in probes.listdir(PCI_DEVICES) or []:
        folder = f"{PCI_DEVICES}/{bdf}"
        ids = (probes.read_text(f"{folder}/vendor"), probes.read_text(f"{folder}/device"))
        if tuple((text or "").lower() for text in ids) == PCI_ID:
            found.append(_card(probes, bdf, folder))
    return found


def _card(probes: Probes, bdf: str, folder: str) -> PciCard:
    def text(name: str) -> str:
        return probes.read_text(f"{folder}/{name}") or ""

    link = probes.readlink(f"{folder}/driver")
    port = _port_of(probes, bdf, folder)
    above = f"{PCI_DEVICES}/{port}"
    return PciCard(
        bdf=bdf,
        driver=link.rpartition("/")[2] if link else None,
        config=probes.read_bytes(f"{folder}/config", 64) or b"",
        link_speed=text("current_link_speed"),
        link_width=text("current_link_width"),
        max_link_speed=text("max_link_speed"),
        subsystem=(text("subsystem_vendor"), text("subsystem_device")),
        max_link_width=text("max_link_width"),
        port=port,
        port_max_speed=(probes.read_text(f"{above}/max_link_speed") or "") if port else "",
        port_max_width=(probes.read_text(f"{above}/max_link_width") or "") if port else "",
    )


def _port_of(probes: Probes, bdf: str, folder: str) -> str | None:
    """The bridge above a card: the parent in the link's target, else the one that leads to its bus."""
    parts = (probes.readlink(folder) or "").split("/")
    if len(parts) > 1 and _BDF.fullmatch(parts[-2]):
        return parts[-2]
    domain, _, rest = bdf.partition(":")
    bridges = []
    for other in probes.listdir(PCI_DEVICES) or []:
        if other.startswith(f"{domain}:") and other != bdf:
            bus = _bus_below(probes, f"{PCI_DEVICES}/{other}")
            if bus is not None and f"{bus:02x}" == rest[:2].lower():
                return other
            is_bridge = (probes.read_text(f"{PCI_DEVICES}/{other}/class") or "").startswith(_BRIDGE_CLASS)
            bridges += [other] if is_bridge and bus is None else []
    return bridges[0] if len(bridges) == 1 else None  # its own domain's only one


def _bus_below(probes: Probes, folder: str) -> int | None:
    """The bus that a bridge leads to, None for other devices and where it cannot be read."""
    number = probes.read_text(f"{folder}/secondary_bus_number") or ""
    if number.isdecimal() and len(number) < _DIGITS:
        return int(number)
    config = probes.read_bytes(f"{folder}/config", 64) or b""
    is_bridge = len(config) > _SECONDARY_BUS and config[_HEADER_TYPE] & 0x7F == 1
    return config[_SECONDARY_BUS] if is_bridge and config[_SECONDARY_BUS] != _UNSET else None


def gigatransfers(speed: str) -> float | None:
    """The number in ``5.0 GT/s PCIe`` (old kernels: ``5 GT/s``), None for anything else."""
    match = re.match(r"([0-9]{1,3}(?:\.[0-9])?) ?GT/s", speed)
    return float(match[1]) if match else None


def lanes(width: str) -> int | None:
    """The number of lanes in ``2`` or ``x2``; None for 0, 255 (unset) and anything else."""
    digits = width.lstrip("xX")
    return int(digits) if digits.isdecimal() and 0 < int(digits) <= 32 else None


def loaded_modules(probes: Probes) -> frozenset[str]:
    """Those of the driver's modules that /proc/modules lists."""
    lines = (probes.read_text("/proc/modules") or "").splitlines()
    return frozenset(line.split()[0] for line in lines if line.strip()) & frozenset(MODULES)


def node_access(probes: Probes, node: str) -> Access:
    """Whether this user may open a node; a directory is none: Docker makes one for a missing volume."""
    found = probes.status(node)
    return Access.MISSING if found is not None and found.is_directory else probes.access(node)


def is_loading(probes: Probes) -> bool:
    """Whether axcl_host is still starting its cards: firmware push and handshake, up to minutes."""
    state = probes.read_text("/sys/module/axcl_host/initstate")
    lines = (probes.read_text("/proc/modules") or "").splitlines()
    return state == "coming" or any(
        line.split()[0] == "axcl_host" and "Loading" in line.split()[4:5] for line in lines if line.strip()
    )


def is_raspberry_pi_5(probes: Probes) -> bool:
    """Whether this is a Raspberry Pi 5 or a Compute Module 5."""
    model = probes.read_text("/proc/device-tree/model") or ""
    return "Raspberry Pi 5" in model or "Compute Module 5" in model
