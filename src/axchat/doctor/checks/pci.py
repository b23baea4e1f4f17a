"""Is the card on the PCI bus, does its link live, has the driver taken it?"""

from axchat.doctor.card import (
    MODULES,
    PCI_DEVICES,
    PCI_DRIVER,
    PCI_ID,
    PciCard,
    find_cards,
    is_raspberry_pi_5,
    loaded_modules,
)
from axchat.doctor.probes import Probes
from axchat.doctor.result import CheckResult, Context, Status

_NO_DEVICE, _FAILED = 5, 8  # exit statuses, docs/exit-codes.md
_SLOW_LINK = "2.5 GT/s"
_POWER_CYCLE = "shut down, take all power off for ten seconds (also the HAT's own supply), start again"


def check(probes: Probes, context: Context) -> list[CheckResult]:
    """``pci.device``, then ``pci.link`` and ``pci.driver`` for every card."""
    del context
    cards = find_cards(probes)
    if not cards:
        return [_no_card(probes)]
    where = ", ".join(card.bdf for card in cards)
    results = [
        CheckResult(
            "pci.device", Status.OK, f"card on the PCI bus: {where}", facts={"cards": where.split(", ")}
        )
    ]
    for card in cards:
        results += [_link(card), _driver(card, probes)]
    return results


def _no_card(probes: Probes) -> CheckResult:
    facts: dict[str, object] = {"model": probes.read_text("/proc/device-tree/model")}
    summary = "no AX650N/AX8850 card (1f4b:0650) on the PCI bus"
    if probes.listdir(PCI_DEVICES) is None:
        summary = "this machine shows no PCI bus, so no card"
    if is_raspberry_pi_5(probes):
        meaning = (
            "The Pi 5 keeps its PCIe port off until it is told otherwise; a HAT with an ID chip turns it on."
        )
        hint = "put dtparam=pciex1 under [all] in /boot/firmware/config.txt, then: sudo reboot"
    else:
        meaning = (
            "The card is not seated, not powered, or its slot is off. It cannot be plugged in while running."
        )
        hint = "switch the power off, seat the card again, start, then: lspci -d 1f4b:"
    meaning += " Without a card axchat works on the CPU: axchat doctor --engine cpu."
    return CheckResult("pci.device", Status.FAIL, summary, meaning, hint, facts, _NO_DEVICE)


def _link(card: PciCard) -> CheckResult:
    link = f"{card.link_speed or 'unknown speed'} x{card.link_width or '?'}"
    facts: dict[str, object] = {"bdf": card.bdf, "link": link, "config": card.config[:8].hex()}

    def lost(what: str) -> CheckResult:
        meaning = "Heat, too little power, suspend of the host or a crash of the card cut the link."
        return CheckResult(
            "pci.link", Status.FAIL, f"{card.bdf} {what}", meaning, _POWER_CYCLE, facts, _FAILED
        )

    if card.off_the_bus:
        return lost("fell off the PCI bus: its registers read ff")
    if card.was_reset:
        return lost("lost its PCI settings: the link bounced or the card was reset")
    if card.link_speed.lower().startswith("unknown"):
        return lost("has no link")
    if card.link_speed.startswith(_SLOW_LINK) and not card.max_link_speed.startswith(_SLOW_LINK):
        return CheckResult(
            "pci.link",
            Status.WARN,
            f"{card.bdf} runs at {link}, slower than the card can",
            "A bad contact, cable or slot; loading and prompts take longer.",
            "switch the power off and seat the card and its cable again",
            facts,
        )
    return CheckResult("pci.link", Status.OK, f"{card.bdf} link lives: {link}", facts=facts)


def _driver(card: PciCard, probes: Probes) -> CheckResult:
    facts: dict[str, object] = {"bdf": card.bdf, "driver": card.driver, "subsystem": ":".join(card.subsystem)}
    if card.driver == PCI_DRIVER:
        return CheckResult("pci.driver", Status.OK, f"{card.bdf} is bound to {PCI_DRIVER}", facts=facts)
    if card.driver is not None:
        return CheckResult(
            "pci.driver",
            Status.FAIL,
            f"{card.bdf} is bound to {card.driver}, not to {PCI_DRIVER}",
            "Another driver holds the card, usually to give it to a virtual machine.",
            f"take the card out of {card.driver}'s configuration, then: sudo reboot",
            facts,
            _NO_DEVICE,
        )
    if MODULES[0] not in loaded_modules(probes):
        summary = f"{card.bdf} has no driver yet: module {MODULES[0]} is not loaded"
        return CheckResult("pci.driver", Status.SKIP, summary, facts=facts)
    meaning = "The module is loaded but did not take the card; the kernel log says why."
    if any(card.subsystem) and card.subsystem != PCI_ID:
        meaning = f"Its subsystem id is {facts['subsystem']}; the driver takes 0x1f4b:0x0650 only."
    hint = f"sudo dmesg | grep -e {card.bdf} -e 'MSI interrupts'"
    if is_raspberry_pi_5(probes):
        hint += "; old drivers need dtoverlay=pciex1-compat-pi5,no-mip in /boot/firmware/config.txt"
    return CheckResult(
        "pci.driver", Status.FAIL, f"{card.bdf} is bound to no driver", meaning, hint, facts, _NO_DEVICE
    )
