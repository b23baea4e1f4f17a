"""A child without a terminal that cannot outlive axchat: helper servers such as a tokenizer script."""

import os
import selectors
import signal
import subprocess
import sys
from pathlib import Path

from axchat.errors import RunnerFailed
from axchat.process.launch import LaunchRequest
from axchat.process.shutdown import KILL_PATIENCE_S, TERM_PATIENCE_S

_GUARD = Path(__file__).with_name("guard.py")


class BackgroundProcess:
    """A guarded child whose output goes to a log file.

    Args:
        request: what to run.
        log: file for its standard output and error; made anew, readable by the user only.
        streams: descriptors for standard output and error instead of the file.

    Raises:
        RunnerFailed: it could not be started.
    """

    def __init__(self, request: LaunchRequest, log: Path, *, streams: tuple[int, int] | None = None) -> None:
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lifeline_child, self._lifeline = os.pipe()
        try:
            with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                output, errors = streams or (file.fileno(), file.fileno())
                self._process = subprocess.Popen(
                    [
                        sys.executable,
                        "-I",
                        "-S",
                        str(_GUARD),
                        str(lifeline_child),
                        "-1",
                        "-1",
                        "keep",
                        str(request.cwd),
                        *request.argv,
                    ],
                    env=dict(request.env),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=errors,
                    pass_fds=(lifeline_child,),
                    start_new_session=True,
                )
        except OSError as error:
            os.close(self._lifeline)
            raise RunnerFailed(f"cannot start {request.argv[0]}: {error}") from error
        finally:
            os.close(lifeline_child)
        self._handle = os.pidfd_open(self._process.pid)
        self.log = log

    @property
    def pid(self) -> int:
        """The guard's process id, which is the group of all it started."""
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        """Its exit status, or None while it runs."""
        return self._process.poll()

    def wait(self, timeout_s: float) -> int | None:
        """Wait for its end; None when it still runs."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._handle, selectors.EVENT_READ)
            selector.select(timeout_s)
        return self._process.poll()

    def interrupt(self) -> None:
        """Send SIGINT to it and what it started; does nothing when it has ended."""
        if self._lifeline >= 0 and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)

    def terminate(self) -> None:
        """Send SIGTERM to it and what it started; does nothing when it has ended."""
        if self._lifeline >= 0 and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)

    def close(self) -> None:
        """Ask it to end (SIGTERM), then kill it and what it started; may be called twice."""
        if self._lifeline < 0:
            return
        if self._process.poll() is None:
            self.terminate()
            self.wait(TERM_PATIENCE_S)
        os.close(self._lifeline)
        self._lifeline = -1
        self.wait(KILL_PATIENCE_S)
        os.close(self._handle)
