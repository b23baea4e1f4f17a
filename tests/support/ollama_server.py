"""A holder on a TCP port of this process, in a thread of its own: what an unmodified client talks to."""

import asyncio
import contextlib
import queue
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from axchat.engines.base import Engine
from axchat.server.app import ApiOptions, create_public
from axchat.server.estimates import LoadTimes
from axchat.server.holder import Holder
from axchat.server.jobs import Job
from axchat.server.listen import HolderServer, listen_tcp
from axchat.server.owner import Owner
from axchat.server.waiting import Limits
from axchat.wire.holder import ModelSpec
from support.live_holder import fixed

PATIENCE_S = 60.0
"""How long a test waits for what should happen at once: two busy cores may take their time."""

SCRIPTED = ModelSpec("tiny", "scripted", None)


class RecordingOwner(Owner):
    """Tells what is put in and taken out: ``submitted`` and ``given_up`` get each job afterwards."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.submitted: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self.given_up: queue.SimpleQueue[Job] = queue.SimpleQueue()

    def submit(self, job: Job) -> None:
        """See ``Owner``."""
        super().submit(job)
        self.submitted.put(job)

    def cancel(self, job: Job) -> None:
        """See ``Owner``; called for each job, after its end where it was answered."""
        super().cancel(job)
        self.given_up.put(job)


@dataclass(frozen=True)
class Served:
    """A server that runs; ``url`` is its address."""

    url: str
    holder: Holder
    owner: RecordingOwner


@contextlib.contextmanager
def served(
    build: Callable[[ModelSpec], Engine], *specs: ModelSpec, limits: Limits | None = None
) -> Iterator[Served]:
    """Serve these models (``SCRIPTED`` when none is named), the first as the default, until the end."""
    known = specs or (SCRIPTED,)
    with tempfile.TemporaryDirectory() as folder:
        owner = RecordingOwner(
            lambda spec, _sampling: build(spec),
            limits=limits or Limits(),
            load_times=LoadTimes(Path(folder, "loads.json")),
        )
        started: list[tuple[Holder, HolderServer, asyncio.AbstractEventLoop]] = []
        is_started = threading.Event()
        listening = listen_tcp("127.0.0.1", 0)
        owner.start()
        thread = threading.Thread(
            target=lambda: asyncio.run(_serve(owner, known, listening, started, is_started)), name="server"
        )
        thread.start()
        try:
            assert is_started.wait(PATIENCE_S)
            holder, server, loop = started[0]
            yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}", holder, owner)
        finally:
            owner.begin_stop(now=True)
            if started:
                loop.call_soon_threadsafe(server.end)
            thread.join(PATIENCE_S)
            listening.close()
            assert not thread.is_alive()
            assert owner.join(PATIENCE_S)


async def _serve(
    owner: Owner,
    known: tuple[ModelSpec, ...],
    listening: socket.socket,
    started: list[tuple[Holder, HolderServer, asyncio.AbstractEventLoop]],
    is_started: threading.Event,
) -> None:
    holder = Holder(owner, fixed(known), is_background=False, end=lambda _: None)
    server = HolderServer(create_public(holder, ApiOptions()))
    started.append((holder, server, asyncio.get_running_loop()))
    is_started.set()
    await server.serve([listening])
