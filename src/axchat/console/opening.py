"""From a typed line to the first byte of its answer: echo, second markers, log lines, failed turns."""

from axchat.console.base import AGAIN, ELSE, Console, PerhapsReading, Reading
from axchat.console.ending import idle_marker
from axchat.console.events import AttachmentAsked, TurnFailed
from axchat.console.grammar import BAR, RUNTIME
from axchat.console.items import closed, is_unfinished, take_runtime, take_unit
from axchat.console.states import State


def read_prefill(console: Console) -> Reading:
    """Echo, question for files, log lines and (without live printing) token bars, before the answer."""
    if console.echo:
        return read_echo(console)
    data = console.buffer.data
    if not data:
        return closed(console, in_turn=True) if console.is_at_end else None
    for read in (_read_asking, _read_failed):
        if (reading := read(console)) is not ELSE:
            return reading
    lines = console.grammar.before if console.ttft_ms is None else console.grammar.cuts
    for pattern in lines:
        if found := pattern.match(data):
            return take_unit(console, pattern, found)
    may_have_bars = console.grammar.late_tail is not None and console.live_print is not True
    if may_have_bars and (bar := BAR.match(data)):
        console.buffer.take(bar.end())
        console.live_print = False
        return AGAIN
    if is_unfinished(console, (*lines, BAR) if may_have_bars else lines):
        return None
    console.go(State.ANSWERING)
    return AGAIN


def read_echo(console: Console) -> Reading:
    """What was typed comes back; a line of the library may stand before it."""
    data, echo = console.buffer.data, console.echo
    if data.startswith(echo):
        console.buffer.take(len(echo))
        console.echo = b""
        return AGAIN
    if echo.startswith(data) and not console.is_at_end:
        return None
    if runtime := RUNTIME.match(data):
        return take_runtime(console, runtime)
    if is_unfinished(console, (RUNTIME,)):
        return None
    console.echo = b""
    return AGAIN


def _read_asking(console: Console) -> PerhapsReading:
    """A second marker, before everything else.

    A runner that has not said that it asks is only believed when it waits behind its marker.
    """
    if not console.may_ask or console.has_log:
        return ELSE
    data, asks = console.buffer.data, console.grammar.asks
    asked = next((marker for marker in asks if data.startswith(marker)), None)
    if asked is None:
        is_cut = any(marker.startswith(data) for marker in asks)
        return None if is_cut and not console.is_at_end else ELSE
    if not (console.grammar.always_asks or console.has_vision):
        if data != asked or console.is_at_end:
            return ELSE
        console.needs_silence = True
        if not console.is_silent:
            return None
    console.buffer.take(len(asked))
    console.may_ask = False
    console.go(State.ATTACHING)
    return AttachmentAsked(asked.decode().partition(" ")[0])


def _read_failed(console: Console) -> PerhapsReading:
    """The marker instead of an answer; a forged one is refuted by what follows it.

    Errors may have gone to standard error. Where each answer has a ttft line, a marker after log lines
    and without one is enough; READY reads the marker.
    """
    can_fail = console.failure is not None or (console.grammar.has_ttft and console.has_log)
    if not can_fail or console.ttft_ms is not None:
        return ELSE
    is_marker = idle_marker(console)
    if is_marker is None:
        return None
    if not is_marker:
        return ELSE
    console.go(State.READY)
    return TurnFailed(console.failure or "", console.overflow)


def read_attaching(console: Console) -> Reading:
    """What comes while the runner waits for paths: lines of the library."""
    if not console.buffer.data:
        return closed(console, in_turn=True) if console.is_at_end else None
    return console.grammar.read_item(console)
