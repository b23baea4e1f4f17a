"""When the next frame of a growing answer is worth drawing; pure but for the clock it is given."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

SHORTEST_FRAME_S = 0.04
"""Nobody reads faster than 25 frames a second."""

DUTY = 5
"""At most one part in so many of a core is spent on drawing."""


class Pace:
    """Spaces frames by what they cost: a slow machine draws fewer, a fast one at most 25 a second.

    Args:
        clock: seconds, monotonic.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._drawn_at: float | None = None
        self._cost_s = 0.0

    @property
    def wait_s(self) -> float:
        """Seconds until the next frame is due; 0 for at once."""
        if self._drawn_at is None:
            return 0.0
        return max(0.0, self._drawn_at + max(SHORTEST_FRAME_S, DUTY * self._cost_s) - self._clock())

    @contextmanager
    def frame(self) -> Iterator[None]:
        """Draw one within."""
        began = self._clock()
        yield
        self._drawn_at = self._clock()
        self._cost_s = self._drawn_at - began
