"""A child on a pty of its own, in its own session, with standard error on a separate pipe.

The only importer of pexpect, which gives the pty, its size and the exit status; reading is our own loop
(``expect`` is quadratic and slow on floods). Standard error is kept apart so that what a shell or a crash
handler says there can never stand inside an answer.
"""

import contextlib
import os
import selectors
import signal
import sys
import warnings
from pathlib import Path
from typing import Any

import pexpect
import ptyprocess

from axchat.deadline import Deadline
from axchat.errors import RunnerFailed
from axchat.process.launch import LaunchRequest
from axchat.process.transport import Output

_READ_BYTES = 65536
_SIZE = (50, 2000)  # rows, columns: a narrow terminal makes some programs wrap their lines
_GUARD = Path(__file__).with_name("guard.py")


_NONE = -1
"""The guard gives its child no descriptor of ours for standard error: it keeps the terminal."""


class _Spawn(pexpect.spawn):  # type: ignore[type-arg]
    """A spawn that leaves chosen descriptors open in the child; pexpect has no option for it."""

    def __init__(self, argv: list[str], pass_fds: tuple[int, ...], **options: Any) -> None:
        self._pass_fds = pass_fds
        super().__init__(argv[0], argv[1:], timeout=None, **options)
        process: ptyprocess.PtyProcess = self.ptyproc  # type: ignore[attr-defined]
        process.delayafterclose = process.delayafterterminate = 0.005  # seconds; 0.1 by default

    def _spawnpty(self, args: list[str], **options: Any) -> ptyprocess.PtyProcess:
        return ptyprocess.PtyProcess.spawn(args, pass_fds=self._pass_fds, **options)


class PtyTransport:
    """See ``ConsoleTransport``. Starts the child at once.

    Args:
        request: what to run.

    Raises:
        RunnerFailed: it could not be started.
    """

    def __init__(self, request: LaunchRequest) -> None:
        self._selector = selectors.DefaultSelector()
        stderr, stderr_child = os.pipe()
        lifeline_child, self._lifeline = os.pipe()
        self._report, report_child = os.pipe()
        self._wake_read, self._wake_write = os.pipe()
        for descriptor in (stderr, self._wake_read, self._wake_write):
            os.set_blocking(descriptor, False)
        guards = (lifeline_child, report_child, stderr_child)
        for descriptor in guards:
            os.set_inheritable(descriptor, True)
        given = (lifeline_child, report_child, _NONE if request.has_stderr_on_console else stderr_child)
        guard = [sys.executable, "-I", "-S", str(_GUARD), *map(str, given), "raw"]
        try:
            with warnings.catch_warnings():
                # the child execs at once; Python 3.12 warns of any fork beside threads
                warnings.simplefilter("ignore", DeprecationWarning)
                self._spawn = _Spawn(
                    # the guard changes folder: where ptyprocess fails to, a copy of this process lives on
                    [*guard, str(request.cwd), *request.argv],
                    guards,
                    env=dict(request.env),
                    dimensions=_SIZE,
                )
        except (pexpect.ExceptionPexpect, ptyprocess.PtyProcessError, OSError) as error:
            for descriptor in (stderr, self._lifeline, self._report, *self._wake):
                os.close(descriptor)
            raise RunnerFailed(f"cannot start {request.argv[0]}: {error}") from error
        finally:
            for descriptor in guards:
                os.close(descriptor)
        pid = self._spawn.pid
        assert pid is not None, "a spawned child has a pid"
        self.pid = pid
        self._master: int = self._spawn.child_fd
        self._stderr = stderr
        os.set_blocking(self._master, False)
        for descriptor in (self._master, stderr, self._wake_read, self._report):
            self._selector.register(descriptor, selectors.EVENT_READ)
        self._is_at_end = False
        self._is_closed = False

    @property
    def _wake(self) -> tuple[int, int]:
        return self._wake_read, self._wake_write

    def read(self, timeout_s: float | None) -> Output | None:
        """What has come; None when nothing came in time or ``wake`` was called."""
        deadline = Deadline(timeout_s)
        while not self._is_at_end:
            ready = {key.fd for key, _ in self._selector.select(deadline.left())}
            stderr = self._read_stderr() if self._stderr in ready else b""
            has_ended = self._report in ready
            console = self._read_console() if has_ended or self._master in ready else b""
            if console or stderr:
                return Output(console, stderr)
            if has_ended:
                # reading a terminal first fetches what is under way, so there is no more
                self._is_at_end = True
                break
            if self._wake_read in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake_read, 4096)
                return None
            if not ready:
                return None
        return Output(stderr=self._read_stderr(), is_end=True)

    def _read_console(self) -> bytes:
        try:
            data = os.read(self._master, _READ_BYTES)
        except BlockingIOError:
            return b""
        except OSError:  # EIO: the guard is gone too
            data = b""
        if not data:
            self._is_at_end = True
        return data

    def _read_stderr(self) -> bytes:
        parts = []
        with contextlib.suppress(BlockingIOError):
            while part := os.read(self._stderr, _READ_BYTES):
                parts.append(part)
            if self._stderr in self._selector.get_map():
                self._selector.unregister(self._stderr)
        return b"".join(parts)

    def write(self, data: bytes, timeout_s: float) -> None:
        """Type bytes, in as many pieces as the terminal takes."""
        if self._is_at_end:
            raise RunnerFailed("the runner closed its console")
        with selectors.DefaultSelector() as selector:
            selector.register(self._master, selectors.EVENT_WRITE)
            while data:
                if not selector.select(timeout_s):
                    raise RunnerFailed(f"the runner took no input for {timeout_s:.0f} s")
                try:
                    data = data[os.write(self._master, data) :]
                except BlockingIOError:
                    continue
                except OSError as error:
                    raise RunnerFailed("the runner closed its console") from error

    def wake(self) -> None:
        """Make a waiting ``read`` return now."""
        if not self._is_closed:
            with contextlib.suppress(BlockingIOError):
                os.write(self._wake_write, b".")

    def interrupt(self) -> None:
        """Send SIGINT to the child's process group."""
        self._signal(signal.SIGINT)

    def terminate(self) -> None:
        """Send SIGTERM to the child's process group."""
        self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        if not self._is_closed and self._spawn.isalive():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def close(self, timeout_s: float) -> int | None:
        """Kill what is left through the guard, release everything; returns the exit status."""
        if not self._is_closed:
            self._is_closed = True
            os.close(self._lifeline)
            self._wait_for_guard(timeout_s)
            self._selector.close()
            for descriptor in (self._stderr, self._report, *self._wake):
                os.close(descriptor)
            self._spawn.close(force=True)
        if self._spawn.signalstatus is not None:
            return 128 + int(self._spawn.signalstatus)
        return self._spawn.exitstatus

    def _wait_for_guard(self, timeout_s: float) -> None:
        """Wait for the guard's end by event; it ends within its own patience."""
        if not self._spawn.isalive():
            return
        with contextlib.suppress(ProcessLookupError):
            handle = os.pidfd_open(self.pid)
            with selectors.DefaultSelector() as selector:
                selector.register(handle, selectors.EVENT_READ)
                selector.select(timeout_s)
            os.close(handle)
        self._spawn.isalive()  # reaps, and learns the status
