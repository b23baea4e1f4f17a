"""When a runner that ended may be started again: decides, does not act. Pure."""

from dataclasses import dataclass

RESTART_LIMIT = 3
"""Restarts in a row that did not become stable; a fourth would only heat the card."""

STABLE_S = 60.0
"""A runner that lived this long after its load was well: what ended it is a new trouble."""


@dataclass
class RestartPolicy:
    """Counts the ends of a runner that came too soon.

    Attributes:
        limit: restarts in a row that are tried.
        stable_s: seconds of life after which the count starts anew.
    """

    limit: int = RESTART_LIMIT
    stable_s: float = STABLE_S
    _failures: int = 0

    def ended(self, lived_s: float) -> None:
        """A runner ended by itself ``lived_s`` seconds after it was ready; 0 when it never was."""
        self._failures = 1 if lived_s >= self.stable_s else self._failures + 1

    def answered(self) -> None:
        """A whole answer came: the runner works."""
        self._failures = 0

    @property
    def failures(self) -> int:
        """Ends in a row that came too soon."""
        return self._failures

    @property
    def may_restart(self) -> bool:
        """Whether another start is worth trying."""
        return self._failures <= self.limit
