"""A clock that moves only when somebody waits on it."""


class FakeClock:
    """Seconds that pass by ``sleep`` alone; give ``clock`` and ``clock.sleep`` to what is under test."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """Seconds now."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let the seconds pass."""
        self.now += seconds
