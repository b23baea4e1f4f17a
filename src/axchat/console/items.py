"""One unit of a console outside an answer: a log line, a bar, a library line, or a plain line.

Shared by the dialects whose runners print the vendor's ``sample_log.h`` and ``cqdm.cpp`` lines.
"""

import re

from axchat.console import faults, told
from axchat.console.base import AGAIN, Console, Reading
from axchat.console.buffer import MAX_UNIT_BYTES
from axchat.console.events import Closed, ConsoleLine, Fault, RunnerLog, RuntimeLog
from axchat.console.grammar import BAR, COLOUR, LOG, RUNTIME
from axchat.console.patterns import Pattern
from axchat.console.states import State
from axchat.events import LoadProgress, TextDelta

_LEVELS = {level.encode(): level for level in "EWIND"} | {
    b"EMG": "E",
    b"ALT": "E",
    b"CRT": "E",
    b"ERR": "E",
    b"WRN": "W",
    b"NTC": "N",
    b"INF": "I",
    b"DBG": "D",
}


def read_item(console: Console) -> Reading:
    """One log line, bar, library line, colour change or plain line outside an answer."""
    data = console.buffer.data
    if not data:
        return closed(console, in_turn=False) if console.is_at_end else None
    if log := LOG.match(data):
        return take_log(console, log)
    if bar := BAR.match(data):
        return take_bar(console, bar, bar.end())
    if runtime := RUNTIME.match(data):
        return take_runtime(console, runtime)
    if is_unfinished(console, (LOG, BAR, RUNTIME, COLOUR)):
        return None
    if colour := COLOUR.match(data):
        console.buffer.take(colour.end())
        return AGAIN
    return take_plain(console)


def is_unfinished(console: Console, patterns: tuple[Pattern, ...]) -> bool:
    """Whether more bytes may complete one of these; never at the end of file or past the size limit."""
    data = console.buffer.data
    if console.is_at_end or len(data) > MAX_UNIT_BYTES:
        return False
    return any(pattern.may_begin(data) for pattern in patterns)


def take_plain(console: Console) -> Reading:
    """A plain line, or what stands before a colour change glued to it."""
    end = line_end(console)
    return None if end is None else take_line(console, end)


def line_end(console: Console) -> int | None:
    """Where the plain line at the start of the buffer ends, None while that is open."""
    data = console.buffer.data
    newline, escape = data.find(b"\n"), data.find(b"\x1b", 1)
    ends = [at for at in (newline + 1, escape) if at > 0]
    if not ends and not console.is_at_end and len(data) <= MAX_UNIT_BYTES:
        return None
    return min(ends, default=len(data))


def take_line(console: Console, count: int) -> Reading:
    """Consume this many bytes as a plain line; an empty one is nothing."""
    text = console.buffer.take(count).decode(errors="replace").strip("\r\n")
    if not text.strip():
        return AGAIN
    if console.state is State.BOOTING:
        console.limits = told.limits_with(console.limits, text)
    return ConsoleLine(text)


def take_bar(console: Console, bar: re.Match[bytes], end: int) -> Reading:
    """Consume a progress bar that ends here."""
    text = bar.string[bar.start("text") : end].split(b"\x1b")[0].decode(errors="replace").strip()
    cmm = re.search(r"remain_cmm\((\d+) MB\)", text)
    console.limits = told.limits_with(console.limits, text)
    progress = LoadProgress(int(bar["done"]), int(bar["total"]), text, int(cmm[1]) if cmm else None)
    console.buffer.take(end)
    return progress


def take_log(console: Console, found: re.Match[bytes]) -> Reading:
    """Consume a log line; what it tells besides, a fault or the context's state, comes after it."""
    message = found["message"].decode(errors="replace").strip()
    level = _LEVELS.get(found["level"], "I")
    log = RunnerLog(level, found["function"].decode(errors="replace"), int(found["line"]), message)
    console.buffer.take(found.end())
    fault = faults.fault_of_runner(log)
    if fault:
        console.queue.append(fault)
    if context := told.context_in(message):
        console.queue.append(context)
    if console.state is State.BOOTING:
        console.limits = told.limits_with(console.limits, message)
    elif console.state is State.PREFILL:
        _note(console, log, fault)
    return log


def _note(console: Console, log: RunnerLog, fault: Fault | None) -> None:
    """Keep what a log line before an answer says of the turn."""
    console.has_log = True
    if (ttft_ms := told.ttft_in(log.message)) is not None:
        console.ttft_ms = ttft_ms
    if log.level == "E" and console.failure is None:
        console.failure = log.message
    if fault and fault.overflow and console.overflow is None:
        console.overflow = fault.overflow


def take_unit(console: Console, pattern: Pattern, found: re.Match[bytes]) -> Reading:
    """Consume a line of the runner or of its library."""
    return take_runtime(console, found) if pattern is RUNTIME else take_log(console, found)


def runtime_log(found: re.Match[bytes]) -> RuntimeLog:
    """The library line that ``RUNTIME`` found."""
    level, module, function, message = (
        found[name].decode(errors="replace") for name in ("level", "module", "function", "message")
    )
    return RuntimeLog(level, module, function, message)


def take_runtime(console: Console, found: re.Match[bytes]) -> Reading:
    """Consume a library line; the fault it names, if any, comes after it."""
    log = runtime_log(found)
    console.buffer.take(found.end())
    if fault := faults.fault_of_runtime(log):
        console.queue.append(fault)
    return log


def take_text(console: Console, count: int) -> Reading:
    """Consume answer bytes; the start of a cut character waits for its end."""
    text = console.text.decode(console.buffer.take(count))
    return TextDelta(text) if text else AGAIN


def closed(console: Console, *, in_turn: bool) -> Reading:
    """The end of file: what is left of a cut character first."""
    if rest := console.text.finish():
        return TextDelta(rest)
    console.go(State.CLOSED)
    return Closed(in_turn)
