"""Does the card answer? Judges what ``axcl-smi`` printed: answer, temperature, memory."""

from axchat.axcl.codes import error_for
from axchat.axcl.names import DEVICE_OPEN, PORT_ALLOCATE
from axchat.axcl.smi import Card, SmiReport
from axchat.doctor.asking import TIMEOUT_S, ask
from axchat.doctor.child import RunResult
from axchat.doctor.probes import Probes
from axchat.doctor.processes import find_runners
from axchat.doctor.result import CheckResult, Context, Status
from axchat.errors import DeviceError, DevicePermission, NoDevice

IDLE_CMM_MIB = 18  # used on every idle card seen, 4 and 8 GB, V2.18 to V3.10
_SLACK_MIB = 14  # another firmware may need a little more; a model takes hundreds
_HOT_C = 90  # closed cases run at 75 to 81; the card resets itself at 120
_NO_DEVICE, _PERMISSION, _BUSY, _FAILED = 5, 6, 7, 8  # exit statuses, docs/exit-codes.md
_ID, _MEMORY_ID, _HEAT_ID = "card.answers", "card.memory", "card.temperature"


def check(probes: Probes, context: Context) -> list[CheckResult]:
    """``card.answers`` and, when a card answered, ``card.temperature`` and ``card.memory``."""
    del context
    asked = ask(probes)
    if asked.run is None or asked.program is None:
        if "not installed" not in asked.refusal:
            return [CheckResult(_ID, Status.SKIP, asked.refusal)]
        return [
            CheckResult(
                _ID,
                Status.WARN,
                asked.refusal,
                "The package that brings it also brings the libraries that every runner needs.",
                "sudo apt install --reinstall axclhost",
            )
        ]
    return _judge(probes, asked.program, asked.run, asked.report, asked.expected)


def _judge(
    probes: Probes, program: str, run: RunResult, report: SmiReport, expected: int
) -> list[CheckResult]:
    facts: dict[str, object] = {
        "program": program,
        "version": report.version,
        "codes": [f"0x{code:08x}" for code in report.codes],
        "log": list(report.log[:10]),
        "left_running": run.left_pid,
    }
    trouble = _not_run(run, report, facts) or _no_answer(run, report, facts)
    if trouble:
        return [trouble]
    if len(report.cards) < expected:
        return [_silent(report, expected, facts)]
    return [_answered(report, facts), _heat(report), _memory(probes, report, program)]


def _fail(summary: str, meaning: str, hint: str, facts: dict[str, object], status: int) -> CheckResult:
    return CheckResult(_ID, Status.FAIL, summary, meaning, hint, facts, status)


def _not_run(run: RunResult, report: SmiReport, facts: dict[str, object]) -> CheckResult | None:
    if run.error or not run.found:
        return _fail(
            f"axcl-smi cannot be started: {run.error or 'not found'}",
            "The AXCL host package is damaged or made for another kind of machine.",
            "sudo apt install --reinstall axclhost",
            facts,
            _NO_DEVICE,
        )
    if "error while loading shared libraries" in run.output:
        library = run.output.partition("shared libraries: ")[2].partition(":")[0][:80]
        return _fail(
            f"axcl-smi lacks a library: {library}",
            "The loader does not know /usr/lib/axcl; every runner would fail the same way.",
            "sudo ldconfig; check that /etc/ld.so.conf.d/axcl.conf says /usr/lib/axcl",
            facts,
            _NO_DEVICE,
        )
    if report.already_running:
        return CheckResult(
            _ID,
            Status.WARN,
            "another axcl-smi is running, so the card was not asked",
            "It allows only one at a time; one that hangs on a dead card keeps the others out.",
            "wait a minute, then: axchat doctor; to see who holds the lock: ipcs -m -p",
            facts,
        )
    return None


def _no_answer(run: RunResult, report: SmiReport, facts: dict[str, object]) -> CheckResult | None:
    if run.truncated:
        return _fail(
            "axcl-smi printed errors without end: the card does not take messages",
            "The card's own software crashed or its link is bad.",
            _ladder(facts),
            facts,
            _FAILED,
        )
    if run.timed_out:
        left = f" Process {run.left_pid} is stuck in the kernel and ends by itself." if run.left_pid else ""
        return _fail(
            f"axcl-smi gave no answer in {TIMEOUT_S:.0f} s",
            f"A live card answers in 2 s; an attempt on a dead one blocks 50 s and leaks ports.{left}",
            _ladder(facts),
            facts,
            _FAILED,
        )
    if report.init_code is not None:
        error = error_for(report.init_code, context=run.output)
        hint = _hint_for(error, facts)
        if "errno: 1 " in run.output and report.init_code == DEVICE_OPEN:
            return _forbidden(facts)
        meaning = "; ".join(str(cause) for cause in _listed(error.facts["causes"]))
        return _fail(error.message, meaning, hint, facts, error.exit_status)
    return None


