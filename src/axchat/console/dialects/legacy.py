r"""The ``legacy`` dialect: ``main_axcl_*`` with ``--prompt`` and ``--continue``, marker ``>> ``.

Sources: vendor main.cpp and LLM.hpp of branches axcl-llm, axcl-llm-prefill and
axcl-llm-multi-device; recorded sessions 01 to 62.

The end of an answer is ``LF LF`` and a purple ``[N][ Run][ 610]: hit eos,avg F token/s`` line, printed
whatever the reason (one LF in builds before December 2024). A model can write the same bytes, so an end
line is only believed when nothing but the runner's own words follows until silence or the end of file.
"""

import math
import re

from axchat.console.buffer import MAX_UNIT_BYTES
from axchat.console.dialects.base import AGAIN, Console, Dialect, Reading
from axchat.console.events import Ready, RunnerLog, TurnEnded
from axchat.console.grammar import BAR, ERROR_LOG, LOG, PLAIN_LOG, RUNTIME
from axchat.console.items import closed, is_unfinished, read_item, take_log, take_runtime
from axchat.console.patterns import Pattern, literal
from axchat.console.states import State
from axchat.events import TextDelta

_MARKER = b">> "
_QUIT = b"q\n"
_BANNER = b'Type "q" to exit, Ctrl+c to stop current running\n'
_INIT_OK = "LLM init ok"

BANNER_AND_MARKER = Pattern(*literal(_BANNER + _MARKER))

END = Pattern(
    rb"\n",
    rb"\n?",
    *literal(b"\x1b[1;30;35m[N]["),
    rb" *",
    *literal(b"Run]["),
    rb" *",
    rb"\d+",
    *literal(b"]: hit eos,avg "),
    rb"(?P<rate>[0-9.naif-]+)",  # also nan, -nan, inf; one repetition, see Pattern
    *literal(b" token/s\n\x1b[0m\n"),
)

_LATE_TAIL = re.compile(rb"\n(?:" + re.escape(_BANNER) + b")?(?:" + re.escape(_MARKER) + rb"(?:q\n)?)?\Z")

_CANDIDATE = re.compile(rb"[\n\x1b\[]")


def encode_turn(text: str) -> bytes:
    """The prompt as one line; the caller has checked that it is one."""
    return text.encode() + b"\n"


def read_booting(console: Console) -> Reading:
    """Log lines, bars and banners until the marker, or until a one-shot answer begins."""
    data = console.buffer.data
    if banner := BANNER_AND_MARKER.match(data):
        console.buffer.take(banner.end())
        console.go(State.READY)
        return Ready()
    if BANNER_AND_MARKER.may_begin(data) and data and not console.is_at_end:
        return None
    reading = read_item(console)
    if isinstance(reading, RunnerLog) and reading.message == _INIT_OK and console.one_shot:
        console.go(State.PREFILL)
    return reading


def read_ready(console: Console) -> Reading:
    """What comes while no turn is under way: library lines, exit lines, a repeated marker."""
    for known in (_MARKER, _BANNER):
        if console.buffer.data.startswith(known):
            console.buffer.take(len(known))
            return AGAIN
    return read_item(console)


def read_prefill(console: Console) -> Reading:
    """Echo, the ttft line, errors and (without live printing) token bars, before the first answer byte."""
    data = console.buffer.data
    if console.echo:
        if console.echo.startswith(data) and not data.startswith(console.echo) and not console.is_at_end:
            return None
        if data.startswith(console.echo):
            console.buffer.take(len(console.echo))
        console.echo = b""
        return AGAIN
    if not data:
        return closed(console, in_turn=True) if console.is_at_end else None
    if console.live_print is not True and (bar := BAR.match(data)):
        console.buffer.take(bar.end())
        console.live_print = False
        return AGAIN
    if log := LOG.match(data):
        level, message = log["level"], log["message"]
        if level in b"EW" or message.startswith(b"ttft:"):
            return take_log(console, log)
    elif runtime := RUNTIME.match(data):
        return take_runtime(console, runtime)
    elif is_unfinished(console, (BAR, LOG, RUNTIME)):
        return None
    console.go(State.ANSWERING)
    return AGAIN


def read_answering(console: Console) -> Reading:
    """Answer bytes, up to an end line; error and library lines are cut out of them."""
    data = console.buffer.data
    if not data:
        return closed(console, in_turn=True) if console.is_at_end else None
    held = len(data)
    for candidate in _CANDIDATE.finditer(data):
        at = candidate.start()
        byte = data[at]
        pattern = END if byte == ord("\n") else RUNTIME if byte == ord("[") else ERROR_LOG
        if found := pattern.match(data, at):
            if at:
                return _take_text(console, at)
            return _take_found(console, pattern, found)
        if not console.is_at_end and len(data) - at < MAX_UNIT_BYTES and pattern.may_begin(data, at):
            held = at
            break
    return _take_text(console, held) if held else None


