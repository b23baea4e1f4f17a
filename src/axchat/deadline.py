"""Time left across several steps, so that five steps cannot take five timeouts."""

import time
from collections.abc import Callable


class Deadline:
    """A moment on a monotonic clock, asked for the time left at each step.

    Args:
        seconds: from now; None never expires.
        clock: seconds, monotonic.
    """

    def __init__(self, seconds: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = None if seconds is None else clock() + seconds

    def left(self, at_most: float | None = None) -> float | None:
        """Seconds left, never below 0; None when it never expires and no cap is given."""
        if self._end is None:
            return at_most
        left = max(0.0, self._end - self._clock())
        return left if at_most is None else min(left, at_most)

    @property
    def is_over(self) -> bool:
        """Whether no time is left."""
        return self._end is not None and self._clock() >= self._end


NEVER = Deadline(None)
