"""The kernel's log, where this user may read it, and the driver's lines in it.

Texts: axcl-runtime driver source, V2.25 to V3.10.2; the kernel's own wording for the others.
"""

import re
from dataclasses import dataclass

from axchat.doctor.asking import Asked
from axchat.doctor.probes import Probes

_TIMEOUT_S = 3.0
_LIMIT_BYTES = 4 * 1024 * 1024  # printed oldest first, so a smaller limit would cut off the newest lines
_COMMANDS = (("dmesg",), ("journalctl", "-k", "-b"))
_SHOWN, _LINE_LENGTH = 3, 240
_DENIED = re.compile(r"Operation not permitted|Permission denied|not seeing messages|No journal files")

DEAD = r"device [0-9a-fA-F]+: dead!"
ALIVE = r"device [0-9a-fA-F]+: alive!"
LOADING = r"Dev [0-9a-fA-F]+ Firmware loading"
NO_FIRMWARE = r"Patch file not found|Device \S+ firmware load failed|\[STATUS\]: FAILED"
NO_HANDSHAKE = r"Handshake timeout!|axcl pcie check remote device \S+ failed"
PORT_TIMEOUT = (
    r"Recv port ack timeout|axcl pcie port create failed|axcl pcie req port failed|slave port create failed"
)
NO_PORT = r"not enough port, already used"
NO_MSI = r"Failed to get MSI interrupts"
NO_MEMORY = (
    r"failed to allocate mem space|alloc shmem space fail|send buf alloc failed|Failed to allocate address"
    r"|kmalloc \w+ memory failed|dma_alloc_coherent failed"
)
PROBE_FAILED = (
    r"Enable pci device failed|Request pci region failed|Failed to read BAR|Set pcie rebar size failed"
)
DMA_FAULT = r"DMAR: \[DMA (?:Write|Read)[^\n]*\] Request device|IO_PAGE_FAULT"
REJECTED = r"Loading of unsigned module is rejected|Key was rejected|module is rejected|Lockdown: modprobe"
VERMAGIC = r"version magic '[^'\n]*' should be '[^'\n]*'"
CRASH = r"(?:RIP: [0-9a-f]+:|pc : )(?:axcl_|ax_pcie_|ax_mmb_)\w*\+0x"
UNDERVOLTAGE = r"Undervoltage detected|Under-voltage detected"
SUSPEND = r"PM: suspend entry"


@dataclass(frozen=True, slots=True)
class KernelLog:
    """The kernel's log of this boot; ``text`` is "" when it cannot be read."""

    text: str = ""
    source: str = ""

    def lines(self, pattern: str) -> list[str]:
        """The last few different lines that match."""
        found: dict[str, None] = {}
        for match in re.finditer(pattern, self.text):
            start = self.text.rfind("\n", 0, match.start()) + 1
            end = self.text.find("\n", match.end())
            line = self.text[start : end if end >= 0 else None].strip()
            found[line[-_LINE_LENGTH:]] = None
        return list(found)[-_SHOWN:]

    def last(self, pattern: str) -> int:
        """Where the last match begins, -1 when there is none."""
        return max((m.start() for m in re.finditer(pattern, self.text)), default=-1)

    def holds(self, pattern: str, *, unless_later: str = "") -> bool:
        """Whether a line matches and no line of the other kind came after it."""
        at = self.last(pattern)
        return at >= 0 and (not unless_later or self.last(unless_later) < at)


def is_dead(asked: Asked, log: KernelLog) -> bool:
    """A card on the bus that lost its link, stays silent, or that the kernel calls dead."""
    return asked.is_dead or (not asked.is_answered and log.holds(DEAD, unless_later=ALIVE))


def read_kernel_log(probes: Probes) -> KernelLog:
    """The log from ``dmesg``, else from the journal."""
    is_closed = probes.user() != 0 and probes.read_text("/proc/sys/kernel/dmesg_restrict") == "1"
    for argv in _COMMANDS[1:] if is_closed else _COMMANDS:
        run = probes.run(argv, _TIMEOUT_S, _LIMIT_BYTES)
        text = run.output.strip()
        if run.found and not run.error and text and not _DENIED.search(text[:400]):
            return KernelLog(text, argv[0])
    return KernelLog()
