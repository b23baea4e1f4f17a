"""What ``axllm serve`` logs of an answer while HTTP says 200: its failure, and the end of a cancelled one.

Facts: runner-console I 7 and III 5 and 6; recorded sessions axllm-s01 to s20.
"""

import re
import threading
from collections.abc import Callable, Iterable

from axchat.deadline import Deadline
from axchat.engines.server_faults import fault_in
from axchat.errors import DeviceFailed, RunnerTimeout
from axchat.process.server_child import Line, ServerChild
from axchat.wire.axllm_serve import overflow

CANCEL_PATIENCE_S = 120.0
"""How long a cancelled answer may take to end: its prefill is never cut (80 s for 1,000 tokens)."""

LATE_LINE_S = 1.0
"""How long the cancel line may come after the end of the turn; they were 0 ms apart when recorded."""

LOOK_INTERVAL_S = 0.05
"""Longest wait between two looks whether a request that waits for the one before was cancelled itself.

A cancel may come from a signal handler, so it cannot notify whoever waits for a line.
"""

UNSEEN_S = 5.0
"""Without its request line for so long, the server never saw a request; 0.2 ms when recorded."""

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


def wait_for_cancelled(child: ServerChild, since: int, deadline: Deadline, woken: threading.Event) -> bool:
    """Wait until the server has let go of a cancelled answer; False when woken before.

    A request that comes before its cancel line gets the old answer's tokens (axllm-s11).

    Args:
        child: the server.
        since: where its log begins to tell of that answer.
        deadline: of the request that waits.
        woken: set when that request is cancelled itself.

    Raises:
        RunnerTimeout: it did not let go.
    """
    patience = Deadline(deadline.left(CANCEL_PATIENCE_S))
    is_taken = _wait_for_line(child, is_of_request, since, Deadline(patience.left(UNSEEN_S)), woken)
    while not woken.is_set() and is_taken and not _has_let_go(child, since, woken):
        if patience.is_over:
            raise RunnerTimeout(
                "axllm serve still works on the answer that was cancelled",
                hint="wait for it, or start again",
            )
        child.wait_for_more(child.mark, patience.left(LOOK_INTERVAL_S) or 0.0)
    return not woken.is_set()


def _wait_for_line(
    child: ServerChild,
    wanted: Callable[[Line], bool],
    since: int,
    patience: Deadline,
    woken: threading.Event,
) -> bool:
    """Whether such a line came in time; False also when woken."""
    while not woken.is_set():
        if child.wait_for(wanted, since, patience, LOOK_INTERVAL_S) is not None:
            return True
        if patience.is_over or child.exit_status is not None:
            return False
    return False


def _has_let_go(child: ServerChild, since: int, woken: threading.Event) -> bool:
    """Whether a cancelled answer has ended: by its cancel line, or by itself before the cancel came."""
    if child.exit_status is not None:
        return True
    lines = child.lines(since)
    if any(is_cancel_line(line) for line in lines):
        return True
    if any(is_end_of_turn(line) for line in lines):
        # a finished one, unlike a cancelled one, has nothing more to say
        _wait_for_line(child, is_cancel_line, since, Deadline(LATE_LINE_S), woken)
        return True
    return False
