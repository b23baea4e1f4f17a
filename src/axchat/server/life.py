"""The life of a holder: take the card's lock, listen, answer until told to end, give all back."""

import asyncio
import contextlib
import json
import logging
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from starlette.types import ASGIApp

from axchat import __version__
from axchat.attach.life import Life, Stage, decode_life, encode_life
from axchat.attach.place import Lock, Place, listen, make_private, reach
from axchat.errors import AxchatError, DeviceBusy, HolderFailed
from axchat.server.card_reading import CardReading
from axchat.server.connections import Connection
from axchat.server.door import Door
from axchat.server.estimates import LoadTimes
from axchat.server.holder import Holder, Known
from axchat.server.listen import HolderServer
from axchat.server.loader import Build
from axchat.server.local import create_local
from axchat.server.meter import Meter, NoMeter
from axchat.server.owner import Owner
from axchat.server.waiting import Limits

ENDING_LOOK_S = 1.0
"""Its end wakes us; this is for a number that another process has got meanwhile."""

TAKE_EVERY_S = 0.05
"""How often a starting holder looks whether the one before it is gone."""

LOST_LOOKS = 5
"""In a row, until a holder that says to listen and cannot be reached has lost its socket."""

UNREAD_PATIENCE_S = 5.0
"""How long an ending holder waits for clients that do not read the rest of their answer, a suspended
terminal for one: the card is free by then, and the next holder waits."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a holder is to live.

    Attributes:
        place: its socket and lock.
        device: the card's index.
        build: makes engines.
        known: the models that may be named.
        make_public: the public application.
        load_times: file of the load times.
        limits: see ``Limits``.
        is_background: ends when nothing is loaded and nobody waits.
        tcp: listening TCP sockets.
        unix: a listening Unix socket that was handed to us (systemd); None makes our own.
        on_ready: told when it listens.
        meter: counts its work.
        connection: see ``HolderServer``.
    """

    place: Place
    device: int
    build: Build
    known: Known
    make_public: Callable[[Holder], ASGIApp]
    load_times: Path
    limits: Limits = field(default_factory=Limits)
    is_background: bool = False
    tcp: Sequence[socket.socket] = ()
    unix: socket.socket | None = None
    on_ready: Callable[[], object] = lambda: None
    meter: Meter = field(default_factory=NoMeter)
    connection: type[Connection] = Connection


def hold(plan: Plan) -> None:
    """Live: returns when it was told to end and the card is free.

    Raises:
        DeviceBusy: another holder has this card.
        HolderFailed: its socket cannot be made.
    """
    if plan.unix is None:
        make_private(plan.place.folder)
    lock = Lock(plan.place.life_lock)
    try:
        _take(lock, plan)
        _tell(lock, Stage.STARTING)
        unix = plan.unix or listen(plan.place.socket)
        try:
            asyncio.run(_live(plan, unix, lambda stage: _tell(lock, stage)))
        finally:
            unix.close()
    finally:
        lock.release()


def _tell(lock: Lock, stage: Stage) -> None:
    lock.write(encode_life(Life(os.getpid(), __version__, stage)))


def _take(lock: Lock, plan: Plan) -> None:
    """Take the life lock; waits for a holder that is about to end, refuses where one lives on."""
    is_told, lost_looks = False, 0
    while not lock.take_at_once():
        told = lock.read()
        if (found := reach(plan.place, 10.0)) is not None:
            found.close()
            raise DeviceBusy(
                f"a holder already owns card {plan.device} ({decode_life(told)})", hint="end it: axchat stop"
            )
        # one that is about to end says so before it stops to listen; what one that was killed has said stays,
        # while a command that only looks holds the lock for a moment
        is_lost = decode_life(told).stage is Stage.LISTENING and lock.read() == told
        lost_looks = lost_looks + 1 if is_lost else 0
        if lost_looks == LOST_LOOKS:
            raise HolderFailed(
                f"a holder owns card {plan.device} ({decode_life(told)}), but its socket "
                f"{plan.place.socket} was deleted",
                hint="end it: axchat stop --now",
            )
        if not is_lost and not is_told:
            _log.info("waiting for the holder before this one to let go of the card (%s)", decode_life(told))
            is_told = True
        _wait_for_change(decode_life(told))


