"""Is the card on the PCI bus, does its link live, has the driver taken it?"""

from axchat.doctor.asking import ask
from axchat.doctor.card import (
    MODULES,
    PCI_DEVICES,
    PCI_DRIVER,
    PCI_ID,
    PciCard,
    find_cards,
    gigatransfers,
    is_raspberry_pi_5,
    lanes,
    loaded_modules,
)
from axchat.doctor.findings import FAILED, NO_DEVICE, POWER_CYCLE, fail, ok, skip, warn
from axchat.doctor.kernel_log import NO_MSI, PROBE_FAILED, read_kernel_log
from axchat.doctor.pi_config import asks_for_port, pi_settings
from axchat.doctor.probes import Probes
from axchat.doctor.result import CheckResult, Context

_ONE_LANE = "CM3588"  # its slots have one lane each, whatever their controller says


def check(probes: Probes, context: Context) -> list[CheckResult]:
    """``pci.device``, then ``pci.link`` and ``pci.driver`` for every card."""
    del context
    cards = find_cards(probes)
    if not cards:
        return [_no_card(probes)]
    where = [card.bdf for card in cards]
    results = [ok("pci.device", f"card on the PCI bus: {', '.join(where)}", cards=where)]
    for card in cards:
        results += [_link(card, probes), _driver(card, probes)]
    return results


def _no_card(probes: Probes) -> CheckResult:
    facts: dict[str, object] = {"model": probes.read_text("/proc/device-tree/model")}
    if ask(probes).is_answered:
        return skip("pci.device", "the PCI bus is hidden from this process, yet the card answers", **facts)
    summary = "no AX650N/AX8850 card (1f4b:0650) on the PCI bus"
    if probes.listdir(PCI_DEVICES) is None:
        summary = "this machine shows no PCI bus, so no card"
    if is_raspberry_pi_5(probes) and asks_for_port(pi_settings(probes)):
        meaning = "The Pi's PCIe port is asked for in config.txt, and no card answers on it."
        hint = (
            "switch the power off, check the flat cable (both ends, right way round) and the HAT's supply,"
            " start, then: lspci -d 1f4b:"
        )
    elif is_raspberry_pi_5(probes):
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
    return fail("pci.device", NO_DEVICE, summary, meaning, hint, **facts)


def _link(card: PciCard, probes: Probes) -> CheckResult:
    link = f"{card.link_speed or 'unknown speed'} x{card.link_width or '?'}"
    facts: dict[str, object] = {
        "bdf": card.bdf,
        "link": link,
        "card_can": f"{card.max_link_speed} x{card.max_link_width}",
        "port_can": f"{card.port_max_speed} x{card.port_max_width}",
        "config": card.config[:8].hex(),
        "correctable_errors": _total(probes, card, "aer_dev_correctable"),
        "fatal_errors": _total(probes, card, "aer_dev_fatal"),
    }
    lost = (
        (card.off_the_bus, "fell off the PCI bus: its registers read ff"),
        (card.was_reset, "lost its PCI settings: the link bounced or the card was reset"),
        (card.has_no_link, "has no link"),
    )
    for is_so, what in lost:
        if is_so:
            meaning = "Heat, too little power, suspend of the host or a crash of the card cut the link."
            return fail("pci.link", FAILED, f"{card.bdf} {what}", meaning, POWER_CYCLE, **facts)
    if _is_slow(card) or _is_narrow(card, probes):
        return warn(
            "pci.link",
            f"{card.bdf} runs at {link}, {'slower' if _is_slow(card) else 'narrower'} than card and slot can",
            "A bad contact, cable or slot; loading and prompts take longer.",
            "switch the power off and seat the card and its cable again",
            **facts,
        )
    return ok("pci.link", f"{card.bdf} link lives: {link}", **facts)


def _is_slow(card: PciCard) -> bool:
    known = (gigatransfers(card.max_link_speed), gigatransfers(card.port_max_speed))
    able = [speed for speed in known if speed]
    now = gigatransfers(card.link_speed)
    return now is not None and bool(able) and now < min(able)


def _is_narrow(card: PciCard, probes: Probes) -> bool:
    """Fewer lanes than both ends have; never where the board wires only one."""
    able, slot, now = lanes(card.max_link_width), lanes(card.port_max_width), lanes(card.link_width)
    model = probes.read_text("/proc/device-tree/model") or ""
    if is_raspberry_pi_5(probes) or _ONE_LANE in model or not able or not slot or not now:
        return False
    return now < min(able, slot)


def _total(probes: Probes, card: PciCard, name: str) -> int | None:
    """The sum line of an AER counter file, ``TOTAL_ERR_COR 0``; None without AER."""
    lines = (probes.read_text(f"{PCI_DEVICES}/{card.bdf}/{name}") or "").splitlines()
    words = next((line.split() for line in lines if line.startswith("TOTAL_ERR")), [])
    return int(words[1]) if len(words) == 2 and words[1].isdecimal() else None


def _driver(card: PciCard, probes: Probes) -> CheckResult:
    override = probes.read_text(f"{PCI_DEVICES}/{card.bdf}/driver_override") or "(null)"
    facts: dict[str, object] = {
        "bdf": card.bdf,
        "driver": card.driver,
        "subsystem": ":".join(card.subsystem),
        "driver_override": override,
    }
    if card.driver == PCI_DRIVER:
        return ok("pci.driver", f"{card.bdf} is bound to {PCI_DRIVER}", **facts)
    if card.driver is not None:
        return fail(
            "pci.driver",
            NO_DEVICE,
            f"{card.bdf} is bound to {card.driver}, not to {PCI_DRIVER}",
            "Another driver holds the card, usually to give it to a virtual machine.",
            f"take it out of {card.driver}'s configuration (grep -r 1f4b /etc/modprobe.d), then: sudo reboot",
            **facts,
        )
    if MODULES[0] not in loaded_modules(probes):
        return skip("pci.driver", f"{card.bdf} has no driver yet: module {MODULES[0]} is not loaded", **facts)
    meaning = "The module is loaded but did not take the card; the kernel log says why."
    if any(card.subsystem) and card.subsystem != PCI_ID:
        meaning = f"Its subsystem id is {facts['subsystem']}; the driver takes 0x1f4b:0x0650 only."
    elif override != "(null)":
        meaning = f"It is reserved for the driver {override} (driver_override)."
    facts["kernel_log"] = lines = read_kernel_log(probes).lines(f"{PROBE_FAILED}|{NO_MSI}")
    if lines:
        meaning = f"The kernel says: {lines[-1]}"
    hint = f"sudo dmesg | grep -e {card.bdf} -e 'MSI interrupts'"
    if is_raspberry_pi_5(probes):
        hint += "; old drivers need dtoverlay=pciex1-compat-pi5,no-mip in /boot/firmware/config.txt"
    return fail("pci.driver", NO_DEVICE, f"{card.bdf} is bound to no driver", meaning, hint, **facts)
