"""From a place to a connection: attach to the holder that lives there, or start one in the background."""

import contextlib
import json
import os
import select
import socket
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from axchat.attach.place import Lock, Place, make_private, reach
from axchat.deadline import Deadline
from axchat.errors import DeviceBusy, HolderFailed
from axchat.wire.holder import decode_error

START_TIMEOUT_S = 90.0
"""For a holder that first waits until the one before it has let go of the card: a runner that reads nothing
any more is given some ten seconds before it is killed; the rest is for slow boards."""

CONNECT_TIMEOUT_S = 10.0
"""A holder accepts at once; only one that is stopped or swaps takes longer."""


@dataclass(frozen=True, slots=True)
class Starter:
    """How a holder is started in the background.

    Attributes:
        argv: what to run; told the descriptor to report at by ``--report-fd N``.
        env: its environment.
        log: where its standard output and error go.
    """

    argv: Sequence[str]
    env: Mapping[str, str]
    log: Path


def attach(
    place: Place,
    starter: Starter | None,
    deadline: Deadline,
    on_start: Callable[[], object] = lambda: None,
) -> socket.socket:
    """A connection to the holder of this place; starts one where none lives.

    Two that start at once get one holder: the second waits for the first one's start.

    Args:
        place: where.
        starter: how one is started; None only attaches.
        deadline: for all of it.
        on_start: called when one has to be started.

    Raises:
        HolderFailed: there is none and it may not be started, or its start failed.
        AxchatError: the reason of the holder that could not start.
    """
    if (found := reach(place, deadline.left(CONNECT_TIMEOUT_S))) is not None:
        return found
    if starter is None or place.is_named:
        raise HolderFailed(
            f"no holder listens at {place.socket}",
            hint="start it: axchat serve" if place.is_named else "start it: axchat load -m DIR",
        )
    make_private(place.folder)
    lock = Lock(place.start_lock)
    try:
        _take(lock, deadline)
        if (found := reach(place, deadline.left(CONNECT_TIMEOUT_S))) is not None:
            return found
        on_start()
        try:
            _start(starter, deadline)
        except DeviceBusy:
            # somebody else's holder, say one in the foreground, was quicker: it serves us as well
            if (found := reach(place, deadline.left(CONNECT_TIMEOUT_S))) is not None:
                return found
            raise
        if (found := reach(place, deadline.left(CONNECT_TIMEOUT_S))) is not None:
            return found
    finally:
        lock.release()
    raise HolderFailed("the holder ended as soon as it was started", hint=f"see {starter.log}")


def _take(lock: Lock, deadline: Deadline) -> None:
    """Wait for the start lock, as long as a start may take."""
    if lock.take_at_once():
        return
    waiting = threading.Thread(target=lock.take, daemon=True)  # flock has no timeout
    waiting.start()
    waiting.join(deadline.left(START_TIMEOUT_S))
    if waiting.is_alive():
        raise HolderFailed(
            "another axchat has been starting the holder for too long", hint="end it: axchat stop --now"
        )


def _start(starter: Starter, deadline: Deadline) -> None:
    """Start it and wait until it listens.

    Raises:
        AxchatError: what it reports, or that it ended without a word.
    """
    log = _open_log(starter.log)
    report, told = os.pipe()
    os.set_inheritable(told, True)
    try:
        _spawn([*starter.argv, "--report-fd", str(told)], starter.env, log)
    except OSError as error:
        os.close(report)
        raise HolderFailed(f"cannot start the holder: {error.strerror}") from error
    finally:
        os.close(told)
        os.close(log)
    try:
        said = _read_report(report, deadline)
    finally:
        os.close(report)
    if said == b"":
        raise HolderFailed("the holder ended while it started", hint=f"see {starter.log}")
    with contextlib.suppress(ValueError):
        given = json.loads(said)
        if "error" in given:
            raise decode_error(given["error"])


def _open_log(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise HolderFailed(
            f"the holder's log {path} cannot be written: {error.strerror}",
            hint="set XDG_STATE_HOME to a folder of yours, or do without a holder: axchat run --once",
        ) from error


def _spawn(argv: Sequence[str], env: Mapping[str, str], log: int) -> None:
    """Start a process that nobody waits for, in a session of its own: no terminal's signal reaches it.

    The one in between ends at once, so that the holder is nobody's child.
    """
    between = (
        "import os,sys\n"
        "if os.fork(): os._exit(0)\n"
        "os.execve(sys.executable, [sys.executable, *sys.argv[1:]], os.environ)\n"
    )
    null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    try:
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-I", "-S", "-c", between, *argv],
            dict(env),
            file_actions=[
                (os.POSIX_SPAWN_DUP2, null, 0),
                (os.POSIX_SPAWN_DUP2, log, 1),
                (os.POSIX_SPAWN_DUP2, log, 2),
            ],
            setsid=True,
        )
    finally:
        os.close(null)
    os.waitpid(pid, 0)


def _read_report(report: int, deadline: Deadline) -> bytes:
    """The line in which the holder says that it listens, or why not; empty when it ended without one."""
    said = b""
    patience = Deadline(deadline.left(START_TIMEOUT_S))
    poll = select.poll()
    poll.register(report, select.POLLIN)
    while not said.endswith(b"\n"):
        left = patience.left()
        assert left is not None
        if not poll.poll(left * 1000):
            raise HolderFailed(
                "the holder does not get ready", hint="allow it more time, or end it: axchat stop --now"
            )
        data = os.read(report, 4096)
        if not data:
            return b""
        said += data
    return said