def _forbidden(facts: dict[str, object]) -> CheckResult:
    """EPERM from open(): device rules of a container or a service, never the node's mode."""
    return _fail(
        "this process may not open /dev/axcl_host, whatever the node's mode says",
        "A container's or a service's device rules forbid it.",
        "allow it there: DeviceAllow=/dev/axcl_host rw in a service, --device /dev/axcl_host for a container",
        facts,
        _PERMISSION,
    )


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _ladder(facts: dict[str, object]) -> str:
    return (
        f"stop every program that uses the card, then: {facts['program']} reboot -d 0;"
        " if it stays so, switch the power off for ten seconds"
    )


def _hint_for(error: DeviceError, facts: dict[str, object]) -> str:
    if isinstance(error, DevicePermission):
        return "a container, a service (DeviceAllow=) or SELinux keeps this process from the card's nodes"
    if isinstance(error, NoDevice):
        return "sudo dmesg | grep -i -e axcl -e ax_pcie"
    return _ladder(facts)


def _silent(report: SmiReport, expected: int, facts: dict[str, object]) -> CheckResult:
    log = "\n".join(report.log)
    count = f"axcl-smi lists {len(report.cards)} of {expected} cards"
    if "request 0 port" in log:
        meaning = "All its ports are taken, by programs or by earlier time-outs that leaked four each."
        hint = "stop every program that uses the card; if that is not enough: sudo reboot"
        return _fail(f"{count}: no port left", meaning, hint, facts, _BUSY)
    if "request ports" in log or PORT_ALLOCATE in report.codes:
        error = error_for(PORT_ALLOCATE, context=log)
        meaning = "The card is dead or still starting. No rights are missing, whatever the log line says."
        return _fail(f"{count}: {error.message}", meaning, _ladder(facts), facts, error.exit_status)
    if "open pci msg dev fail" in log:
        meaning = "/dev/msg_userdev is missing or closed to this user."
        return _fail(f"{count}: no message port", meaning, "see driver.nodes above", facts, _NO_DEVICE)
    meaning = "The driver knows the card, but the card does not answer it."
    what = "it failed the handshake" if "handshake" in log else "a card that does not answer is left out"
    return _fail(f"{count}: {what}", meaning, _ladder(facts), facts, _FAILED)


def _answered(report: SmiReport, facts: dict[str, object]) -> CheckResult:
    summary = "; ".join(_described(card) for card in report.cards)
    facts["cards"] = [_card_facts(card) for card in report.cards]
    if any(card.temperature_c is None or card.cmm_used_mib is None for card in report.cards):
        meaning = "The card let a query time out; a busy card does that now and then, a dying one always."
        return CheckResult(_ID, Status.WARN, summary, meaning, "run again: axchat doctor", facts)
    return CheckResult(_ID, Status.OK, summary, facts=facts)


def _described(card: Card) -> str:
    heat = "temperature unknown" if card.temperature_c is None else f"{card.temperature_c} °C"
    return f"card {card.index} answers: {card.name} at {card.bus_id}, firmware {card.firmware}, {heat}"


def _card_facts(card: Card) -> dict[str, object]:
    return {name: getattr(card, name) for name in card.__slots__}


def _heat(report: SmiReport) -> CheckResult:
    known = {card.index: card.temperature_c for card in report.cards if card.temperature_c is not None}
    facts: dict[str, object] = {"celsius": known}
    if not known:
        return CheckResult(_HEAT_ID, Status.SKIP, "no card told its temperature")
    told = ", ".join(f"card {index}: {heat} °C" for index, heat in known.items())
    if max(known.values()) >= _HOT_C:
        meaning = "At 120 °C the card resets itself and drops off the bus."
        hint = "give it air: a fan, a heat sink, an open case; then: axchat doctor"
        return CheckResult(_HEAT_ID, Status.WARN, f"hot: {told}", meaning, hint, facts)
    return CheckResult(_HEAT_ID, Status.OK, told, facts=facts)


def _memory(probes: Probes, report: SmiReport, program: str) -> CheckResult:
    facts: dict[str, object] = {
        "processes": [
            {"pid": p.pid, "name": p.name, "card": p.card, "kib": p.npu_memory_kib} for p in report.processes
        ]
    }
    used = [
        f"card {c.index}: {c.cmm_used_mib} of {c.cmm_total_mib} MiB in use"
        for c in report.cards
        if c.cmm_used_mib
    ]
    summary = "; ".join(used) or "card memory unknown"
    if not used:
        return CheckResult(_MEMORY_ID, Status.SKIP, summary, facts=facts)
    if all((c.cmm_used_mib or 0) <= IDLE_CMM_MIB + _SLACK_MIB for c in report.cards):
        return CheckResult(_MEMORY_ID, Status.OK, f"{summary} (idle)", facts=facts)
    who = [f"{p.pid} {p.name}".strip() for p in report.processes]
    who = who or [f"{p.pid} {p.name}" for p in find_runners(probes)]
    if who:
        summary = f"{summary}, by {', '.join(who[:5])}"
        return CheckResult(_MEMORY_ID, Status.OK, summary, facts=facts)
    meaning = f"An idle card uses {IDLE_CMM_MIB} MiB, and no process shows: an ended one left memory behind."
    hint = f"{program} reboot -d {report.cards[0].index}"
    return CheckResult(_MEMORY_ID, Status.WARN, summary, meaning, hint, facts)
