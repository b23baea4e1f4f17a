"""Asks ``axcl-smi`` about the cards, safely, or says why it was not asked.

Its exit code is 0 in every case (V3.10.2, observed), it can hang for 50 s on a dead card and print 100 MB
in 5 s on another, so it runs with limits and only its text is judged.
"""

from dataclasses import dataclass, field

from axchat.axcl.names import PORT_ALLOCATE
from axchat.axcl.smi import SmiReport, parse_smi
from axchat.doctor.card import NO_CARD, NODES, PCI_DEVICES, find_cards, is_loading, node_access
from axchat.doctor.child import OUTPUT_LIMIT_BYTES, RunResult
from axchat.doctor.probes import Access, Probes

TIMEOUT_S = 10.0  # a healthy run takes 1 to 2 s; a refused port 50 s
FALLBACK = "/usr/bin/axcl/axcl-smi"  # only login shells have this directory on PATH
NOT_INSTALLED = "axcl-smi is not installed, so the card was not asked"


@dataclass(frozen=True, slots=True)
class Asked:
    """How asking ended.

    Attributes:
        refusal: why axcl-smi was not started, or "".
        link_is_lost: it was not started because the card's link is gone.
        program: its path, None when it is not installed.
        run: the child, None when it was not started.
        report: what it printed.
        expected: cards on the PCI bus.
    """

    refusal: str = ""
    link_is_lost: bool = False
    program: str | None = None
    run: RunResult | None = None
    report: SmiReport = field(default_factory=SmiReport)
    expected: int = 0

    @property
    def is_answered(self) -> bool:
        """Every card on the bus has its row: they work."""
        return self.run is not None and self.expected > 0 and self._speaking >= self.expected

    @property
    def is_dead(self) -> bool:
        """A card on the bus lost its link, or was asked and stayed silent though the driver knows it."""
        if self.link_is_lost:
            return True
        run, report = self.run, self.report
        if (
            run is None
            or not run.found
            or run.error
            or report.already_running
            or report.init_code is not None
        ):
            return False
        if "shared libraries" in run.output or "open pci msg dev fail" in self.log:
            return False
        return run.timed_out or run.truncated or self._speaking < self.expected

    @property
    def _speaking(self) -> int:
        """Cards with at least one value in their row; one of dashes only let every query time out."""
        rows = self.report.cards
        return sum(
            any(v is not None for v in (c.temperature_c, c.cmm_used_mib, c.memory_used_mib)) for c in rows
        )

    @property
    def is_silent(self) -> bool:
        """Dead, or nobody could ask it: what the logs call it then counts."""
        return self.is_dead or self.refusal == NOT_INSTALLED

    @property
    def log(self) -> str:
        """The lines of trouble that it printed."""
        return "\n".join(self.report.log)

    @property
    def is_out_of_ports(self) -> bool:
        """No port is left on the card."""
        return "request 0 port" in self.log

    @property
    def is_refused_a_port(self) -> bool:
        """The card did not grant a port, or none is left."""
        return "request ports" in self.log or self.is_out_of_ports or PORT_ALLOCATE in self.report.codes


def find_smi(probes: Probes) -> str | None:
    """Where axcl-smi lies, also when PATH lacks it."""
    return probes.which("axcl-smi") or (FALLBACK if probes.exists(FALLBACK) else None)


def ask(probes: Probes, timeout_s: float = TIMEOUT_S) -> Asked:
    """Run axcl-smi where that can help and harms nothing."""
    cards = find_cards(probes)
    # A sandbox may hide /sys and still let the card's nodes through.
    is_hidden = probes.listdir(PCI_DEVICES) is None and probes.exists(next(iter(NODES)))
    if not cards and not is_hidden:
        return Asked(NO_CARD)
    expected = len(cards) or 1
    if is_loading(probes):
        return Asked("the driver is still starting the card", expected=expected)
    if any(card.is_lost for card in cards):
        refusal = "the link to the card is lost; asking it could hang the machine"
        return Asked(refusal, link_is_lost=True, expected=expected)
    if node_access(probes, next(iter(NODES))) is not Access.OK:
        return Asked("the card's nodes cannot be opened", expected=expected)
    program = find_smi(probes)
    if program is None:
        return Asked(NOT_INSTALLED, expected=expected)
    run = probes.run([program], timeout_s, OUTPUT_LIMIT_BYTES)
    return Asked(program=program, run=run, report=parse_smi(run.output), expected=expected)
