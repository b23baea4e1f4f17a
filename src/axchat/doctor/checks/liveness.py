"""Does the card live: did it start, does its heart beat, does it grant ports?

What the logs say of the past is only taken for a cause while the card does not answer now.
"""

import re

from axchat.doctor.asking import Asked, ask
from axchat.doctor.card import NO_CARD, find_cards, is_loading, loaded_modules
from axchat.doctor.findings import BUSY, FAILED, POWER_CYCLE, fail, ok, skip
from axchat.doctor.kernel_log import (
    ALIVE,
    CRASH,
    DEAD,
    LOADING,
    NO_HANDSHAKE,
    NO_PORT,
    PORT_TIMEOUT,
    KernelLog,
    read_kernel_log,
)
from axchat.doctor.probes import Probes
from axchat.doctor.result import CheckResult, Context

RUNTIME_LOG = "/tmp/axcl/axcl_logs.txt"  # noqa: S108 - hard-coded in the vendor's runtime
_RECENT_BYTES = 32 * 1024  # about 200 lines: what happened last
_DEAD_IN_LOG = re.compile(r"device (\d+) is dead")
_CODE = "0x80300186"


def check(probes: Probes, context: Context) -> list[CheckResult]:
    """``driver.crash``, ``card.handshake``, ``card.heartbeat``, ``card.ports``."""
    del context
    if not find_cards(probes):
        return [skip("card.heartbeat", NO_CARD)]
    if "axcl_host" not in loaded_modules(probes):
        return [skip("card.heartbeat", "the driver is not loaded")]
    if is_loading(probes):
        return [skip("card.heartbeat", "the driver is still starting the card")]
    asked = ask(probes)
    log = read_kernel_log(probes)
    if asked.is_answered:
        return [
            ok("card.handshake", "the card started"),
            ok("card.heartbeat", "the card lives"),
            ok("card.ports", "the card grants ports"),
        ]
    return [*_crash(log), _handshake(log), _heartbeat(probes, asked, log), _ports(asked, log)]


def _crash(log: KernelLog) -> list[CheckResult]:
    lines = log.lines(CRASH)
    if not lines:
        return []
    meaning = "Nothing can be asked of it until the next start. Old drivers crash when a card never started."
    hint = "sudo reboot; install a newer host package (V3.10.2 or later)"
    summary = "the driver crashed in the kernel"
    return [fail("driver.crash", FAILED, summary, meaning, hint, kernel_log=lines)]


def _handshake(log: KernelLog) -> CheckResult:
    lines = log.lines(NO_HANDSHAKE)
    if log.holds(NO_HANDSHAKE, unless_later=f"{LOADING}|{ALIVE}"):
        meaning = "The card took its firmware and then kept silent; a restart of the programs does not help."
        summary = "the card did not finish its start: handshake timeout"
        return fail("card.handshake", FAILED, summary, meaning, POWER_CYCLE, kernel_log=lines)
    if not log.text:
        return skip("card.handshake", "the kernel's log is closed to this user: sudo dmesg would tell")
    return ok("card.handshake", "no failed start in the kernel's log")


def _heartbeat(probes: Probes, asked: Asked, log: KernelLog) -> CheckResult:
    recent = probes.read_tail(RUNTIME_LOG, _RECENT_BYTES) or ""
    told = _DEAD_IN_LOG.findall(recent)
    lines = log.lines(DEAD)
    facts: dict[str, object] = {"kernel_log": lines, "devices": sorted(set(told))}
    in_log = bool(told) and asked.is_silent and not asked.is_out_of_ports
    if log.holds(DEAD, unless_later=ALIVE) or in_log:
        where = "the kernel's log" if lines else RUNTIME_LOG
        return fail(
            "card.heartbeat",
            FAILED,
            f"the card's heart stopped beating, says {where}",
            "Its own software crashed, it got too hot, or it lost power; it does not come back by itself.",
            _recover(asked),
            **facts,
        )
    if not log.text:
        return skip(
            "card.heartbeat", "the kernel's log is closed to this user: sudo dmesg would tell", **facts
        )
    return ok("card.heartbeat", "no dead card in the logs", **facts)


def _ports(asked: Asked, log: KernelLog) -> CheckResult:
    timed_out = log.lines(PORT_TIMEOUT)
    none_left = log.lines(NO_PORT)
    facts: dict[str, object] = {"kernel_log": [*timed_out, *none_left], "log": list(asked.report.log[:10])}
    if asked.is_out_of_ports or (asked.is_silent and none_left):
        return fail(
            "card.ports",
            BUSY,
            "the card has no port left",
            "A program takes 4 of its 107 ports; an attempt that timed out keeps 4 until the card restarts.",
            "stop every program that uses the card; if that is not enough: sudo reboot",
            **facts,
        )
    if asked.is_refused_a_port or (asked.is_silent and timed_out):
        return fail(
            "card.ports",
            FAILED,
            f"the card did not grant a port ({_CODE})",
            "The card is dead or still starting. 'errno: 1 Operation not permitted' beside it is the driver's"
            " -1: no rights are missing, and root gets the same answer.",
            _recover(asked),
            **facts,
        )
    return ok("card.ports", "no refused port is known", **facts)


def _recover(asked: Asked) -> str:
    if asked.link_is_lost or asked.program is None:
        return POWER_CYCLE
    first = f"stop every program that uses the card, then: {asked.program} reboot -d 0"
    return f"{first}; if it stays so: {POWER_CYCLE}"
