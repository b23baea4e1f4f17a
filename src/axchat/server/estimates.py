"""How long a load and a wait will take, learned from those before."""

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

from axchat.wire.holder import ModelSpec

_WEIGHT = 0.3
"""Of the newest answer in the mean: a few requests make an old habit forgotten."""

MAX_REMEMBERED = 200
"""Models whose load time is kept."""


class LoadTimes:
    """Seconds that each model's last load took, kept in a small JSON file.

    A file that is missing or damaged is an empty memory: it only costs the estimate.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def of(self, spec: ModelSpec) -> float | None:
        """What the last load took; None while nobody remembers."""
        value = self._read().get(_key(spec))
        return value if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 else None

    def learn(self, spec: ModelSpec, seconds: float) -> None:
        """Remember a load. Not being able to is no failure of the load."""
        known = {key: value for key, value in self._read().items() if key != _key(spec)}
        known[_key(spec)] = round(seconds, 3)
        newest = dict(list(known.items())[-MAX_REMEMBERED:])
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # one name for all: what a killed holder left is overwritten, and two at once cost an estimate
            made = self._file.with_suffix(".new")
            made.write_text(json.dumps(newest, indent=1), encoding="utf-8")
            made.replace(self._file)

    def _read(self) -> Mapping[str, object]:
        try:
            known = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}


def _key(spec: ModelSpec) -> str:
    return f"{spec.engine} {spec.path}"


class WaitEstimate:
    """The mean time of an answer, and from it a waiter's time. Seconds."""

    def __init__(self) -> None:
        self.mean_s: float | None = None

    def learn(self, seconds: float) -> None:
        """An answer took this long."""
        self.mean_s = seconds if self.mean_s is None else self.mean_s + _WEIGHT * (seconds - self.mean_s)

    def wait_s(self, position: int, *, running_s: float | None, load_left_s: float | None) -> float | None:
        """What a request waits that has ``position`` requests before it, the running one included.

        Args:
            position: 0 is next, with none running.
            running_s: how long the running one has run already; None when none does.
            load_left_s: what the load under way still takes; None when there is none or nobody knows.
        """
        if position == 0:
            return load_left_s
        if self.mean_s is None:
            return None
        rest = max(0.0, self.mean_s - running_s) if running_s is not None else self.mean_s
        return rest + (position - 1) * self.mean_s + (load_left_s or 0.0)
