"""What the failures of every console need of its session."""

from typing import Protocol

from axchat.standin import clock, streams
from axchat.standin.faults import Faults
from axchat.standin.script import Script
from axchat.standin.session import Device


class Playing(Protocol):
    """The parts of a run that the consoles have in common."""

    @property
    def faults(self) -> Faults:
        """What is to be played."""
        ...

    @property
    def script(self) -> Script:
        """What is said, and when."""
        ...

    @property
    def interrupts(self) -> clock.Waits:
        """Where a hang waits."""
        ...

    @property
    def device(self) -> Device:
        """What may die."""
        ...

    @property
    def output(self) -> streams.Output:
        """Where the device library prints."""
        ...
