"""Ctrl-C while an answer is under way stops the answer and nothing else."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stops_answer(stop: Callable[[], None]) -> Iterator[None]:
    """Within this block the first SIGINT calls ``stop``, a second one raises KeyboardInterrupt.

    The second is for an engine that is slow to stop. The main thread only.

    Args:
        stop: safe in a signal handler.
    """
    is_stopped = False

    def on_interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal is_stopped
        if is_stopped:
            raise KeyboardInterrupt
        is_stopped = True
        stop()

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
