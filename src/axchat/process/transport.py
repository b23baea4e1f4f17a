"""The ConsoleTransport port: a child's console as bytes."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Output:
    """What one read brought: bytes of the console, bytes of standard error, and whether the console ended."""

    console: bytes = b""
    stderr: bytes = b""
    is_end: bool = False


class ConsoleTransport(Protocol):
    """A running child and its console. One thread uses it; only ``wake`` may come from elsewhere."""

    @property
    def pid(self) -> int:
        """The process group to signal; stays the same after the child ended."""

    def read(self, timeout_s: float | None) -> Output | None:
        """What has come; None when nothing came in time or ``wake`` was called.

        After the end of the console it gives ``Output(is_end=True)``, again and again.
        """

    def write(self, data: bytes, timeout_s: float) -> None:
        """Type bytes.

        Raises:
            RunnerFailed: the child does not take them in time or has gone.
        """

    def wake(self) -> None:
        """Make a waiting ``read`` return now; safe in a signal handler and from other threads."""

    def interrupt(self) -> None:
        """Send SIGINT to the child's process group."""

    def terminate(self) -> None:
        """Send SIGTERM to the child's process group."""

    def close(self, timeout_s: float) -> int | None:
        """Kill what is left, release everything; returns the exit status (128 + signal), None if unknown.

        May be called twice.
        """
