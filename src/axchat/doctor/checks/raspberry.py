"""What a Raspberry Pi 5 has to be told before it shows a card: config.txt and the port's state."""

from axchat.doctor.card import (
    MODULES,
    PCI_DEVICES,
    PCI_ID,
    PciCard,
    find_cards,
    is_raspberry_pi_5,
    loaded_modules,
)
from axchat.doctor.findings import NO_DEVICE, fail, ok
from axchat.doctor.installed import driver_version, numbers
from axchat.doctor.kernel_log import NO_MSI, read_kernel_log
from axchat.doctor.pi_config import asks_for_port, pi_settings
from axchat.doctor.probes import Probes
from axchat.doctor.result import CheckResult, Context

_PORTS = ("pcie@110000", "pcie@1000110000")  # the outer port's name in older and newer device trees
_BRIDGE, _RP1 = ("0x14e4", "0x2712"), ("0x1de4", "0x0001")
_ONE_VECTOR = (3, 10, 0)  # from here on the driver asks for one MSI vector, which every port has
_OVERLAY = "pciex1-compat-pi5"


def check(probes: Probes, context: Context) -> list[CheckResult]:
    """``pci.pi5-port`` and ``pci.pi5-msi``; nothing on other machines."""
    del context
    if not is_raspberry_pi_5(probes):
        return []
    settings = pi_settings(probes)
    cards = find_cards(probes)
    if not cards:
        return [_port(probes, settings)]
    generation = [value for value in settings or [] if value.startswith("pciex1_gen")]
    note = "; gen 3 in config.txt is of no use, the card is gen 2" if "pciex1_gen=3" in generation else ""
    results = [ok("pci.pi5-port", f"the Pi's PCIe port is on{note}", settings=settings)]
    return results + [_msi(probes, card, settings) for card in cards if card.driver is None]


def _port(probes: Probes, settings: list[str] | None) -> CheckResult:
    state = _device_tree_state(probes)
    asked_for = asks_for_port(settings)
    facts: dict[str, object] = {"device_tree": state, "settings": settings}
    is_off = state == "disabled" or (state is None and settings is not None and not asked_for)
    if not is_off or _other_bridge(probes):
        return ok("pci.pi5-port", "the Pi's PCIe port is not known to be off", **facts)
    if asked_for:
        return fail(
            "pci.pi5-port",
            NO_DEVICE,
            "the Pi's PCIe port is off although config.txt asks for it",
            "The change takes effect at the next start.",
            "sudo reboot",
            **facts,
        )
    return fail(
        "pci.pi5-port",
        NO_DEVICE,
        "the Pi's PCIe port is off: config.txt lacks dtparam=pciex1",
        "The Pi 5 keeps the port off until told otherwise; a HAT with an ID chip turns it on by itself.",
        "put dtparam=pciex1 under [all] in /boot/firmware/config.txt, then:"
        " sudo rpi-eeprom-update -a && sudo reboot",
        **facts,
    )


def _device_tree_state(probes: Probes) -> str | None:
    paths = [f"/proc/device-tree/axi/{port}/status" for port in _PORTS]
    return next((text for path in paths if (text := probes.read_text(path)) is not None), None)


def _other_bridge(probes: Probes) -> bool:
    """Whether a second PCIe port is up beside the one of the RP1 chip."""
    ids = [
        (probes.read_text(f"{PCI_DEVICES}/{bdf}/vendor"), probes.read_text(f"{PCI_DEVICES}/{bdf}/device"))
        for bdf in probes.listdir(PCI_DEVICES) or []
    ]
    return sum(found == _BRIDGE for found in ids) > sum(found == _RP1 for found in ids)


def _msi(probes: Probes, card: PciCard, settings: list[str] | None) -> CheckResult:
    version = driver_version(probes)
    line = read_kernel_log(probes).lines(NO_MSI)
    facts: dict[str, object] = {"bdf": card.bdf, "driver": version, "kernel_log": line, "settings": settings}
    override = probes.read_text(f"{PCI_DEVICES}/{card.bdf}/driver_override") or "(null)"
    is_known_otherwise = (any(card.subsystem) and card.subsystem != PCI_ID) or override != "(null)"
    needs_overlay = settings is not None and _OVERLAY not in settings
    is_old = version is None or numbers(version) < _ONE_VECTOR
    if MODULES[0] in loaded_modules(probes) and (
        line or (needs_overlay and is_old and not is_known_otherwise)
    ):
        return fail(
            "pci.pi5-msi",
            NO_DEVICE,
            f"the Pi gave {card.bdf} no interrupts, so the driver did not take it",
            "Drivers before V3.10 ask for more interrupts (MSI) than the Pi gives without the overlay.",
            f"put dtoverlay={_OVERLAY},no-mip under [all] in /boot/firmware/config.txt, then: sudo reboot",
            **facts,
        )
    return ok("pci.pi5-msi", "no sign that interrupts are what is missing", **facts)
