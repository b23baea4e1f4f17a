"""A holder with the public APIs on loopback, in a thread: what real clients talk to."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from axchat.engines.base import Engine
from axchat.errors import AxchatError
from axchat.messages import Sampling
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


class WatchedOwner(Owner):
    """An owner that tells of each request that was given up or refused: both can be waited for."""

    given_up: threading.Semaphore
    refused: threading.Semaphore

    def submit(self, job: Job) -> None:
        """See ``Owner``."""
        try:
            super().submit(job)
        except AxchatError:
            self.refused.release()
            raise

    def cancel(self, job: Job) -> None:
        """See ``Owner``."""
        super().cancel(job)
        if job.is_cancelled:
            self.given_up.release()


@dataclass(frozen=True)
class Serving:
    """A running server: its address and its inside."""

    port: int
    holder: Holder
    owner: WatchedOwner

    @property
    def url(self) -> str:
        """Where OpenAI's API is."""
        return f"http://127.0.0.1:{self.port}/v1"


@contextmanager
def serving(
    engines: Mapping[str, Engine | AxchatError | Callable[[], Engine]],
    folder: Path,
    *,
    limits: Limits | None = None,
    options: ApiOptions | None = None,
) -> Iterator[Serving]:
    """Serve these engines, each under its name; an error is what making that engine raises.

    An engine that may be unloaded and asked for again is given as what makes it.
    """

    def build(spec: ModelSpec, _: Sampling) -> Engine:
        engine = engines[spec.name]
        if isinstance(engine, AxchatError):
            raise engine
        return engine() if callable(engine) else engine

    specs = [ModelSpec(name, "scripted", None) for name in engines]
    owner = WatchedOwner(build, limits=limits or Limits(), load_times=LoadTimes(folder / "load-times.json"))
    owner.given_up, owner.refused = threading.Semaphore(0), threading.Semaphore(0)
    with running(owner, specs, options or ApiOptions()) as (port, holder):
        yield Serving(port, holder, owner)


@contextmanager
def running(owner: Owner, specs: Sequence[ModelSpec], options: ApiOptions) -> Iterator[tuple[int, Holder]]:
    """Serve these models from a thread, the first as the default; gives the port and what the routes hold."""
    listener = listen_tcp("127.0.0.1", 0)
    started = threading.Event()
    found: list[tuple[Holder, HolderServer, asyncio.AbstractEventLoop]] = []

    async def live() -> None:
        holder = Holder(owner, fixed(specs), is_background=False, end=lambda _: None)
        server = HolderServer(create_public(holder, options))
        found.append((holder, server, asyncio.get_running_loop()))
        started.set()
        await server.serve([listener])

    owner.start()
    thread = threading.Thread(target=asyncio.run, args=(live(),), name="server under test")
    thread.start()
    try:
        assert started.wait(PATIENCE_S)
        yield listener.getsockname()[1], found[0][0]
    finally:
        owner.begin_stop(now=True)
        for _, server, loop in found:
            loop.call_soon_threadsafe(server.end)
        thread.join(PATIENCE_S)
        listener.close()
        assert owner.join(PATIENCE_S)
        assert not thread.is_alive()
