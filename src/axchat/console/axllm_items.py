"""One unit of an ``axllm`` console outside an answer: a log line, a bar, a library line, or a plain line."""

import re

from axchat.console.axllm_lines import BAR, CLEARED, LOG, PLAIN_BAR, PLAIN_LOG
from axchat.console.base import AGAIN, Console, Reading
from axchat.console.grammar import COLOUR, RUNTIME
from axchat.console.items import closed, is_unfinished, line_end, take_bar, take_line, take_log, take_runtime
from axchat.console.patterns import Pattern

_GLUED_LOG = re.compile(rb"\d\d:\d\d:\d\d\.\d{3} [A-Z]{3} [^ :\r\n]*:\d+ \| ")


def read_coloured_item(console: Console) -> Reading:
    """One unit of a console with colours."""
    return _read_item(console, LOG, BAR)


def read_plain_item(console: Console) -> Reading:
    """One unit of a console without colours, where log lines may be glued to what stands before them."""
    return _read_item(console, PLAIN_LOG, PLAIN_BAR)


def _read_item(console: Console, log: Pattern, bar: Pattern) -> Reading:
    data = console.buffer.data
    if not data:
        return closed(console, in_turn=False) if console.is_at_end else None
    if found := log.match(data):
        return take_log(console, found)
    if found := bar.match(data):
        glued = _GLUED_LOG.search(data, found.start("text"), found.end("text"))
        return take_bar(console, found, glued.start() if glued else found.end())
    if found := RUNTIME.match(data):
        return take_runtime(console, found)
    if is_unfinished(console, (log, bar, RUNTIME)):
        return None
    for silent in (CLEARED, COLOUR):
        if found := silent.match(data):
            console.buffer.take(found.end())
            return AGAIN
    if is_unfinished(console, (CLEARED, COLOUR)):
        return None
    end = line_end(console)
    if end is None:
        return None
    glued = _GLUED_LOG.search(data, 1, end) if log is PLAIN_LOG else None
    return take_line(console, glued.start() if glued else end)
