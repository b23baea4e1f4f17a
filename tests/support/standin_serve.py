"""A stand-in's server on a terminal that is read all the time: one that is not read stops the server."""

import contextlib
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from support.standin_run import WAIT_S, Run


class ServeRun:
    """A server's process; ``printed`` is what it wrote so far, stderr too."""

    def __init__(
        self,
        command: Sequence[str],
        arguments: Sequence[str],
        cwd: Path,
        *,
        port: int,
        ready: bytes,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.port = port
        settings = {"TERM": "xterm", "NO_COLOR": "", **(env or {})}
        self._run = Run(arguments, cwd, stderr_on_pty=True, echo=False, env=settings, command=command)
        self._ready = ready
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._over = False

    @property
    def printed(self) -> bytes:
        """What it wrote so far."""
        return self._run.printed

    def __enter__(self) -> Self:
        self._run.__enter__()
        self._reader.start()
        try:
            self.wait_for(lambda printed: self._ready in printed)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._over:
            with contextlib.suppress(ProcessLookupError):
                self.kill(signal.SIGKILL)
        self._reader.join(WAIT_S)
        self._run.__exit__(kind, error, trace)

    def wait_for(self, arrived: Callable[[bytes], bool]) -> None:
        """Wait until what was printed satisfies ``arrived``."""
        with self._changed:
            self._changed.wait_for(lambda: arrived(self.printed) or self._over, WAIT_S)
        assert arrived(self.printed), self.printed[-2000:]

    def kill(self, number: int) -> None:
        """Send a signal."""
        self._run.kill(signal.Signals(number))

    def end(self, number: int | None = None) -> int:
        """Send a signal, if any, wait for the end, return the exit status."""
        if number is not None:
            self.kill(number)
        self._reader.join(WAIT_S)
        assert self._run.returncode is not None
        return self._run.returncode

    def connect(self) -> socket.socket:
        """A connection to it."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=WAIT_S)

    def exchange(self, request: bytes) -> bytes:
        """Send a request on a connection of its own and return the whole answer."""
        with self.connect() as peer:
            peer.sendall(request)
            return read_answer(peer)

    def _read(self) -> None:
        deadline = time.monotonic() + 2 * WAIT_S
        try:
            while self._run._read(deadline):
                with self._changed:
                    self._changed.notify_all()
            self._run.wait()
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()


def read_answer(peer: socket.socket, until: Callable[[bytes], bool] | None = None) -> bytes:
    """A whole answer, or as much as satisfies ``until``; a stream ends with its connection."""
    answer = b""
    while not (until or is_whole)(answer):
        received = peer.recv(65536)
        answer += received
        if not received:
            break
    return answer


def is_whole(answer: bytes) -> bool:
    """Whether an answer with a length is there."""
    head, found, body = answer.partition(b"\r\n\r\n")
    _, has_length, rest = head.partition(b"Content-Length: ")
    return bool(found and has_length) and len(body) >= int(rest.split(b"\r\n")[0])
