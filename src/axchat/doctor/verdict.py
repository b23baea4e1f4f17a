"""The one line on top of the report. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from axchat.doctor.result import CheckResult, Status, exit_status

_CARD_STATUSES = (5, 6, 7, 8)  # docs/exit-codes.md: what keeps the card from answering


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the findings come to.

    Attributes:
        state: ``healthy``, ``warnings``, ``no-card`` or ``failed``.
        text: one line.
        id: the finding to mend first, or None.
        layer: its layer, or None.
        command: the one to try first, or None.
        exit_status: of the command line.
        otherwise: what works all the same, or "".
    """

    state: str
    text: str
    id: str | None = None
    layer: str | None = None
    command: str | None = None
    exit_status: int = 0
    otherwise: str = ""


def judge(results: Sequence[CheckResult]) -> Verdict:
    """The verdict: the first failure in the order of the checks, which run causes before effects."""
    status = exit_status(results)
    first = next((r for r in results if r.status is Status.FAIL), None)
    if first is not None:
        is_absent = first.id == "pci.device"
        text = f"no card: {first.summary}" if is_absent else f"{first.layer} failed: {first.summary}"
        otherwise = _cpu(results) if status in _CARD_STATUSES else ""
        state = "no-card" if is_absent else "failed"
        return Verdict(state, text, first.id, first.layer, first.hint, status, otherwise)
    warnings = [r for r in results if r.status is Status.WARN]
    if warnings:
        count = "1 warning" if len(warnings) == 1 else f"{len(warnings)} warnings"
        worst = warnings[0]
        text = f"nothing failed, {count}; the first: {worst.summary}"
        return Verdict("warnings", text, worst.id, worst.layer, worst.hint)
    if not any(r.status is Status.OK for r in results):
        return Verdict("healthy", "nothing failed, and nothing could be decided")
    return Verdict("healthy", "healthy: nothing failed")


def _cpu(results: Sequence[CheckResult]) -> str:
    """Whether ``axchat run`` answers without the card, as far as the findings tell."""
    found = [r for r in results if r.layer == "CPU engine"]
    if not found:
        return ""
    lacking = [r for r in found if r.status in (Status.WARN, Status.FAIL) and r.id != "cpu.model"]
    if lacking or next((r for r in found if r.id == "cpu.package"), found[0]).status is not Status.OK:
        needs = (lacking or found)[0]
        return f"axchat run could use the CPU engine, but: {needs.summary}"
    model = next((r for r in found if r.id == "cpu.model"), None)
    fetch = f" after: {model.hint}" if model and model.status is Status.WARN and model.hint else ""
    return f"without the card, axchat run works on the CPU engine{fetch}"


def root_adds(*, uid: int, sees_kernel_log: bool, has_card: bool) -> str:
    """What the doctor would see more as root, or "" when nothing."""
    if uid == 0 or not has_card:
        return ""
    more = [] if sees_kernel_log else ["the kernel's log (failed starts, refused ports, crashes)"]
    more.append("the programs of other users that hold the card")
    return f"with sudo it would also see {' and '.join(more)}"
