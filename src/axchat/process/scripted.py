"""A console that plays a list: the fake of ConsoleTransport, for tests and replays."""

from collections.abc import Iterable

from axchat.process.transport import Output


class ScriptedTransport:
    """Gives its outputs one per read, then the end; remembers what was typed and which signals came.

    Args:
        outputs: what each read brings; None is a read in which nothing came.
        status: exit status that ``close`` gives.
        pid: a process id to show; nothing is ever signalled.
    """

    def __init__(self, outputs: Iterable[Output | None], status: int | None = 0, pid: int = 0) -> None:
        self.pid = pid
        self.typed: list[bytes] = []
        self.signals: list[str] = []
        self.is_closed = False
        self._outputs = iter(outputs)
        self._status = status

    def read(self, timeout_s: float | None) -> Output | None:  # noqa: ARG002  the script decides
        """The next output of the list; ``Output(is_end=True)`` after the last."""
        return next(self._outputs, Output(is_end=True))

    def write(self, data: bytes, timeout_s: float) -> None:  # noqa: ARG002  nothing ever waits
        """Remember what was typed."""
        self.typed.append(data)

    def wake(self) -> None:
        """Nothing waits here."""

    def interrupt(self) -> None:
        """Remember the signal."""
        self.signals.append("INT")

    def terminate(self) -> None:
        """Remember the signal."""
        self.signals.append("TERM")

    def close(self, timeout_s: float) -> int | None:  # noqa: ARG002  nothing is left to wait for
        """The exit status of the script."""
        self.is_closed = True
        return self._status
