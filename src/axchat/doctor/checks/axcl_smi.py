"""Does the card answer? Asks ``axcl-smi`` once, safely, and judges by what it prints.

Its exit code is 0 in every case (V3.10.2, observed), it can hang for 50 s on a dead card and print 100 MB
in 5 s on another, so it runs with limits.
"""

from axchat.axcl.codes import error_for
from axchat.axcl.names import PORT_ALLOCATE
from axchat.axcl.smi import Card, SmiReport, parse_smi
from axchat.doctor.card import NO_CARD, NODES, find_cards, is_loading
from axchat.doctor.child import OUTPUT_LIMIT_BYTES, RunResult
from axchat.doctor.probes import Access, Probes
from axchat.doctor.result import CheckResult, Context, Status
from axchat.errors import DeviceError, DevicePermission, NoDevice

TIMEOUT_S = 10.0  # a healthy run takes 1 to 2 s; a refused port 50 s
IDLE_CMM_MIB = 18  # used on every idle card seen, 4 and 8 GB, V2.18 to V3.10
_FALLBACK = "/usr/bin/axcl/axcl-smi"  # only login shells have this directory on PATH
_NO_DEVICE, _BUSY, _FAILED = 5, 7, 8  # exit statuses, docs/exit-codes.md
_ID, _MEMORY_ID = "card.answers", "card.memory"


def check(probes: Probes, context: Context) -> list[CheckResult]:
    """``card.answers`` and, when a card answered, ``card.memory``."""
    del context
    cards = find_cards(probes)
    if not cards:
        return [CheckResult(_ID, Status.SKIP, NO_CARD)]
    if is_loading(probes):
        return [CheckResult(_ID, Status.SKIP, "the driver is still starting the card")]
    if any(card.off_the_bus or card.was_reset for card in cards):
        return [
            CheckResult(_ID, Status.SKIP, "the link to the card is lost; asking it could hang the machine")
        ]
    if probes.access(next(iter(NODES))) is not Access.OK:
        return [CheckResult(_ID, Status.SKIP, "the card's nodes cannot be opened")]
    program = probes.which("axcl-smi") or (_FALLBACK if probes.exists(_FALLBACK) else None)
    if program is None:
        return [
            CheckResult(
                _ID,
                Status.WARN,
                "axcl-smi is not installed, so the card was not asked",
                "The package that brings it also brings the libraries that every runner needs.",
                "sudo apt install --reinstall axclhost",
            )
        ]
    run = probes.run([program], TIMEOUT_S, OUTPUT_LIMIT_BYTES)
    return _judge(program, run, parse_smi(run.output), len(cards))


def _judge(program: str, run: RunResult, report: SmiReport, expected: int) -> list[CheckResult]:
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
    return [_answered(report, facts), _memory(report, program)]


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
        meaning = "; ".join(str(cause) for cause in _listed(error.facts["causes"]))
        return _fail(error.message, meaning, hint, facts, error.exit_status)
    return None


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
    mixed = [c.firmware for c in report.cards if report.version and not _same(c.firmware, report.version)]
    if mixed:
        return CheckResult(
            _ID,
            Status.WARN,
            f"{summary}; axcl-smi is {report.version}",
            "Firmware and host package differ in version: runners may fail in odd ways.",
            "install one version of the host package, then switch the power off for ten seconds",
            facts,
        )
    if any(card.temperature_c is None or card.cmm_used_mib is None for card in report.cards):
        meaning = "The card let a query time out; a busy card does that now and then, a dying one always."
        return CheckResult(_ID, Status.WARN, summary, meaning, "run again: axchat doctor", facts)
    return CheckResult(_ID, Status.OK, summary, facts=facts)


def _same(firmware: str, version: str) -> bool:
    return firmware == "--" or version == firmware or version.startswith(f"{firmware}_")


def _described(card: Card) -> str:
    heat = "temperature unknown" if card.temperature_c is None else f"{card.temperature_c} °C"
    return f"card {card.index} answers: {card.name} at {card.bus_id}, firmware {card.firmware}, {heat}"


def _card_facts(card: Card) -> dict[str, object]:
    return {name: getattr(card, name) for name in card.__slots__}


def _memory(report: SmiReport, program: str) -> CheckResult:
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
    if all((c.cmm_used_mib or 0) <= IDLE_CMM_MIB for c in report.cards):
        return CheckResult(_MEMORY_ID, Status.OK, f"{summary} (idle)", facts=facts)
    if report.processes:
        who = ", ".join(f"{p.pid} {p.name}".strip() for p in report.processes[:5])
        meaning = (
            f"An idle card uses {IDLE_CMM_MIB} MiB. The card is held by: {who}. A loaded model is no fault."
        )
        hint = f"to free it, end the program, for example: kill {report.processes[0].pid}"
    else:
        meaning = (
            f"An idle card uses {IDLE_CMM_MIB} MiB, and no process shows: an ended one left memory behind."
        )
        hint = f"{program} reboot -d {report.cards[0].index}"
    return CheckResult(_MEMORY_ID, Status.WARN, summary, meaning, hint, facts)
