"""Runs one child and outlives axchat just long enough to end it. Run as a file, never imported.

    python -I -S guard.py LIFELINE REPORT STDERR MODE FOLDER PROGRAM [ARG ...]

LIFELINE is the read end of a pipe whose other end only axchat holds: end of file there means that axchat
is gone (also by ``kill -9``) or wants the child killed. REPORT is a descriptor that is closed when the child
and all it started have ended; then the guard stays until the lifeline ends, because it leads the session of
the terminal: its exit hangs the terminal up, and the kernel then throws away what axchat has not read yet
(``tty_ldisc_hangup``, ``pty_flush_buffer``). Where there is no terminal, REPORT is -1. STDERR is a descriptor
for the child's standard error, or -1. MODE ``raw`` sets the terminal on standard input to pass every byte as
it is; ``keep`` leaves it alone. FOLDER is the child's working directory.

The guard is a subreaper: whatever the child starts, even in a session of its own, ends here. It exits with
the child's status, or with 128 + the signal that ended it, as a shell does.
"""

import contextlib
import ctypes
import os
import select
import signal
import sys
import termios
import time
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_KILL_PATIENCE_S = 2.0  # a process in the kernel (D state) dies only when it returns; do not wait for it
_NOT_FOR_THE_CHILD = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGPIPE,
    signal.SIGXFSZ,
)


def main(argv: list[str]) -> int:
    """Run the child of the command line; returns the exit status to give."""
    lifeline, report, stderr = (int(word) for word in argv[:3])
    mode, folder, program = argv[3], argv[4], argv[5:]
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    # Signals for the group are meant for the child; the guard ends by the child's end or the lifeline.
    for number in _NOT_FOR_THE_CHILD:
        signal.signal(number, signal.SIG_IGN)
    if mode == "raw":
        make_raw(0)
    for descriptor in {lifeline, report} - {-1}:
        os.set_inheritable(descriptor, False)
    actions = [] if stderr < 0 else [(os.POSIX_SPAWN_DUP2, stderr, 2), (os.POSIX_SPAWN_CLOSE, stderr)]
    try:
        os.chdir(folder)
        child = os.posix_spawnp(
            program[0], program, os.environ, file_actions=actions, setsigdef=list(_NOT_FOR_THE_CHILD)
        )
    except OSError as error:
        name = error.filename or program[0]
        os.write(stderr if stderr >= 0 else 2, f"{name}: {error.strerror}\n".encode())
        return 126 if isinstance(error, PermissionError) else 127
    if stderr >= 0:
        os.close(stderr)
    status = wait_for(child, lifeline)
    end_descendants()
    if report >= 0:
        os.close(report)
        os.read(lifeline, 1)
    return status


def make_raw(terminal: int) -> None:
    """Pass input and output bytes as they are: no echo, lines, signals or newline translation.

    Output processing is off, so that an LF stays an LF and every answer byte is the runner's own.
    """
    mode = termios.tcgetattr(terminal)
    mode[0] &= ~(termios.IXON | termios.ICRNL | termios.INLCR | termios.IGNCR | termios.ISTRIP)
    mode[1] &= ~termios.OPOST
    mode[3] &= ~(termios.ICANON | termios.ECHO | termios.ECHONL | termios.ISIG | termios.IEXTEN)
    mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
    termios.tcsetattr(terminal, termios.TCSANOW, mode)


def wait_for(child: int, lifeline: int) -> int:
    """Wait until the child ends, or kill it when the lifeline does."""
    handle = os.pidfd_open(child)
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    poll.register(lifeline, select.POLLIN | select.POLLHUP)
    ready = {descriptor for descriptor, _ in poll.poll()}
    if handle not in ready:
        return 128 + signal.SIGKILL
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def end_descendants() -> None:
    """Kill and reap everything that is still below this process."""
    give_up = time.monotonic() + _KILL_PATIENCE_S
    while pids := descendants(os.getpid()):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            handle = os.pidfd_open(pids[0])
            poll = select.poll()
            poll.register(handle, select.POLLIN)
            poll.poll(max(0.0, give_up - time.monotonic()) * 1000)
            os.close(handle)
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if time.monotonic() >= give_up:
            return


def descendants(root: int) -> list[int]:
    """Every process below ``root``, direct children first; zombies of others left out."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            # "pid (comm) state ppid": comm may hold anything, so read from its last parenthesis
            fields = (entry / "stat").read_bytes().rpartition(b")")[2].split()
            parents[int(entry.name)] = int(fields[1])
    found, level = [], [root]
    while level:
        level = [pid for pid, parent in parents.items() if parent in level]
        found += level
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
