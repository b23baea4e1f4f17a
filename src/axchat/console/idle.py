"""A console where no turn is under way: at its marker, or answering a command."""

from axchat.console.base import AGAIN, Console, Reading
from axchat.console.ending import idle_marker
from axchat.console.events import Fault, FaultKind, Ready
from axchat.console.items import closed
from axchat.console.opening import read_echo
from axchat.console.states import State

MAX_IDLE_MARKERS = 20
"""More markers than this without anything typed are a runner whose input is at an end (facts 9.1)."""

ENDLESS_MARKERS = "the runner prints its marker for ever: its standard input is at an end"


def read_ready(console: Console) -> Reading:
    """Lines behind an answer, the marker, and what comes after it: library lines, exit lines."""
    data, grammar = console.buffer.data, console.grammar
    for text in grammar.words:
        if data.startswith(text):
            console.buffer.take(len(text))
            return AGAIN
    for marker in (grammar.marker, *grammar.asks):
        if data.startswith(marker):
            return take_marker(console, marker)
    return grammar.read_item(console)


def take_marker(console: Console, marker: bytes) -> Reading:
    """Consume a marker: the first since something was typed is readiness, too many are a fault."""
    console.buffer.take(len(marker))
    console.markers += 1
    if not console.is_ready:
        console.is_ready = True
        return Ready()
    if console.markers == MAX_IDLE_MARKERS + 1:
        return Fault(FaultKind.INPUT, ENDLESS_MARKERS)
    return AGAIN


def read_command(console: Console) -> Reading:
    """The lines that answer a command, which may hold anything, up to the marker."""
    if console.echo:
        return read_echo(console)
    if not console.buffer.data:
        return closed(console, in_turn=False) if console.is_at_end else None
    is_marker = idle_marker(console)
    if is_marker is None:
        return None
    if is_marker:
        console.go(State.READY)
        return take_marker(console, console.grammar.marker)
    return console.grammar.read_item(console)


def read_closed(console: Console) -> Reading:
    """Nothing comes any more, whatever is left in the buffer."""
    console.buffer.take(len(console.buffer.data))
    return None
