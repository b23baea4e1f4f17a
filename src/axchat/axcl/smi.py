"""Reads what ``axcl-smi`` prints. Pure; never trusts the exit code, which is always 0.

Layout as printed by V2.18.0 to V3.10.2: a frame whose rows are two lines per card, then one line per
process. Runtime log lines, coloured or not, may stand anywhere around it, even before a row on the same line.
"""

import re
from dataclasses import dataclass

from axchat.axcl.codes import find_codes

_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_VERSION = re.compile(r"AXCL-SMI +(V[0-9][\w.]*)")
_CARD = re.compile(
    r"\| {0,4}(\d{1,5}) +(\S{1,32}) +(\S{1,32}) +\| *([0-9A-Fa-f]{4,8}(?::[0-9A-Fa-f]{2}){2}\.[0-9A-Fa-f]) *"
    r"\| *(--|\d{1,8})(?: MiB)? / *(--|\d{1,8})(?: MiB)? *\|"
)
_SECOND = re.compile(
    r"\| *\S{1,8} +(--|-?\d{1,4}C?) +\S{1,8} / \S{1,8} +\| *(\S{1,6}) +(\S{1,6}) *"
    r"\| *(--|\d{1,8})(?: MiB)? / *(--|\d{1,8})(?: MiB)? *\|"
)
_PROCESS = re.compile(r"\| {0,4}(\d{1,5}) +(\d{1,8})  (.*?) +(\d{1,12}) KiB \|")
_ALREADY_RUNNING = "axcl-smi is already running"
_INIT_FAILED = re.compile(r"axcl init fail, ret = (0x[0-9a-fA-F]{8})")
_TROUBLE = re.compile(r"\[[EC]\](?:\[|open )|\bis dead\b")
_STAMP = re.compile(r"\[[\d-]{5,10} [\d:.]{12}\](?:\[\d+\])?")
_MAX_LOG_LINES = 50  # a dead card prints the same three lines a million times
_MAX_LINE = 400  # a row has 98 characters; longer lines are cut before they are searched


@dataclass(frozen=True, slots=True)
class Card:
    """One card of the table; None where axcl-smi printed ``--`` (the card did not answer in time).

    Memory in MiB, temperature in degrees Celsius, loads in percent. ``index`` is what ``-d`` takes.
    """

    index: int
    name: str
    firmware: str
    bus_id: str
    temperature_c: int | None = None
    cpu_percent: int | None = None
    npu_percent: int | None = None
    memory_used_mib: int | None = None
    memory_total_mib: int | None = None
    cmm_used_mib: int | None = None
    cmm_total_mib: int | None = None


@dataclass(frozen=True, slots=True)
class CardProcess:
    """A process that holds ports of a card; ``name`` is "" for another user's (needs root)."""

    card: int
    pid: int
    name: str
    npu_memory_kib: int


@dataclass(frozen=True, slots=True)
class SmiReport:
    """What one run of ``axcl-smi`` said.

    Attributes:
        version: of axcl-smi itself; its "Driver" cell only repeats it.
        cards: rows with a card; one that refuses its port is silently absent.
        processes: who holds ports.
        already_running: another axcl-smi holds the single-instance lock.
        codes: error codes in the output, unsigned, in order.
        log: lines of level E or C and "is dead" lines, without colours, times and repeats, at most 50.
    """

    version: str | None = None
    cards: tuple[Card, ...] = ()
    processes: tuple[CardProcess, ...] = ()
    already_running: bool = False
    codes: tuple[int, ...] = ()
    log: tuple[str, ...] = ()

    @property
    def init_code(self) -> int | None:
        """The code of "axcl init fail", unsigned, or None when axclInit succeeded."""
        for line in self.log:
            match = _INIT_FAILED.search(line)
            if match:
                return int(match[1], 16)
        return None


def parse_smi(output: str) -> SmiReport:
    """What the output of ``axcl-smi`` or ``axcl-smi -v`` says; never raises, unknown lines are ignored."""
    cards: list[Card] = []
    processes: list[CardProcess] = []
    log: dict[str, None] = {}
    text = _COLOUR.sub("", output)
    lines = [line[:_MAX_LINE] for line in text.splitlines()]
    pending: re.Match[str] | None = None
    for line in lines:
        if pending is not None and (second := _SECOND.search(line)):
            cards.append(_card(pending, second))
            pending = None
        elif card := _CARD.search(line):
            cards += [_card(pending, None)] if pending else []
            pending = card
        elif process := _PROCESS.search(line):
            processes.append(_process(process))
        elif len(log) < _MAX_LOG_LINES and _TROUBLE.search(line):
            log[_STAMP.sub("", line).strip()] = None
    cards += [_card(pending, None)] if pending else []
    version = _VERSION.search(text)
    return SmiReport(
        version=version[1] if version else None,
        cards=tuple(cards),
        processes=tuple(processes),
        already_running=_ALREADY_RUNNING in text,
        codes=tuple(find_codes(text)),
        log=tuple(log),
    )


def _card(first: re.Match[str], second: re.Match[str] | None) -> Card:
    temperature, cpu, npu, cmm_used, cmm_total = second.groups() if second else ("--",) * 5
    return Card(
        index=int(first[1]),
        name=first[2],
        firmware=first[3],
        bus_id=first[4].lower(),
        temperature_c=_number(temperature),
        cpu_percent=_number(cpu),
        npu_percent=_number(npu),
        memory_used_mib=_number(first[5]),
        memory_total_mib=_number(first[6]),
        cmm_used_mib=_number(cmm_used),
        cmm_total_mib=_number(cmm_total),
    )


def _process(row: re.Match[str]) -> CardProcess:
    return CardProcess(int(row[1]), int(row[2]), row[3].strip(), int(row[4]))


def _number(cell: str) -> int | None:
    match = re.match(r"-?[0-9]{1,9}", cell)
    return int(match[0]) if match else None
