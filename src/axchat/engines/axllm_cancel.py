"""A cancelled answer at ``axllm serve``, which goes on for a while: the next request waits for its end."""

import threading
from collections.abc import Callable

from axchat.deadline import Deadline
from axchat.engines.axllm_log import is_cancel_line, is_end_of_turn, is_of_request
from axchat.errors import RunnerTimeout
from axchat.process.server_child import Line, ServerChild

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


class CancelledAnswer:
    """The answer that was cancelled last, as long as the server may still work on it.

    A request that comes before its cancel line gets the old answer's tokens (axllm-s11).
    """

    def __init__(self) -> None:
        self._since: int | None = None
        self._woken = threading.Event()

    def began_at(self, since: int) -> None:
        """One was cancelled whose lines in the log begin here."""
        self._since = since

    def forget(self) -> None:
        """The server is gone, and the answer with it."""
        self._since = None

    def begin_request(self) -> None:
        """There is a request that has not been cancelled."""
        self._woken.clear()

    def wake(self) -> None:
        """That request is cancelled: ``wait`` returns. Takes no lock that is held while waiting."""
        self._woken.set()

    def wait(self, child: ServerChild, deadline: Deadline) -> bool:
        """Wait until the server has let go of it; True when the request that waits was cancelled itself.

        Raises:
            RunnerTimeout: it did not let go.
        """
        since = self._since
        if since is None:
            return False
        patience = Deadline(deadline.left(CANCEL_PATIENCE_S))
        is_taken = self._wait_for_line(child, is_of_request, since, Deadline(patience.left(UNSEEN_S)))
        while not self._woken.is_set() and is_taken and not self._has_let_go(child, since):
            if patience.is_over:
                raise RunnerTimeout(
                    "axllm serve still works on the answer that was cancelled",
                    hint="wait for it, or start again",
                )
            child.wait_for_more(child.mark, patience.left(LOOK_INTERVAL_S) or 0.0)
        if self._woken.is_set():
            return True
        self._since = None
        return False

    def _wait_for_line(
        self, child: ServerChild, wanted: Callable[[Line], bool], since: int, patience: Deadline
    ) -> bool:
        """Whether such a line came in time; False also when the request that waits was cancelled."""
        while not self._woken.is_set():
            if child.wait_for(wanted, since, patience, LOOK_INTERVAL_S) is not None:
                return True
            if patience.is_over or child.exit_status is not None:
                return False
        return False

    def _has_let_go(self, child: ServerChild, since: int) -> bool:
        """Whether a cancelled answer has ended: by its cancel line, or by itself before the cancel came."""
        if child.exit_status is not None:
            return True
        lines = child.lines(since)
        if any(is_cancel_line(line) for line in lines):
            return True
        if any(is_end_of_turn(line) for line in lines):
            # a finished one, unlike a cancelled one, has nothing more to say
            self._wait_for_line(child, is_cancel_line, since, Deadline(LATE_LINE_S))
            return True
        return False
