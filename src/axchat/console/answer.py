"""Answer bytes, up to what may be their end; lines of the runner are cut out of them."""

import re

from axchat.console.base import Console, Reading
from axchat.console.buffer import MAX_UNIT_BYTES
from axchat.console.ending import begin_ending
from axchat.console.items import closed, take_text, take_unit

_CANDIDATE = re.compile(rb"[\n\x1b\[]")  # first bytes of every end and every line that is cut out
_LF = ord("\n")


def read_answering(console: Console) -> Reading:
    """Answer bytes, up to an end; error and library lines are cut out of them."""
    data = console.buffer.data
    if not data:
        return closed(console, in_turn=True) if console.is_at_end else None
    for candidate in _CANDIDATE.finditer(data):
        at = candidate.start()
        is_end = data[at] == _LF
        patterns = console.grammar.ends if is_end else console.grammar.cuts
        for pattern in patterns:
            if found := pattern.match(data, at):
                if at:
                    return take_text(console, at)
                return begin_ending(console, found) if is_end else take_unit(console, pattern, found)
        if console.is_at_end or len(data) - at >= MAX_UNIT_BYTES:
            continue
        if any(pattern.may_begin(data, at) for pattern in patterns):
            return take_text(console, at) if at else None
    return take_text(console, len(data))
