"""Waits of a thread that is not the main one: what ends them is another thread, never a signal."""

import threading
import time
from typing import NoReturn


class ThreadWaits:
    """Waits that ``stop`` ends, if they may be stopped; a hang is remembered in ``hangs``."""

    def __init__(self) -> None:
        self.hangs = threading.Event()
        self._stopped = threading.Event()
        self._never = threading.Event()

    @property
    def stop(self) -> bool:
        """Whether waits are to end."""
        return self._stopped.is_set()

    @stop.setter
    def stop(self, value: bool) -> None:
        if value:
            self._stopped.set()
        else:
            self._stopped.clear()

    def wait_until(self, due: float, *, stoppable: bool) -> bool:
        """Wait until the monotonic time ``due``; False when a stop ended a stoppable wait."""
        event = self._stopped if stoppable else self._never
        return not event.wait(max(0.0, due - time.monotonic()))

    def hang(self) -> NoReturn:
        """Wait for ever, as inside a runtime call that does not return."""
        self.hangs.set()
        while True:
            self._never.wait()
