"""Ending a runner: politely first, so that it frees the card's memory; by force last."""

from collections.abc import Callable
from enum import StrEnum

from axchat.deadline import Deadline
from axchat.errors import RunnerFailed
from axchat.process.transport import ConsoleTransport, Output

QUIT_PATIENCE_S = 10.0
"""How long a polite quit may take: ``Deinit`` frees card memory layer by layer (runner-console 9.1)."""

TERM_PATIENCE_S = 3.0
"""How long after SIGTERM; the runner has no handler for it and dies at once unless it hangs in the kernel."""

KILL_PATIENCE_S = 3.0
"""How long to wait for the guard, which gives up on a process in D state after 2 s."""


class Ended(StrEnum):
    """The step that ended the runner."""

    ITSELF = "itself"
    QUIT = "quit"
    INTERRUPTED = "interrupted"
    TERMINATED = "terminated"
    KILLED = "killed"


def end(
    transport: ConsoleTransport,
    *,
    quit_bytes: bytes | None,
    on_output: Callable[[Output], None] = lambda _: None,
    quit_patience_s: float = QUIT_PATIENCE_S,
) -> tuple[Ended, int | None]:
    """End a runner and everything it started; returns the step that worked and the exit status.

    Reads on while it waits, because a runner whose console nobody reads blocks and cannot end.

    Args:
        transport: closed afterwards.
        quit_bytes: what an idle runner takes as "quit"; None when it is not idle (loading, hung).
        on_output: gets what the runner still says.
        quit_patience_s: see ``QUIT_PATIENCE_S``.
    """
    step = Ended.ITSELF
    ended = _drain(transport, 0.0, on_output)
    if not ended and quit_bytes is not None:
        step = Ended.QUIT
        ended = _type(transport, quit_bytes) and _drain(transport, quit_patience_s, on_output)
    if not ended:
        step = Ended.TERMINATED
        transport.terminate()
        ended = _drain(transport, TERM_PATIENCE_S, on_output)
    if not ended:
        step = Ended.KILLED
    return step, transport.close(KILL_PATIENCE_S)


def _type(transport: ConsoleTransport, data: bytes) -> bool:
    """Type bytes; False when the runner no longer takes any, which the next step deals with."""
    try:
        transport.write(data, timeout_s=1.0)
    except RunnerFailed:
        return False
    return True


def _drain(transport: ConsoleTransport, patience_s: float, on_output: Callable[[Output], None]) -> bool:
    """Read until the console ends; False when it does not within the patience."""
    deadline = Deadline(patience_s)
    while True:
        output = transport.read(deadline.left())
        if output is not None:
            on_output(output)
            if output.is_end:
                return True
        if deadline.is_over:
            return False
