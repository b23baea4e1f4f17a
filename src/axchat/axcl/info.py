"""Reads ``axcl-smi info``: the memory, heat and load of one card. Pure.

``--cmm`` as printed on cards; ``--temp``, ``--cpu`` and ``--npu`` after the program's published source, since
no output from a card is known. ``--`` stands for a card that did not answer.
"""

import re
from dataclasses import dataclass

_FIELD = re.compile(r"^\s*(?P<name>[A-Za-z][A-Za-z ()%-]{1,30}?)\s*:\s*(?P<value>\S.*?)\s*$", re.MULTILINE)
_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,6})?")
_BUS = re.compile(r"(\d{1,3}) \(0x[0-9a-fA-F]{1,2}\)")


@dataclass(frozen=True, slots=True)
class CardInfo:
    """One card; None where it was not asked or did not answer.

    Attributes:
        bus: its PCI bus number, which the runtime uses as device id (the index of ``-d`` is another number).
        temperature_c: degrees Celsius.
        cmm_total_kib, cmm_used_kib, cmm_remain_kib: card memory for models, KiB.
        cpu_percent, npu_percent: loads.
    """

    bus: int | None = None
    temperature_c: float | None = None
    cmm_total_kib: int | None = None
    cmm_used_kib: int | None = None
    cmm_remain_kib: int | None = None
    cpu_percent: float | None = None
    npu_percent: float | None = None


def parse_info(output: str) -> CardInfo:
    """What one run of ``axcl-smi info`` said of its first card; never raises, unknown lines are ignored."""
    fields: dict[str, str] = {}
    for match in _FIELD.finditer(output):
        fields.setdefault(match["name"].lower(), match["value"])
    bus = _BUS.match(fields.get("device id", ""))
    heat = _number(fields.get("temperature"))
    return CardInfo(
        bus=int(bus[1]) if bus else None,
        temperature_c=None if heat is None else heat / 1000,
        cmm_total_kib=_kib(fields.get("cmm total")),
        cmm_used_kib=_kib(fields.get("cmm used")),
        cmm_remain_kib=_kib(fields.get("cmm remain")),
        cpu_percent=_number(fields.get("cpu usage (%)")),
        npu_percent=_number(fields.get("npu usage (%)")),
    )


def _kib(value: str | None) -> int | None:
    number = _number(value)
    return None if number is None or "kib" not in (value or "").lower() else int(number)


def _number(value: str | None) -> float | None:
    match = _NUMBER.match(value or "")
    return float(match[0]) if match else None
