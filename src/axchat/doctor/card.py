"""What several checks need to know of the card and its driver: names, and where they show.

Facts: axcl-runtime V3.10.2 driver source; sysfs as the kernel keeps it. sysfs caches ``vendor`` and
``device``; ``config`` and ``current_link_*`` are read from the card each time.
"""

from dataclasses import dataclass

from axchat.doctor.probes import Probes

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
NO_CARD = "no card on the PCI bus"


@dataclass(frozen=True, slots=True)
class PciCard:
    """One AX650N/AX8850 on the bus; ``config`` is its live configuration space, "" when unreadable."""

    bdf: str
    driver: str | None
    config: bytes
    link_speed: str
    link_width: str
    max_link_speed: str
    subsystem: tuple[str, str]

    @property
    def off_the_bus(self) -> bool:
        """Reads of all ones: nothing answers at its address any more."""
        return self.config[:2] == b"\xff\xff"

    @property
    def was_reset(self) -> bool:
        """A driver is bound, yet memory access and bus mastering are off: the link bounced."""
        return self.driver is not None and len(self.config) >= 6 and self.config[4:6] == b"\0\0"


def find_cards(probes: Probes) -> list[PciCard]:
    """The cards on the PCI bus, by address."""
    found = []
    for bdf in probes.listdir(PCI_DEVICES) or []:
        folder = f"{PCI_DEVICES}/{bdf}"
        if (probes.read_text(f"{folder}/vendor"), probes.read_text(f"{folder}/device")) == PCI_ID:
            found.append(_card(probes, bdf, folder))
    return found


def _card(probes: Probes, bdf: str, folder: str) -> PciCard:
    def text(name: str) -> str:
        return probes.read_text(f"{folder}/{name}") or ""

    link = probes.readlink(f"{folder}/driver")
    return PciCard(
        bdf=bdf,
        driver=link.rpartition("/")[2] if link else None,
        config=probes.read_bytes(f"{folder}/config", 64) or b"",
        link_speed=text("current_link_speed"),
        link_width=text("current_link_width"),
        max_link_speed=text("max_link_speed"),
        subsystem=(text("subsystem_vendor"), text("subsystem_device")),
    )


def loaded_modules(probes: Probes) -> frozenset[str]:
    """Those of the driver's modules that /proc/modules lists."""
    lines = (probes.read_text("/proc/modules") or "").splitlines()
    return frozenset(line.split(" ", 1)[0] for line in lines) & frozenset(MODULES)


def is_loading(probes: Probes) -> bool:
    """Whether axcl_host is still starting its cards: firmware push and handshake, up to minutes."""
    return probes.read_text("/sys/module/axcl_host/initstate") == "coming"


def is_raspberry_pi_5(probes: Probes) -> bool:
    """Whether this is a Raspberry Pi 5 or a Compute Module 5."""
    model = probes.read_text("/proc/device-tree/model") or ""
    return "Raspberry Pi 5" in model or "Compute Module 5" in model
