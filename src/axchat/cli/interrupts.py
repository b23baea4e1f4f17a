"""Ctrl-C while an answer is under way: the first asks, the second leaves."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupts:
    """How often Ctrl-C was pressed."""

    count = 0


@contextmanager
def cancel_on_ctrl_c(cancel: Callable[[], None]) -> Iterator[Interrupts]:
    """Within this block, the first SIGINT calls ``cancel``, the second raises KeyboardInterrupt."""
    seen = Interrupts()

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        seen.count += 1
        if seen.count > 1:
            raise KeyboardInterrupt
        cancel()

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, before)
