"""A child that takes one order, answers one line, and lives until axchat lets go of its standard input."""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from typing import IO

from axchat.deadline import Deadline
from axchat.errors import RunnerFailed, RunnerTimeout

# Enough for a stack of causes; the rest of a chatty log is noise.
LOG_LINES = 40
LOG_LINE_BYTES = 1000
# The answer is one short JSON object.
MAX_ANSWER_BYTES = 64 * 1024
# What a pipe holds at most (pipe(7)).
PIPE_BYTES = 65536
# After SIGKILL a process is gone at once, unless the kernel is writing its memory out.
KILL_PATIENCE_S = 5.0


class Worker:
    """A running child with three pipes: the lifeline, its answer, its log.

    Standard input carries the order as one JSON line and then stays open; the child ends itself when
    it closes, so it does not outlive us even after ``kill -9``. The child has a session of its own:
    Ctrl-C on the terminal does not reach it.

    Args:
        argv: what to run.
        env: its whole environment.
        order: what it is told; may hold secrets, which therefore stay out of argv and environment.

    Raises:
        RunnerFailed: it could not be started.
    """

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], order: Mapping[str, object]) -> None:
        try:
            self._process = subprocess.Popen(
                list(argv),
                env=dict(env),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                bufsize=0,
            )
        except OSError as exc:
            raise RunnerFailed(f"cannot start {argv[0]}: {exc.strerror}") from exc
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._lifeline: IO[bytes] = self._process.stdin
        self._answer: IO[bytes] = self._process.stdout
        self._log: IO[bytes] = self._process.stderr
        self._tail: deque[str] = deque(maxlen=LOG_LINES)
        self._log_lines = 0
        self._log_rest = b""
        self._log_lock = threading.Lock()
        os.set_blocking(self._log.fileno(), False)
        # A child whose log nobody reads stands still when the pipe is full.
        self._reader = threading.Thread(target=self._read_log, name="worker log", daemon=True)
        self._reader.start()
        # A child that is dead already is noticed where its answer is read.
        with contextlib.suppress(BrokenPipeError):
            self._lifeline.write(json.dumps(order).encode("ascii") + b"\n")

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        """Its exit status, negative for a signal; None while it runs."""
        return self._process.poll()

    def answer(self, deadline: Deadline) -> dict[str, object] | None:
        """Wait for the line that the child answers with; None when it ended without one.

        Raises:
            RunnerTimeout: no answer before the deadline.
            RunnerFailed: the answer is not a JSON object.
        """
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._answer, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(deadline.left()):
                    raise RunnerTimeout("the child process was not ready in the time allowed")
                piece = os.read(self._answer.fileno(), 4096)
                if not piece:
                    return None
                line += piece
                if len(line) > MAX_ANSWER_BYTES:
                    raise RunnerFailed("the child process answered without an end")
        try:
            answer = json.loads(line)
        except ValueError as exc:
            raise RunnerFailed("the child process answered with something that is not JSON") from exc
        if not isinstance(answer, dict):
            raise RunnerFailed("the child process answered with something that is not an object")
        return answer

    def wait(self, timeout_s: float) -> int | None:
        """Wait for its end; returns the exit status, or None when it still runs."""
        if self._process.poll() is None:
            # subprocess looks every 50 ms where there is a limit; this wakes at once
            handle = os.pidfd_open(self._process.pid)
            try:
                with selectors.DefaultSelector() as selector:
                    selector.register(handle, selectors.EVENT_READ)
                    selector.select(timeout_s)
            finally:
                os.close(handle)
        return self._process.poll()

    def log_tail(self) -> list[str]:
        """The last lines of its log; complete once it has ended."""
        if self._process.poll() is not None:
            self._reader.join(KILL_PATIENCE_S)
        return list(self._tail)

    @property
    def log_mark(self) -> int:
        """How many lines it has logged by now."""
        with self._log_lock:
            self._take_log()
            return self._log_lines

    def log_since(self, mark: int) -> list[str]:
        """What it has logged from this mark until now; of many lines, the last."""
        with self._log_lock:
            self._take_log()
            count = min(self._log_lines - mark, len(self._tail))
            return list(self._tail)[len(self._tail) - count :]

    def close(self) -> None:
        """End it at once, without asking: it holds nothing that must be saved. May be called twice."""
        if self._process.poll() is None:
            self._process.kill()
            self.wait(KILL_PATIENCE_S)
        self._reader.join(KILL_PATIENCE_S)
        for pipe in (self._lifeline, self._answer, self._log):
            pipe.close()

    def _read_log(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._log, selectors.EVENT_READ)
            while True:
                selector.select()
                with self._log_lock:
                    if not self._take_log():
                        return

    def _take_log(self) -> bool:
        """Take in all that is in the pipe, which holds no more; False at its end. Requires the lock."""
        try:
            piece = os.read(self._log.fileno(), PIPE_BYTES)
        except BlockingIOError:
            return True
        *lines, rest = (self._log_rest + piece).split(b"\n")
        if not piece and rest:
            lines, rest = [rest], b""
        self._tail.extend(_shown(line) for line in lines[-LOG_LINES:])
        self._log_lines += len(lines)
        self._log_rest = rest[:LOG_LINE_BYTES]
        return bool(piece)


def _shown(line: bytes) -> str:
    text = line[:LOG_LINE_BYTES].decode("utf-8", "replace").rstrip()
    return "".join(c if c.isprintable() else " " for c in text)


def exit_cause(status: int) -> str:
    """How a process ended, in words: ``signal SIGSEGV`` or ``exit status 3``."""
    if status >= 0:
        return f"exit status {status}"
    with contextlib.suppress(ValueError):
        return f"signal {signal.Signals(-status).name}"
    return f"signal {-status}"
