"""A child that is an HTTP server: its output is always drained, kept in a bounded log, and can be waited for.

A server whose output nobody reads blocks (``axllm serve`` for ever after 65 kB: runner-console III 5), and
one that logs into a file for weeks fills a small board's disk. So a thread reads, and two files take turns.
"""

import contextlib
import os
import re
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Self

from axchat.deadline import Deadline
from axchat.process.background import BackgroundProcess
from axchat.process.launch import LaunchRequest
from axchat.process.shutdown import QUIT_PATIENCE_S, TERM_PATIENCE_S, Ended

LOG_FILE_BYTES = 4 * 1024 * 1024
"""Size at which the log file becomes ``NAME.old`` and a new one begins: 8 MiB at most."""

KEPT_LINES = 500
"""Newest lines in memory. An answer with a dead card logs one line a layer and token."""

LONGEST_LINE_BYTES = 16 * 1024
"""An answer is printed as one line; more of it is not kept in memory."""

_LINE_END = re.compile(rb"[\r\n]+")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_READ_BYTES = 65536


class Line(NamedTuple):
    """A line that the server printed: its number from 0, which stream, and the text without colours."""

    number: int
    is_stderr: bool
    text: str


class ServerChild:
    """A guarded child with both streams drained by a thread.

    Args:
        request: what to run.
        log: file that keeps what it prints; readable by the user only.
        log_bytes: see ``LOG_FILE_BYTES``.

    Raises:
        RunnerFailed: it could not be started.
    """

    def __init__(self, request: LaunchRequest, log: Path, *, log_bytes: int = LOG_FILE_BYTES) -> None:
        self.log = log
        self.ended: Ended | None = None
        self._log_bytes = log_bytes
        self._lines: deque[Line] = deque(maxlen=KEPT_LINES)
        self._count = 0
        self._is_over = False
        self._changed = threading.Condition()
        self._bell, self._ringer = socket.socketpair()
        self._syncs_asked = self._syncs_done = 0
        pipes = [os.pipe(), os.pipe()]
        try:
            self._process = BackgroundProcess(request, log, streams=(pipes[0][1], pipes[1][1]))
        except BaseException:  # whatever it is, no descriptor stays
            for reader, _ in pipes:
                os.close(reader)
            self._bell.close()
            self._ringer.close()
            raise
        finally:
            for _, writer in pipes:
                os.close(writer)
        self._partial = {reader: b"" for reader, _ in pipes}
        self._stderr = pipes[1][0]
        self._thread = threading.Thread(target=self._drain, name="server-log", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """The guard's process id."""
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        """Its exit status (128 + signal), or None while it runs."""
        return self._process.exit_status

    @property
    def mark(self) -> int:
        """The number that the next line will have."""
        return self._count

    def wait_for(
        self, wanted: Callable[[Line], bool], since: int, deadline: Deadline, at_most: float | None = None
    ) -> Line | None:
        """The first line from number ``since`` on that is wanted; None when time or output end before it."""
        patience = Deadline(deadline.left(at_most))
        with self._changed:
            while True:
                for line in self._lines:
                    if line.number >= since and wanted(line):
                        return line
                if self._is_over or patience.is_over:
                    return None
                self._changed.wait(patience.left())

    def wait_for_more(self, since: int, at_most: float) -> None:
        """Wait for a line of number ``since`` or later, or the output's end, at most so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_over or self._count > since, at_most)

    def lines(self, since: int = 0, *, synced: bool = False) -> list[Line]:
        """The kept lines from number ``since`` on.

        Args:
            since: see ``mark``.
            synced: first take in all that the child has written by now.
        """
        with self._changed:
            if synced and not self._is_over:
                self._syncs_asked += 1
                wanted = self._syncs_asked
                self._ringer.send(b"s")
                self._changed.wait_for(lambda: self._is_over or self._syncs_done >= wanted)
            return [line for line in self._lines if line.number >= since]

    def said(self, since: int = 0) -> list[tuple[bool, str]]:
        """Whether each kept line stands on standard error, and its text: what ``server_faults`` judges."""
        return [(line.is_stderr, line.text) for line in self.lines(since)]

    def wait_end(self, timeout_s: float) -> int | None:
        """Wait for its end; the exit status, or None when it still runs."""
        status = self._process.wait(timeout_s)
        if status is not None:
            with self._changed:
                self._changed.wait_for(lambda: self._is_over, timeout_s)
        return status

    def stop(self, *, is_ready: bool, interrupt_patience_s: float = QUIT_PATIENCE_S) -> Ended:
        """End it: SIGINT, then SIGTERM, then SIGKILL; returns the step that worked. May be called twice.

        Args:
            is_ready: SIGINT is how a server that serves frees the card; one that loads ignores it.
            interrupt_patience_s: how long it may take after SIGINT.
        """
        if self.ended is not None:
            return self.ended
        step = Ended.ITSELF
        if self.exit_status is None and is_ready:
            step = Ended.INTERRUPTED
            self._process.interrupt()
            self._process.wait(interrupt_patience_s)
        if self.exit_status is None:
            step = Ended.TERMINATED
            self._process.terminate()
            self._process.wait(TERM_PATIENCE_S)
        if self.exit_status is None:
            step = Ended.KILLED
        self._process.close()
        self.ended = step
        # a process that hangs in the kernel keeps the pipes; the reader is then told to leave
        self._ringer.send(b"q")
        self._thread.join()
        self._bell.close()
        self._ringer.close()
        return step

    def _drain(self) -> None:
        with (
            selectors.DefaultSelector() as selector,
            contextlib.ExitStack() as stack,
            _RotatingFile(self.log, self._log_bytes) as file,
        ):
            for reader in self._partial:
                stack.callback(os.close, reader)
                os.set_blocking(reader, False)
                selector.register(reader, selectors.EVENT_READ)
            selector.register(self._bell, selectors.EVENT_READ)
            open_readers = set(self._partial)
            while True:
                ready = {key.fd for key, _ in selector.select()}
                for reader in sorted(ready & open_readers):
                    if not self._read_all(reader, file):
                        selector.unregister(reader)
                        open_readers.discard(reader)
                if self._bell.fileno() in ready and self._answer_bell(open_readers, file):
                    break
                if not open_readers and not self._is_over:
                    self._finish()
            self._finish()
            file.write(f"axchat: the server was ended: {self.ended}\n".encode())

    def _finish(self) -> None:
        """Nothing more is read: complete the last lines and tell whoever waits."""
        for reader in self._partial:
            self._take(reader, b"\n")
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def _answer_bell(self, open_readers: set[int], file: "_RotatingFile") -> bool:
        """Take in what is in the pipes and say so; True when the thread is to leave."""
        rung = self._bell.recv(_READ_BYTES)
        for reader in open_readers:
            self._read_all(reader, file)
        with self._changed:
            self._syncs_done += rung.count(b"s")
            self._changed.notify_all()
        return b"q" in rung

    def _read_all(self, reader: int, file: "_RotatingFile") -> bool:
        """Take in what is in a pipe; False at its end."""
        while True:
            try:
                data = os.read(reader, _READ_BYTES)
            except BlockingIOError:
                return True
            if not data:
                return False
            file.write(data)
            self._take(reader, data)

    def _take(self, reader: int, data: bytes) -> None:
        *ended, rest = _LINE_END.split(self._partial[reader] + data)
        self._partial[reader] = rest[-LONGEST_LINE_BYTES:]
        with self._changed:
            for raw in ended:
                text = _COLOUR.sub("", raw[-LONGEST_LINE_BYTES:].decode(errors="replace")).strip()
                if text:
                    self._lines.append(Line(self._count, reader == self._stderr, text))
                    self._count += 1
            self._changed.notify_all()


class _RotatingFile:
    """A private file that becomes ``NAME.old`` when it is full."""

    def __init__(self, path: Path, limit: int) -> None:
        self._path = path
        self._limit = limit
        self._open()

    def _open(self) -> None:
        self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._size = 0

    def write(self, data: bytes) -> None:
        """Add bytes. A full disk costs the log, never the server."""
        if self._size + len(data) > self._limit and self._size:
            os.close(self._fd)
            with contextlib.suppress(OSError):
                self._path.replace(self._path.with_name(self._path.name + ".old"))
            self._open()
        with contextlib.suppress(OSError):
            self._size += os.write(self._fd, data)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)
