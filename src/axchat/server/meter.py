"""What the holder reports of its work to whoever counts it."""

from typing import Protocol

from axchat.events import Finished


class Meter(Protocol):
    """Counts; called in any thread, under the owner's lock; must not block."""

    def loaded(self, seconds: float) -> None:
        """A model was loaded."""

    def said(self, gap_s: float, *, is_first: bool) -> None:
        """Text came; ``gap_s`` since the start of the generation, or since the text before."""

    def finished_with(self, end: Finished, queued_s: float) -> None:
        """An answer ended."""

    def failed(self, error_id: str) -> None:
        """A request ended with an error."""


class NoMeter:
    """Counts nothing."""

    def loaded(self, seconds: float) -> None:
        """See ``Meter``."""

    def said(self, gap_s: float, *, is_first: bool) -> None:
        """See ``Meter``."""

    def finished_with(self, end: Finished, queued_s: float) -> None:
        """See ``Meter``."""

    def failed(self, error_id: str) -> None:
        """See ``Meter``."""