def _wait_for_change(before: Life) -> None:
    """Wait for the end of the holder before us, or a moment: nothing tells when one that starts listens."""
    patience_s = ENDING_LOOK_S if before.stage is Stage.ENDING else TAKE_EVERY_S
    try:
        handle = os.pidfd_open(before.pid or 0)
    except OSError:  # it has ended, or its number means nothing here (a container's)
        time.sleep(TAKE_EVERY_S)
        return
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        poll.poll(patience_s * 1000)
    finally:
        os.close(handle)


async def _live(plan: Plan, unix: socket.socket, tell: Callable[[Stage], object]) -> None:
    loop = asyncio.get_running_loop()
    ending = _Ending(lambda: tell(Stage.ENDING))
    owner = Owner(
        plan.build,
        limits=plan.limits,
        load_times=LoadTimes(plan.load_times),
        meter=plan.meter,
        on_empty=(lambda: _call(loop, ending.end, False)) if plan.is_background else None,
    )
    holder = Holder(owner, plan.known, is_background=plan.is_background, end=ending.end)
    door = Door(
        create_local(
            holder, started_at=time.time(), device=plan.device, latest_card=CardReading(plan.device).latest
        ),
        lambda: plan.make_public(holder),
        users=frozenset({os.getuid(), 0}) if plan.unix is None else None,
    )
    server = HolderServer(door, plan.connection)
    ending.server, ending.owner = server, owner
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, ending.signalled)
    owner.start()
    try:
        if plan.tcp:
            await door.public()
        tell(Stage.LISTENING)
        plan.on_ready()
        dropping = asyncio.create_task(_drop_unread(server, owner))
        await server.serve([unix, *plan.tcp])
        dropping.cancel()
    finally:
        tell(Stage.ENDING)
        if plan.unix is None:
            plan.place.socket.unlink(missing_ok=True)
        owner.begin_stop(now=ending.is_hurried)
        await asyncio.to_thread(owner.join)


async def _drop_unread(server: HolderServer, owner: Owner) -> None:
    """Once the holder ends and nothing is left to answer, end connections whose clients do not read."""
    await server.ended.wait()
    while True:
        await asyncio.to_thread(owner.wait_idle)
        await asyncio.sleep(UNREAD_PATIENCE_S)
        if owner.wait_idle(0):
            server.abort()


def _call(loop: asyncio.AbstractEventLoop, function: Callable[[bool], object], value: bool) -> None:
    try:
        loop.call_soon_threadsafe(function, value)
    except RuntimeError:
        _log.debug("the loop has ended already")


class _Ending:
    """How a holder is told to end: politely first, then at once."""

    def __init__(self, on_end: Callable[[], object]) -> None:
        self._on_end = on_end
        self.server: HolderServer | None = None
        self.owner: Owner | None = None
        self.is_hurried = False
        self._signals = 0

    def end(self, now: bool) -> None:
        """Take no more requests; those under way and in the queue end first, or with ``now`` at once."""
        assert self.server is not None
        assert self.owner is not None
        if now:
            self.is_hurried = True
            self.owner.begin_stop(now=True)
        self._on_end()
        self.server.end()

    def signalled(self) -> None:
        """A signal: the answer under way ends, what waits is refused; the second time all ends at once."""
        assert self.owner is not None
        self._signals += 1
        _log.info("ending now" if self._signals > 1 else "ending after the answer under way")
        self.owner.begin_stop(now=self._signals > 1)
        self.end(self._signals > 1)


def report(descriptor: int, error: AxchatError | None = None) -> None:
    """Tell whoever started us that we listen, or why not."""
    said = {"ready": os.getpid()} if error is None else {"error": error.as_dict()}
    # whoever started us may be gone; others may come
    with contextlib.suppress(BrokenPipeError), os.fdopen(descriptor, "wb") as pipe:
        pipe.write(json.dumps(said, default=str).encode("ascii") + b"\n")
