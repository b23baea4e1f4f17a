"""Can card and host reach each other's memory: IOMMU, memory for the driver, interrupts?

Which CPU serves the card is shown and never judged: with one lane a fast core gives more tokens per second,
and one busy CPU is normal.
"""

import re

from axchat.doctor.asking import Asked, ask
from axchat.doctor.card import PCI_DEVICES, find_cards
from axchat.doctor.findings import FAILED, fail, ok, skip
from axchat.doctor.installed import driver_version, numbers
from axchat.doctor.kernel_log import DMA_FAULT, NO_MEMORY, KernelLog, is_dead, read_kernel_log
from axchat.doctor.probes import Probes
from axchat.doctor.result import CheckResult, Context

_FIRST_WITH_IOMMU = (3, 4, 0)  # older drivers hand bus addresses to the card untranslated
_TRANSLATED = ("DMA", "DMA-FQ")


def check(probes: Probes, context: Context) -> list[CheckResult]:
    """``host.iommu``, ``host.memory`` and ``pci.interrupts``; failures only when the card is dead."""
    del context
    cards = find_cards(probes)
    if not cards:
        return []
    asked = ask(probes)
    log = read_kernel_log(probes)
    bdfs = [card.bdf for card in cards]
    return [_iommu(probes, bdfs, asked, log), _memory(probes, asked, log), _interrupts(probes, bdfs)]


def _iommu(probes: Probes, bdfs: list[str], asked: Asked, log: KernelLog) -> CheckResult:
    types = {bdf: probes.read_text(f"{PCI_DEVICES}/{bdf}/iommu_group/type") for bdf in bdfs}
    translated = [bdf for bdf, kind in types.items() if kind in _TRANSLATED]
    facts: dict[str, object] = {"types": types}
    if not any(types.values()):
        return ok("host.iommu", "no IOMMU between card and memory", **facts)
    if not translated:
        return ok("host.iommu", "the IOMMU lets the card's addresses through", **facts)
    version = driver_version(probes)
    facts["driver"] = version
    short = [bdf.removeprefix("0000:") for bdf in translated]
    faults = [line for line in log.lines(DMA_FAULT) if any(bdf in line for bdf in short)]
    facts["faults"] = faults
    is_old = version is not None and numbers(version) < _FIRST_WITH_IOMMU
    if is_dead(asked, log) and not asked.link_is_lost and (is_old or faults):
        who = f"driver {version}" if version else "an old driver"
        return fail(
            "host.iommu",
            FAILED,
            f"the IOMMU translates the card's addresses, which {who} does not know",
            "The card writes to addresses that the IOMMU refuses; axcl-smi and every runner hang.",
            "install a host package of V3.4.0 or newer; or boot with iommu=pt on the kernel's command line",
            **facts,
        )
    return ok("host.iommu", "the IOMMU translates the card's addresses", **facts)


def _memory(probes: Probes, asked: Asked, log: KernelLog) -> CheckResult:
    info = probes.read_text("/proc/meminfo") or ""
    facts: dict[str, object] = {
        name: int(match[1])
        for name in ("MemAvailable", "CmaTotal", "CmaFree")
        if (match := re.search(rf"^{name}:\s+(\d+) kB", info, re.MULTILINE))
    }
    lines = log.lines(NO_MEMORY)
    if not log.text:
        return skip(
            "host.memory",
            "the kernel's log, which would tell of memory that the driver lacked, is closed",
            **facts,
        )
    if not lines or asked.is_answered:
        return ok("host.memory", "the driver got the memory that it asked for", **facts)
    facts["kernel_log"] = lines
    return fail(
        "host.memory",
        FAILED,
        "the kernel had no contiguous memory for the driver",
        "It needs 4 MiB and another 3 MiB in one piece for each card; drivers of V2 need more.",
        "add cma=128M to the kernel's command line (Pi: /boot/firmware/cmdline.txt), then: sudo reboot",
        **facts,
    )


def _interrupts(probes: Probes, bdfs: list[str]) -> CheckResult:
    rows = [
        line
        for line in (probes.read_text("/proc/interrupts") or "").splitlines()
        if any(bdf in line for bdf in bdfs) or "ax_pcie" in line
    ]
    facts: dict[str, object] = {"rows": rows[:8]}
    used = [column for line in rows for column, count in enumerate(_counts(line)) if count]
    if not rows:
        return ok("pci.interrupts", "no interrupt of the card is listed", **facts)
    cpus = sorted(set(used))
    where = "CPU " + ", ".join(map(str, cpus)) if cpus else "no CPU yet"
    return ok("pci.interrupts", f"the card's interrupts are served by {where}", **facts)


def _counts(row: str) -> list[int]:
    numbers_in_row = []
    for word in row.partition(":")[2].split():
        if not word.isdecimal():
            break
        numbers_in_row.append(int(word))
    return numbers_in_row
