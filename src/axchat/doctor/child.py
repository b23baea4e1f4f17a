"""Runs a child that may hang, flood or be stuck in the kernel, and comes back all the same."""

import fcntl
import os
import selectors
import signal
import subprocess
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from axchat.deadline import Deadline

OUTPUT_LIMIT_BYTES = 256 * 1024  # axcl-smi on a dead card can print 100 MB in 5 s (simulated driver, V3.10.2)
TERM_PATIENCE_S = 0.5  # axcl-smi gives its lock back on SIGTERM, at once or never
KILL_PATIENCE_S = 1.0  # a process in the kernel (D state) dies only when it returns, up to 50 s later
_PIECE_BYTES = 65536

# Children that could not be ended: kept, so that subprocess can reap them when they do end.
left_behind: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a child ended.

    Attributes:
        found: the program exists.
        output: stdout and stderr merged, bytes that are not UTF-8 replaced.
        timed_out: it was ended because its time was over.
        truncated: it was ended because it printed more than the limit.
        exit_code: as subprocess gives it; None when it could not be started or was left running.
        error: why it could not be started, or "".
        left_pid: it is stuck in the kernel and did not end when killed; None in the normal case.
    """

    found: bool = True
    output: str = ""
    timed_out: bool = False
    truncated: bool = False
    exit_code: int | None = None
    error: str = ""
    left_pid: int | None = None


class Stop:
    """Called once from any thread, it ends the children that were given its descriptor; for good."""

    def __init__(self) -> None:
        self.descriptor = os.eventfd(0, os.EFD_CLOEXEC)
        weakref.finalize(self, os.close, self.descriptor)

    def __call__(self) -> None:
        """End them."""
        os.eventfd_write(self.descriptor, 1)


def run_child(
    argv: Sequence[str],
    environ: Mapping[str, str],
    timeout_s: float,
    output_limit: int,
    send: Callable[[int, int], None] = os.killpg,
    stop: int | None = None,
) -> RunResult:
    """Run ``argv`` without a shell; see ``Probes.run``.

    Input is /dev/null and there is no controlling terminal: a killed axcl-smi can leave a terminal
    without echo. ``send`` signals the process group (process group id, signal number).
    ``stop`` is a descriptor: once it can be read, the time is over. When this process ends, by whatever
    signal, the kernel sends the group SIGTERM; but for the moment between the child's start and ``_tie_to``.
    """
    lifeline, end = os.pipe()
    # A Ctrl-C between the start of the child and the `try` below would leave it running: hold it back.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        child = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=dict(environ),
            pass_fds=(lifeline,),
        )
    except OSError as exc:
        os.close(lifeline)
        os.close(end)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        is_found = not isinstance(exc, FileNotFoundError)
        return RunResult(found=is_found, error=exc.strerror or str(exc))
    result = RunResult()
    pidfd = os.pidfd_open(child.pid)
    try:
        _tie_to(lifeline, child.pid)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)  # a Ctrl-C that was held back comes here
        result = _read(child, pidfd, Deadline(timeout_s, time.monotonic), output_limit, stop)
    finally:  # also when Ctrl-C comes in between
        assert child.stdout is not None, "asked for above"
        child.stdout.close()
        result = _end(child, pidfd, result, send)
        _untie(lifeline)
        for descriptor in (pidfd, lifeline, end):
            os.close(descriptor)
    return result


def _tie_to(lifeline: int, group: int) -> None:
    """Have the kernel send a group SIGTERM when the other end of a pipe closes (fcntl(2), O_ASYNC)."""
    fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGTERM)
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, -group)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)


def _untie(lifeline: int) -> None:
    """Whoever is left behind holds the pipe too, and would take its close for the end of this process."""
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) & ~os.O_ASYNC)


def _read(
    child: subprocess.Popen[bytes], pidfd: int, deadline: Deadline, limit: int, stop: int | None
) -> RunResult:
    """Collect output until the child ends, the time is over or the limit is reached; closes its pipe."""
    assert child.stdout is not None
    pipe = child.stdout.fileno()
    os.set_blocking(pipe, False)
    output = bytearray()
    ended = False
    with child.stdout, selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        selector.register(pidfd, selectors.EVENT_READ)
        if stop is not None:
            selector.register(stop, selectors.EVENT_READ)
        stopped = False
        while not ended and not stopped and len(output) <= limit and not deadline.is_over:
            ready = {key.fd for key, _ in selector.select(deadline.left())}
            ended = pidfd in ready
            stopped = stop in ready
            # An ended child may have written after the pipe was asked, so it is read once more.
            if (pipe in ready or ended) and not _drain(pipe, output, limit) and not ended:
                selector.unregister(pipe)
    return RunResult(
        output=output[:limit].decode(errors="replace"),
        truncated=len(output) > limit,
        timed_out=not ended and len(output) <= limit,
    )


def _drain(pipe: int, output: bytearray, limit: int) -> bool:
    """Read what is there, one byte past the limit at most by a piece; False at end of file."""
    while len(output) <= limit:
        try:
            piece = os.read(pipe, _PIECE_BYTES)
        except BlockingIOError:
            return True
        if not piece:
            return False
        output += piece
    return True


def _end(
    child: subprocess.Popen[bytes], pidfd: int, result: RunResult, send: Callable[[int, int], None]
) -> RunResult:
    """End the whole group, politely while its leader still runs, and reap the leader."""
    if not _ends(pidfd, 0):
        _signal(child.pid, signal.SIGTERM, send)
        _ends(pidfd, TERM_PATIENCE_S)
    # The leader is not reaped yet, so its number still names this group and no other.
    _signal(child.pid, signal.SIGKILL, send)
    if not _ends(pidfd, KILL_PATIENCE_S):
        left_behind.append(child)
        return replace(result, left_pid=child.pid)
    return replace(result, exit_code=child.wait())


def _ends(pidfd: int, timeout_s: float) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(pidfd, selectors.EVENT_READ)
        return bool(selector.select(timeout_s))


def _signal(group: int, number: int, send: Callable[[int, int], None]) -> None:
    try:
        send(group, number)
    except (ProcessLookupError, PermissionError):
        return  # all gone already, or a set-user-id child, which is then reported as left running
