"""A wait that ends when the test says so; in place of a scripted engine's sleep."""

import threading

PATIENCE_S = 60.0


class Gate:
    """Call it as ``sleep``: it waits until it is let through."""

    def __init__(self) -> None:
        self._reached = threading.Semaphore(0)
        self._passes = threading.Semaphore(0)
        self._is_open = False

    def __call__(self, _seconds: float) -> None:
        self._reached.release()
        if not self._is_open:
            assert self._passes.acquire(timeout=PATIENCE_S)

    def wait_until_reached(self) -> None:
        """Somebody waits, once more than this was called."""
        assert self._reached.acquire(timeout=PATIENCE_S)

    def pass_one(self) -> None:
        """Wait for somebody and let him through."""
        self.wait_until_reached()
        self._passes.release()

    def open_for_good(self) -> None:
        """Nobody waits any more."""
        self._is_open = True
        self._passes.release(1000)