def read_ending(console: Console) -> Reading:
    """What follows an end line proves it, refutes it, or leaves it open.

    A real one is followed by the banner of a one-shot turn, the marker, an echoed quit and log lines, in
    whatever number, and by nothing else. What was read of it is not read again when more comes.
    """
    data = console.buffer.data
    end = END.match(data)
    assert end is not None, "ENDING starts at an end line"
    at = max(console.tail_at, end.end())
    while (after := _after_tail_item(console, data, at)) > at:
        at = after
    console.tail_at = at
    is_whole = at == len(data)
    if is_whole or (_may_be_tail(console, data, at) and len(data) - end.end() < MAX_UNIT_BYTES):
        if not (console.is_at_end or (console.is_silent and is_whole and console.has_marker)):
            return None
        _remember_rate(console, end)
        console.buffer.take(end.end())
        return _end_turn(console, is_ready=console.has_marker)
    _forget_tail(console)
    console.go(State.ANSWERING)
    return _take_text(console, 1)


def _after_tail_item(console: Console, data: bytes, at: int) -> int:
    """Where the next item of a tail ends; ``at`` when there is none."""
    for pattern in (RUNTIME, PLAIN_LOG):
        if found := pattern.match(data, at):
            return found.end()
    if console.has_marker:
        return at + len(_QUIT) if data.startswith(_QUIT, at) else at
    if data.startswith(_MARKER, at):
        console.has_marker = True
        return at + len(_MARKER)
    return at + len(_BANNER) if data.startswith(_BANNER, at) else at


def _may_be_tail(console: Console, data: bytes, at: int) -> bool:
    """Whether the rest may become an item of a tail."""
    rest = data[at:]
    fixed = (_QUIT,) if console.has_marker else (_MARKER, _BANNER)
    return (
        any(text.startswith(rest) for text in fixed)
        or RUNTIME.may_begin(data, at)
        or PLAIN_LOG.may_begin(data, at)
    )


def _forget_tail(console: Console) -> None:
    console.tail_at, console.has_marker = 0, False


def read_late_answer(console: Console) -> Reading:
    """``--live_print 0``: the answer, one LF, then the marker or the end of file."""
    data = console.buffer.data
    if not console.is_at_end and not (console.is_silent and data.endswith(_MARKER)):
        return None
    tail = _LATE_TAIL.search(data)
    text = data[: tail.start() if tail else len(data)]
    rest = data[len(text) + 1 :] if tail else b""
    console.buffer.take(len(data))
    console.buffer.data += rest
    if text:
        console.queue.append(TextDelta(console.text.decode(text)))
    return _end_turn(console, is_ready=_MARKER in rest)


def read_closed(console: Console) -> Reading:
    """Nothing comes any more, whatever is left in the buffer."""
    console.buffer.take(len(console.buffer.data))
    return None


def _end_turn(console: Console, *, is_ready: bool) -> Reading:
    """Queue the rest of the text, the statistics and, where the marker stands, readiness.

    What else stands in the tail, library lines around the marker for example, is read as READY reads.
    """
    if rest := console.text.finish():
        console.queue.append(TextDelta(rest))
    console.queue.append(TurnEnded(console.tokens_per_s, console.ttft_ms))
    if is_ready:
        console.queue.append(Ready())
    console.ttft_ms = console.tokens_per_s = None
    _forget_tail(console)
    console.go(State.READY)
    return AGAIN


def _take_found(console: Console, pattern: Pattern, found: re.Match[bytes]) -> Reading:
    """Handle a complete unit at the start of the buffer while answering."""
    if pattern is RUNTIME:
        return take_runtime(console, found)
    if pattern is ERROR_LOG:
        return take_log(console, found)
    if console.live_print is False:
        _remember_rate(console, found)
        console.buffer.take(found.end())
        console.go(State.LATE_ANSWER)
    else:
        console.go(State.ENDING)
    return AGAIN


def _take_text(console: Console, count: int) -> Reading:
    text = console.text.decode(console.buffer.take(count))
    return TextDelta(text) if text else AGAIN


def _remember_rate(console: Console, end: re.Match[bytes]) -> None:
    try:
        rate = float(end["rate"])
    except ValueError:  # characters of numbers that make none
        rate = math.nan
    console.tokens_per_s = rate if math.isfinite(rate) and rate >= 0 else None


LEGACY = Dialect(
    name="legacy",
    readers={
        State.BOOTING: read_booting,
        State.READY: read_ready,
        State.PREFILL: read_prefill,
        State.ANSWERING: read_answering,
        State.ENDING: read_ending,
        State.LATE_ANSWER: read_late_answer,
        State.CLOSED: read_closed,
    },
    encode_turn=encode_turn,
    quit=_QUIT,
)
