"""Those that wait for the card: their order, their limits, what they are told. Under the owner's lock."""

from collections.abc import Callable
from dataclasses import dataclass

from axchat.errors import HolderStopping, QueueFull, QueueTimeout
from axchat.events import LoadProgress, Queued
from axchat.server.estimates import WaitEstimate
from axchat.server.jobs import Job
from axchat.server.queue import FairQueue
from axchat.wire.holder import ModelSpec

ANNOUNCE_EVERY_S = 1.0
"""How often a waiter is told a new position at most."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the owner allows; seconds.

    Attributes:
        max_queue: how many requests may wait.
        max_wait_s: how long each may.
        keep_alive_s: how long a model stays by default; below 0 for ever.
        keep_alive_of: the same for each model; None has ``keep_alive_s`` for all.
        degraded_s: how long a failure keeps the holder degraded; then the next request may try again.
    """

    max_queue: int = 128
    max_wait_s: float = 600.0
    keep_alive_s: float = 300.0
    degraded_s: float = 30.0
    keep_alive_of: Callable[[ModelSpec], float] | None = None

    def keep_alive_for(self, spec: ModelSpec) -> float:
        """How long this model stays by default; below 0 for ever."""
        return self.keep_alive_s if self.keep_alive_of is None else self.keep_alive_of(spec)


class Waiting:
    """The queue and what it knows of time.

    Args:
        limits: see ``Limits``.
        clock: seconds, monotonic.

    Attributes:
        is_running: whether a job is being served that somebody wants.
        answering_since: when its answer was begun; None while its model loads.
        load_left_s: gives what the load under way still takes, None where nobody knows.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._queue: FairQueue[Job] = FairQueue()
        self._times = WaitEstimate()
        self.is_running = False
        self.answering_since: float | None = None
        self.load_left_s: Callable[[], float | None] = lambda: None

    def __len__(self) -> int:
        return len(self._queue)

    def add(self, job: Job) -> None:
        """Put a job in, and tell it where it stands.

        Raises:
            QueueFull: too many wait; fact ``retry_after_s`` is the estimated wait.
        """
        if len(self._queue) >= self._limits.max_queue:
            raise QueueFull(
                f"{len(self._queue)} requests wait for the card already",
                hint="try again later, or raise the setting serve.max_queue",
                retry_after_s=self._wait_s(len(self._queue) + 1),
            )
        self._queue.add(job.client, job)
        self._announce(only_new=True)

    def take(self) -> Job | None:
        """The next job, which now runs; None when none waits."""
        job = self._queue.take()
        if job is not None:
            self.is_running = True
            self._announce()
        return job

    def settled(self) -> None:
        """Nobody wants the job being served any more, or it is over."""
        self.is_running, self.answering_since = False, None

    def left(self) -> None:
        """Who wanted the job being served has gone; its load goes on."""
        self.settled()
        self._announce()

    def tell_load(self, job: Job, event: LoadProgress) -> None:
        """Tell an event of a job's load to it, and to all that wait for the same model.

        Others are told nothing: their own load is still to come. Behind it they are told where they stand.
        """
        for told in [job, *self.order()]:
            if told.spec == job.spec and not told.is_over:
                told.put(event)
        if event.is_over:
            self._announce(again=job.spec)

    def remove(self, job: Job) -> bool:
        """Take a job out; whether it waited."""
        is_out = self._queue.remove(job)
        if is_out:
            self._announce()
        return is_out

    def order(self) -> list[Job]:
        """All that wait, the next one first."""
        return self._queue.order()

    def learn(self, seconds: float) -> None:
        """An answer took this long."""
        self._times.learn(seconds)

    def waited_out(self) -> QueueTimeout:
        """The error of a job that waited as long as it may."""
        return QueueTimeout(
            f"the card was not free within {self._limits.max_wait_s:g} s; nothing was generated",
            hint="try again later, or raise the setting serve.max_wait_s",
            retry_after_s=self._wait_s(len(self._queue)),
        )

    def _announce(self, *, only_new: bool = False, again: ModelSpec | None = None) -> None:
        now = self._clock()
        running = int(self.is_running)
        for index, job in enumerate(self._queue.order()):
            position = index + running
            is_new = job.position is None
            is_news = position != job.position and now - job.announced_at >= ANNOUNCE_EVERY_S
            if is_new or (job.spec == again and position) or (is_news and not only_new):
                job.position, job.announced_at = position, now
                if position or not is_new:
                    job.put(Queued(position, self._wait_s(position)))

    def _wait_s(self, position: int) -> float | None:
        running_s = None
        if self.is_running:
            running_s = 0.0 if self.answering_since is None else self._clock() - self.answering_since
        return self._times.wait_s(position, running_s=running_s, load_left_s=self.load_left_s())


def stopping() -> HolderStopping:
    """The error of a job whose turn does not come any more."""
    return HolderStopping("the holder is being stopped; nothing was generated", hint="run it again")


def cut_short() -> HolderStopping:
    """The error of a job whose answer was stopped with the holder."""
    return HolderStopping("the holder was stopped during the answer; it is not complete", hint="run it again")
