"""The asyncio side of one request: the owner's events, in batches, and a cancel when nobody waits."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Self

from axchat.events import Event, Finished, TextDelta
from axchat.server.jobs import Failed, Job, JobEvent, Ready
from axchat.server.owner import Owner


class Answer:
    """One request; an async context manager whose exit dequeues or cancels what is not over.

    Iterate it for batches of events, as fast as they are taken; the last event is ``Finished``. A batch is
    empty where its turn has come and nothing else. Made in the event loop's thread.

    Attributes:
        ready: when its turn came, None before.
        finished: its last event, None before.
        queued_s: seconds from the request to the start of its load or generation.
        load_s: seconds that its load took; None where it was loaded already.
        ttft_s: seconds from the start of the generation to the first text.
        total_s: seconds from the request to its end.

    Raises:
        AxchatError: by iteration; the owner's or the engine's.
    """

    def __init__(self, owner: Owner, make: Callable[[Callable[[JobEvent], None]], Job]) -> None:
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._events: deque[JobEvent] = deque()
        self._is_woken = False
        self._arrived = asyncio.Event()
        self._began = time.monotonic()
        self._turn_at: float | None = None
        self._said_at: float | None = None
        self._ended_at: float | None = None
        self._limit: asyncio.TimerHandle | None = None
        self.ready: Ready | None = None
        self.finished: Finished | None = None
        self.job = make(self._put)
        owner.submit(self.job)
        self._limit = self._loop.call_later(owner.limits.max_wait_s, owner.expire, self.job)

    @property
    def ignored(self) -> tuple[str, ...] | None:
        """Names of sampling values that this model keeps as they are; None while its turn has not come."""
        return None if self.ready is None else self.ready.ignored

    @property
    def load_s(self) -> float | None:
        """See the class."""
        return None if self.ready is None else self.ready.load_s

    @property
    def queued_s(self) -> float | None:
        """See the class."""
        return None if self._turn_at is None else self._turn_at - self._began - (self.load_s or 0.0)

    @property
    def ttft_s(self) -> float | None:
        """See the class."""
        return None if self._said_at is None or self._turn_at is None else self._said_at - self._turn_at

    @property
    def total_s(self) -> float | None:
        """See the class."""
        return None if self._ended_at is None else self._ended_at - self._began

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Dequeue or cancel what is not over; may be called twice."""
        if self._limit is not None:
            self._limit.cancel()
        self._owner.cancel(self.job)

    async def __aiter__(self) -> AsyncIterator[list[Event]]:
        while self.finished is None:
            await self._arrived.wait()
            self._arrived.clear()
            while self._events:
                batch = self._taken()
                events = [event for event in batch if not isinstance(event, Failed)]
                if events or not batch:
                    yield events
                for event in batch[len(events) :]:
                    assert isinstance(event, Failed), "nothing comes after a failure"
                    raise event.error

    def _taken(self) -> list[Event | Failed]:
        """The events that are there and stand on one side of ``Ready``; none where it is the next."""
        taken: list[Event | Failed] = []
        while self._events:
            event = self._events.popleft()
            if isinstance(event, Ready):
                if taken:
                    self._events.appendleft(event)
                else:
                    self.ready = event
                break
            taken.append(event)
            self.finished = event if isinstance(event, Finished) else None
        return taken

    def _put(self, event: JobEvent) -> None:
        """Take an event; called in the owner's thread, and in ours by ``submit`` and ``cancel``."""
        self._stamp(event)
        self._events.append(event)
        if not self._is_woken:
            self._is_woken = True
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits for this any more
                self._loop.call_soon_threadsafe(self._wake)

    def _stamp(self, event: JobEvent) -> None:
        """Times are those of the event, not of the moment when somebody looks at it."""
        if isinstance(event, TextDelta):
            if self._said_at is None and event.text:
                self._said_at = time.monotonic()
        elif isinstance(event, Ready):
            self._turn_at = time.monotonic()
        elif isinstance(event, Finished):
            self._ended_at = time.monotonic()

    def _wake(self) -> None:
        self._is_woken = False
        self._arrived.set()
