"""What ``axllm serve`` logs of an answer while HTTP says 200: its failure, and its end.

Facts: runner-console I 7 and III 5 and 6; recorded sessions axllm-s01 to s20.
"""

import re
from collections.abc import Iterable

from axchat.engines.server_faults import fault_in
from axchat.errors import DeviceFailed
from axchat.process.server_child import Line
from axchat.wire.axllm_serve import overflow

_OVERFLOW = re.compile(r"\bERR \S+ \| SetKVCache failed")
_DEVICE = re.compile(r"\bERR \S+ \| .*\bAX_ENGINE_Execute")
_CANCELLED = re.compile(r"\bWRN operator\(\):\d+ \| chat stream cancelled by client")
_REQUEST = re.compile(r"\bINF operator\(\):\d+ \| OpenAI chat request:")
_TURN_END = re.compile(r"\bINF GetKVCache:\d+ \| precompute_len:")


def raise_failure(lines: Iterable[Line]) -> None:
    """Raise for what the log says of an answer.

    Raises:
        DeviceFailed: the card failed.
        ContextOverflow: the context is full.
    """
    for line in lines:
        if line.is_stderr and _DEVICE.search(line.text):
            fault = fault_in(line.text)
            raise DeviceFailed(
                "the card failed in the middle of the answer; what follows would be garbage",
                hint="run: axchat doctor",
                line=fault.message if fault else line.text,
            )
        if line.is_stderr and _OVERFLOW.search(line.text):
            raise overflow()


def is_of_request(line: Line) -> bool:
    """Whether it shows that the server has seen the request."""
    return is_cancel_line(line) or (not line.is_stderr and _REQUEST.search(line.text) is not None)


def is_cancel_line(line: Line) -> bool:
    """Whether the server says that it has stopped an answer early: its client went, or its own time limit."""
    return line.is_stderr and _CANCELLED.search(line.text) is not None


def is_end_of_turn(line: Line) -> bool:
    """Whether an answer ended by itself; a cancelled one prints that too, just before its cancel line."""
    return (_OVERFLOW if line.is_stderr else _TURN_END).search(line.text) is not None
