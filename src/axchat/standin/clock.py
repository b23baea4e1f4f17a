"""Waits that a SIGINT can end, and the flag that it sets (the vendor's ``b_stop``)."""

import os
import select
import signal
import time
from contextlib import suppress
from types import FrameType
from typing import Protocol

CATCH_UP_S = 0.25
"""A pace further behind than this starts anew: no burst of tokens after a stopped process goes on."""
_DRAIN_BYTES = 4096


class Waits(Protocol):
    """Waits that something else can end, by setting ``stop``."""

    stop: bool

    def wait_until(self, due: float, *, stoppable: bool) -> bool:
        """Wait until the monotonic time ``due``; False when a stop ended a stoppable wait."""
        ...

    def hang(self) -> None:
        """Wait for ever."""
        ...


class Interrupts:
    """The SIGINT handler: it only sets ``stop``, and wakes a wait through a self-pipe.

    Make one in the main thread, before anything slow: until then SIGINT has Python's meaning.
    """

    def __init__(self) -> None:
        self.stop = False
        self._wake, self._waker = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(self._waker, False)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGINT, self._on_interrupt)

    def _on_interrupt(self, _number: int, _frame: FrameType | None) -> None:
        self.stop = True
        # where another thread took the signal, its byte may be read before this runs: one more comes after
        with suppress(BlockingIOError):
            os.write(self._waker, b"\0")

    def wait_until(self, due: float, *, stoppable: bool) -> bool:
        """Wait until the monotonic time ``due``; False when ``stop`` ended a stoppable wait."""
        while not (stoppable and self.stop):
            left = due - time.monotonic()
            if left <= 0:
                return True
            self._select(left)
        return False

    def hang(self) -> None:
        """Wait for ever, as inside a runtime call that does not return: only a deadly signal ends it."""
        while True:
            self._select(None)

    def _select(self, seconds: float | None) -> None:
        if select.select([self._wake], [], [], seconds)[0]:
            os.read(self._wake, _DRAIN_BYTES)


class Pace:
    """A schedule of waits that does not drift: each is counted from the end of the one before."""

    def __init__(self, interrupts: Waits, *, stoppable: bool) -> None:
        self._interrupts = interrupts
        self._stoppable = stoppable
        self._due = time.monotonic()

    def step(self, seconds: float) -> bool:
        """Wait out one step; False when it was interrupted."""
        if time.monotonic() - self._due > CATCH_UP_S:
            self._due = time.monotonic()
        self._due += seconds
        return self._interrupts.wait_until(self._due, stoppable=self._stoppable)

    def spent(self, seconds: float) -> None:
        """Move the schedule by time that something else took, such as a call to the tokenizer."""
        self._due += seconds
