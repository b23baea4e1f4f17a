"""One unit of a console outside an answer: a log line, a bar, a library line, or a plain line.

Shared by the dialects whose runners print the vendor's ``sample_log.h`` and ``cqdm.cpp`` lines.
"""

import re

from axchat.console import faults
from axchat.console.buffer import MAX_UNIT_BYTES
from axchat.console.dialects.base import AGAIN, Console, Reading
from axchat.console.events import Closed, ConsoleLine, RunnerLog, RuntimeLog
from axchat.console.grammar import BAR, COLOUR, LOG, RUNTIME
from axchat.console.patterns import Pattern
from axchat.console.states import State
from axchat.events import LoadProgress, TextDelta


def read_item(console: Console) -> Reading:
    """One log line, bar, library line, colour change or plain line outside an answer."""
    data = console.buffer.data
    if not data:
        return closed(console, in_turn=False) if console.is_at_end else None
    if log := LOG.match(data):
        return take_log(console, log)
    if bar := BAR.match(data):
        return _take_bar(console, bar)
    if runtime := RUNTIME.match(data):
        return take_runtime(console, runtime)
    if is_unfinished(console, (LOG, BAR, RUNTIME, COLOUR)):
        return None
    if colour := COLOUR.match(data):
        console.buffer.take(colour.end())
        return AGAIN
    return _take_line(console)


def is_unfinished(console: Console, patterns: tuple[Pattern, ...]) -> bool:
    """Whether more bytes may complete one of these; never at the end of file or past the size limit."""
    data = console.buffer.data
    if console.is_at_end or len(data) > MAX_UNIT_BYTES:
        return False
    return any(pattern.may_begin(data) for pattern in patterns)


def _take_line(console: Console) -> Reading:
    """A plain line, or what stands before a colour change glued to it."""
    data = console.buffer.data
    newline, escape = data.find(b"\n"), data.find(b"\x1b", 1)
    if newline < 0 and escape < 0 and not console.is_at_end and len(data) <= MAX_UNIT_BYTES:
        return None
    ends = [at for at in (newline + 1 if newline >= 0 else -1, escape) if at > 0]
    raw = console.buffer.take(min(ends, default=len(data)))
    text = raw.decode(errors="replace").strip("\r\n")
    return ConsoleLine(text) if text.strip() else AGAIN


def _take_bar(console: Console, bar: re.Match[bytes]) -> Reading:
    text = bar["text"].decode(errors="replace").strip()
    cmm = re.search(r"remain_cmm\((\d+) MB\)", text)
    progress = LoadProgress(int(bar["done"]), int(bar["total"]), text, int(cmm[1]) if cmm else None)
    console.buffer.take(bar.end())
    return progress


def take_log(console: Console, found: re.Match[bytes]) -> Reading:
    """Consume a log line; the fault it names, if any, comes after it."""
    message = found["message"].decode(errors="replace").strip()
    log = RunnerLog(found["level"].decode(), found["function"].decode(), int(found["line"]), message)
    console.buffer.take(found.end())
    if fault := faults.fault_of_runner(log):
        console.queue.append(fault)
    if ttft := re.fullmatch(r"ttft: ([0-9.]+) ms", message):
        console.ttft_ms = float(ttft[1])
    return log


def take_runtime(console: Console, found: re.Match[bytes]) -> Reading:
    """Consume a library line; the fault it names, if any, comes after it."""
    level, module, function, message = (
        found[name].decode(errors="replace") for name in ("level", "module", "function", "message")
    )
    log = RuntimeLog(level, module, function, message)
    console.buffer.take(found.end())
    if fault := faults.fault_of_runtime(log):
        console.queue.append(fault)
    return log


def closed(console: Console, *, in_turn: bool) -> Reading:
    """The end of file: what is left of a cut character first."""
    if rest := console.text.finish():
        return TextDelta(rest)
    console.go(State.CLOSED)
    return Closed(in_turn)
