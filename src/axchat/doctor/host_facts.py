"""What decides a speed beside the model: facts of the machine and of the card, for a measurement's report."""

import platform
import re
from dataclasses import dataclass

from axchat.axcl.smi import Card
from axchat.doctor.asking import ask
from axchat.doctor.card import find_cards
from axchat.doctor.installed import driver_version
from axchat.doctor.probes import Probes

CPUS = "/sys/devices/system/cpu"
THERMAL = "/sys/class/thermal"
CPU_NODES = "/proc/device-tree/cpus"
TIMEOUT_S = 5.0
"""A healthy axcl-smi takes 1 to 2 s; a measurement does not wait longer."""

_CPU_ZONES = re.compile(r"cpu|soc|x86_pkg|package|bigcore|littlecore|coretemp|acpitz", re.IGNORECASE)
_MILLI = 1000


@dataclass(frozen=True, slots=True)
class Reading:
    """Degrees Celsius and MHz at one moment; None where they cannot be read."""

    celsius: float | None = None
    mhz: float | None = None


def host_facts(probes: Probes) -> dict[str, object]:
    """The machine, ready for JSON; what cannot be read is null. Runs nothing."""
    kernel = probes.uname()
    cpus = _cpus(probes)
    return {
        "machine": _machine(probes),
        "cpu": _cpu_name(probes),
        "cores": len(cpus) or None,
        "cores_usable": _usable(probes),
        "governor": _all_of(probes, cpus, "scaling_governor"),
        "cpu_max_mhz": _mhz(_each(probes, cpus, "cpuinfo_max_freq")),
        "memory_mib": _memory_mib(probes),
        "kernel": kernel.release,
        "arch": kernel.machine,
        "os": _os_name(probes),
        "python": platform.python_version(),
    }


def card_facts(probes: Probes, device: int) -> dict[str, object] | None:
    """The card, ready for JSON; None where there is none. Asks axcl-smi, for 5 s at most.

    A sandbox may hide the PCI bus and let the card through: then what axcl-smi says is all there is.
    """
    on_the_bus = find_cards(probes)
    told = read_card(probes, device)
    if told is None and not on_the_bus:
        return None
    pci = next((card for card in on_the_bus if told and card.bdf.lower() == told.bus_id), None)
    if pci is None and device < len(on_the_bus):
        pci = on_the_bus[device]
    return {
        "name": told.name if told else None,
        "firmware": told.firmware if told else None,
        "driver": driver_version(probes),
        "bus_id": pci.bdf if pci else None,
        "link_speed": (pci.link_speed or None) if pci else None,
        "link_width": (pci.link_width or None) if pci else None,
        "max_link_speed": (pci.max_link_speed or None) if pci else None,
        "max_link_width": (pci.max_link_width or None) if pci else None,
        "temperature_c": told.temperature_c if told else None,
        "cmm_used_mib": told.cmm_used_mib if told else None,
        "cmm_total_mib": told.cmm_total_mib if told else None,
        "npu_used_percent": told.npu_percent if told else None,
    }


def read_card(probes: Probes, device: int) -> Card | None:
    """What axcl-smi says of a card now; None where it fails, does not list it, or asking could do harm."""
    cards = ask(probes, TIMEOUT_S).report.cards
    return next((card for card in cards if card.index == device), None)


def read_card_heat(probes: Probes, device: int) -> Reading:
    """The card's temperature now; its clock is not told."""
    card = read_card(probes, device)
    return Reading(None if card is None or card.temperature_c is None else float(card.temperature_c))


def read_cpu_heat(probes: Probes) -> Reading:
    """The processor's hottest sensor, and its fastest core's clock now."""
    celsius = []
    for zone in probes.listdir(THERMAL) or []:
        kind = probes.read_text(f"{THERMAL}/{zone}/type")
        value = _number(probes.read_text(f"{THERMAL}/{zone}/temp"))
        if kind and value is not None and _CPU_ZONES.search(kind):
            celsius.append(value / _MILLI)
    now = _each(probes, _cpus(probes), "scaling_cur_freq")
    return Reading(max(celsius, default=None), _mhz(now))


def _cpus(probes: Probes) -> list[str]:
    return [name for name in probes.listdir(CPUS) or [] if re.fullmatch(r"cpu[0-9]+", name)]


def _usable(probes: Probes) -> int | None:
    """How many cores this process may run on: ``0-2,5`` are four."""
    allowed = re.search(
        r"^Cpus_allowed_list:\s*([0-9,-]{1,400})$", probes.read_text("/proc/self/status") or "", re.MULTILINE
    )
    ranges = re.findall(r"([0-9]{1,5})(?:-([0-9]{1,5}))?", allowed[1]) if allowed else []
    return sum(int(last or first) - int(first) + 1 for first, last in ranges) or None


def _each(probes: Probes, cpus: list[str], name: str) -> list[str]:
    found = (probes.read_text(f"{CPUS}/{cpu}/cpufreq/{name}") for cpu in cpus)
    return [text for text in found if text]


def _all_of(probes: Probes, cpus: list[str], name: str) -> str | None:
    """The value that the cores have; joined where they differ."""
    return "+".join(dict.fromkeys(_each(probes, cpus, name))) or None


def _mhz(khz: list[str]) -> float | None:
    return max((value / _MILLI for text in khz if (value := _number(text)) is not None), default=None)


def _number(text: str | None) -> float | None:
    return float(text) if text and re.fullmatch(r"-?[0-9]{1,9}", text) else None


def _machine(probes: Probes) -> str | None:
    dmi = "/sys/class/dmi/id"
    maker, product = probes.read_text(f"{dmi}/sys_vendor"), probes.read_text(f"{dmi}/product_name")
    named = " ".join(text for text in (maker, product) if text)
    return probes.read_text("/proc/device-tree/model") or named or None


def _cpu_name(probes: Probes) -> str | None:
    """As the kernel names it; on arm64, where it does not, the kinds of core in the device tree."""
    cpus = probes.read_text("/proc/cpuinfo") or ""
    named = re.search(r"^model name\s*:\s*(\S.*)$", cpus, re.MULTILINE)
    if named:
        return named[1].strip()
    kinds = [
        (probes.read_text(f"{CPU_NODES}/{node}/compatible") or "").split("\0")[0].rpartition(",")[2]
        for node in probes.listdir(CPU_NODES) or []
        if node.startswith("cpu@")
    ]
    return "+".join(dict.fromkeys(kind for kind in kinds if kind)) or None


def _memory_mib(probes: Probes) -> int | None:
    total = re.search(r"^MemTotal:\s*([0-9]+) kB", probes.read_text("/proc/meminfo") or "", re.MULTILINE)
    return int(total[1]) // 1024 if total else None


def _os_name(probes: Probes) -> str | None:
    named = re.search(r'^PRETTY_NAME="?([^"\n]+)', probes.read_text("/etc/os-release") or "", re.MULTILINE)
    return named[1] if named else None
