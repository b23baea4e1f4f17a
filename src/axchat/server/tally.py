"""Counts of the holder's work, kept without any library; ``metrics`` tells them to Prometheus."""

import bisect
import threading
from collections import Counter
from dataclasses import dataclass, field

from axchat.events import Finished

TTFT_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Bounds for the time to the first token: 0.1 s was published, and tens of seconds for long prompts."""

GAP_S = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5)
"""Bounds between two pieces of text: models on these cards say 3 to 60 tokens a second."""

LOAD_S = (1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0)
"""Bounds of a load: 8 to 66 s were published."""


@dataclass(slots=True)
class Buckets:
    """A histogram: how many values were at most each bound, and their sum."""

    bounds: tuple[float, ...]
    counts: list[int] = field(init=False)
    total: float = 0.0

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)

    def add(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect.bisect_left(self.bounds, value)] += 1
        self.total += value

    def cumulative(self) -> list[tuple[str, float]]:
        """Bounds as Prometheus writes them, each with the count of all values up to it."""
        seen, rows = 0, []
        for bound, count in zip([*map(str, self.bounds), "+Inf"], self.counts, strict=True):
            seen += count
            rows.append((bound, float(seen)))
        return rows


class Tally:
    """A ``Meter``; its values are read under ``lock``."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.ttft = Buckets(TTFT_S)
        self.gaps = Buckets(GAP_S)
        self.queued = Buckets(TTFT_S)
        self.loads = Buckets(LOAD_S)
        self.finished: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.prompt_tokens = 0
        self.cached_tokens = 0
        self.completion_tokens = 0

    def loaded(self, seconds: float) -> None:
        """See ``Meter``."""
        with self.lock:
            self.loads.add(seconds)

    def said(self, gap_s: float, *, is_first: bool) -> None:
        """See ``Meter``."""
        with self.lock:
            (self.ttft if is_first else self.gaps).add(gap_s)

    def finished_with(self, end: Finished, queued_s: float) -> None:
        """An answer ended."""
        with self.lock:
            self.finished[end.reason.value] += 1
            self.queued.add(queued_s)
            self.prompt_tokens += end.usage.prompt_tokens or 0
            self.cached_tokens += end.usage.cached_tokens or 0
            self.completion_tokens += end.usage.completion_tokens or 0

    def failed(self, error_id: str) -> None:
        """See ``Meter``."""
        with self.lock:
            self.errors[error_id] += 1
