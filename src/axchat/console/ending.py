"""What may be the end of an answer: proved, refuted or left open by what follows.

A model can write the bytes of an end. A real one is followed by the runner's own words and by nothing
else until silence or the end of file, so it is believed only then (runner-console 8, 9.1).
"""

import math
import re

from axchat.console.base import AGAIN, Console, Reading
from axchat.console.buffer import MAX_UNIT_BYTES
from axchat.console.events import TurnEnded
from axchat.console.grammar import RUNTIME
from axchat.console.items import take_text
from axchat.console.states import State
from axchat.events import TextDelta

_LATE_HELD_BYTES = 4 * 1024
_NEWLINES = 2


def begin_ending(console: Console, found: re.Match[bytes]) -> Reading:
    """An end stands at the start of the buffer: its end line, or lines of profiling before it."""
    console.has_marker = False
    console.has_end = "rate" in found.re.groupindex
    if console.has_end:
        _remember_rate(console, found)
    if console.live_print is False:
        console.buffer.take(found.end())
        console.go(State.LATE_ANSWER)
        return AGAIN
    console.tail_at = found.end()
    # lines of profiling stay for whoever reads the lines behind the answer
    console.end_at = found.end() if console.has_end else _NEWLINES
    console.go(State.ENDING)
    return AGAIN


def read_ending(console: Console) -> Reading:
    """What follows an end proves it, refutes it, or leaves it open.

    Behind it may stand log lines, the banner of a one-shot turn, the marker and an echoed quit, in
    whatever number, and nothing else. What was read of it is not read again when more comes.
    """
    data = console.buffer.data
    at = console.tail_at
    while (after := _after_tail_item(console, data, at)) > at:
        at = after
    console.tail_at = at
    is_whole = at == len(data)
    if is_whole or (len(data) - at < MAX_UNIT_BYTES // 2 and _may_be_tail(console, data, at)):
        console.needs_silence = is_whole and console.has_end and console.has_marker
        is_long = len(data) >= MAX_UNIT_BYTES  # so many markers or log lines: no model's words
        is_proven = console.is_at_end or is_long or (console.needs_silence and console.is_silent)
        if console.has_end and is_proven:
            return _end_turn(console, console.end_at)
        if not is_proven:
            return None
    console.go(State.ANSWERING)
    return take_text(console, 1)


def _after_tail_item(console: Console, data: bytes, at: int) -> int:
    """Where the next item of a tail ends; ``at`` when there is none."""
    grammar = console.grammar
    if not console.has_end:
        return _after_profile_item(console, data, at)
    for pattern in grammar.tail:
        if found := pattern.match(data, at):
            return found.end()
    if data.startswith(grammar.marker, at):
        console.has_marker = True
        return at + len(grammar.marker)
    return next((at + len(text) for text in _fixed(console) if data.startswith(text, at)), at)


def _after_profile_item(console: Console, data: bytes, at: int) -> int:
    """Where the next line of profiling, or the end line after them, ends."""
    grammar = console.grammar
    assert grammar.end_line is not None, "only with an end line of its own an end begins without it"
    assert grammar.profile is not None, "what it begins with then"
    if end_line := grammar.end_line.match(data, at):
        console.has_end = True
        _remember_rate(console, end_line)
        return end_line.end()
    profile = grammar.profile.match(data, at)
    return profile.end() if profile else at


def _may_be_tail(console: Console, data: bytes, at: int) -> bool:
    """Whether the rest may become an item of a tail."""
    grammar = console.grammar
    if console.has_end:
        rest = data[at:]
        patterns = grammar.tail
        if any(text.startswith(rest) for text in (grammar.marker, *_fixed(console))):
            return True
    else:
        patterns = tuple(pattern for pattern in (grammar.end_line, grammar.profile) if pattern)
    return any(pattern.may_begin(data, at) for pattern in patterns)


def _fixed(console: Console) -> tuple[bytes, ...]:
    """The fixed texts that may come next besides the marker."""
    return console.grammar.quits if console.has_marker else console.grammar.words


def read_late_answer(console: Console) -> Reading:
    """``--live_print 0``: the answer, one LF, then the marker or the end of file."""
    data = console.buffer.data
    late_tail = console.grammar.late_tail
    assert late_tail, "only runners with --live_print print an answer late"
    console.needs_silence = data.endswith(console.grammar.marker)
    if not console.is_at_end and not (console.is_silent and console.needs_silence):
        is_long = len(data) > MAX_UNIT_BYTES
        return take_text(console, len(data) - _LATE_HELD_BYTES) if is_long else None
    tail = late_tail.search(data, max(0, len(data) - _LATE_HELD_BYTES))
    text = data[: tail.start() if tail else len(data)]
    console.queue.append(TextDelta(console.text.decode(text)))
    return _end_turn(console, len(text) + bool(tail))


def _end_turn(console: Console, count: int) -> Reading:
    """Consume the end and tell the rest of the text and the statistics; READY reads what stands behind."""
    console.buffer.take(count)
    if rest := console.text.finish():
        console.queue.append(TextDelta(rest))
    console.queue.append(TurnEnded(console.tokens_per_s, console.ttft_ms))
    console.go(State.READY)
    return AGAIN


def _remember_rate(console: Console, end: re.Match[bytes]) -> None:
    try:
        rate = float(end["rate"])
    except ValueError:  # characters of numbers that make none
        rate = math.nan
    console.tokens_per_s = rate if math.isfinite(rate) and rate >= 0 else None


def idle_marker(console: Console) -> bool | None:
    """Whether the unread bytes are a marker where the runner waits: proven, refuted, or None while open.

    Lines of the library may stand behind it.
    """
    data, marker = console.buffer.data, console.grammar.marker
    if not data.startswith(marker):
        return None if marker.startswith(data) and not console.is_at_end else False
    at = len(marker)
    while found := RUNTIME.match(data, at):
        at = found.end()
    if at == len(data):
        console.needs_silence = True
        return True if console.is_silent or console.is_at_end or at >= MAX_UNIT_BYTES else None
    is_open = RUNTIME.may_begin(data, at) and not console.is_at_end and len(data) < MAX_UNIT_BYTES
    return None if is_open else False
