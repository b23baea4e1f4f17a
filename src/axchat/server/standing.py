"""Where the holder stands, and what follows from that. Pure; guarded by the owner's lock."""

from dataclasses import dataclass

from axchat.engines.base import Engine
from axchat.errors import AxchatError, DeviceError, EngineFault, HolderStopping, ModelError, RunnerTimeout
from axchat.server.jobs import Job
from axchat.server.loaded import Loaded, Loading
from axchat.server.status import State, Status
from axchat.server.waiting import Limits


@dataclass(slots=True)
class Standing:
    """What the owner knows of itself; moments are on its clock.

    Attributes:
        limits: see ``Limits``.
        lives_while_empty: whether the holder stays when nothing is loaded.
        active: the job that is served.
        generating: the engine that answers it.
        loading: the load under way.
        loaded: what is loaded.
        ends_at: when an unused model is unloaded, or an empty holder ends; None for never.
        is_stopping: no more requests are taken.
        is_hurried: what is under way is stopped, too.
        has_ended: the card is free for good.
        error: the last failure, None after the next success.
        failed_at: when that was.
        answered: how many requests were.
    """

    limits: Limits
    lives_while_empty: bool
    active: Job | None = None
    generating: Engine | None = None
    loading: Loading | None = None
    loaded: Loaded | None = None
    ends_at: float | None = None
    is_stopping: bool = False
    is_hurried: bool = False
    has_ended: bool = False
    error: AxchatError | None = None
    failed_at: float = 0.0
    answered: int = 0

    def load_left_s(self, now: float) -> float | None:
        """Seconds that the load under way still takes; None where there is none, or nobody knows."""
        return None if self.loading is None else self.loading.left_s(now)

    def left_s(self, now: float) -> float | None:
        """Seconds until an unused model is unloaded, or an empty holder ends; None for never."""
        return None if self.ends_at is None else self.ends_at - now

    def keep(self, job: Job, now: float) -> None:
        """A job is over: settle when what is loaded ends."""
        if self.loaded is None:
            self.ends_at = None if self.lives_while_empty else now
        elif self.loaded.spec == job.spec:
            keep = self.limits.keep_alive_for(job.spec) if job.keep_alive_s is None else job.keep_alive_s
            self.ends_at = None if keep < 0 else now + keep

    def failed(self, error: AxchatError, now: float, job: Job | None = None) -> None:
        """A job failed, which degrades the holder unless the client or the end of the holder is the cause.

        A client that gives its answer less time than it takes is the cause of that.
        """
        is_ours = isinstance(error, DeviceError | EngineFault | ModelError)
        request = None if job is None else job.request
        is_over = isinstance(error, RunnerTimeout) and request is not None and request.deadline.is_over
        if is_ours and not is_over and not isinstance(error, HolderStopping):
            self.error, self.failed_at = error, now

    def state(self, now: float) -> State:
        """In one word."""
        if self.is_stopping:
            return State.STOPPING
        if self.loading is not None:
            return State.LOADING
        if self.error is not None and now - self.failed_at < self.limits.degraded_s:
            return State.DEGRADED
        return State.READY if self.loaded is not None else State.IDLE

    def status(self, now: float, wall: float, queue: int) -> Status:
        """For others.

        Args:
            now: on the owner's clock.
            wall: the same moment, for people.
            queue: how many wait.
        """
        loading, loaded = self.loading, self.loaded
        there = None if loading else loaded  # a runner that is loaded again is not there meanwhile
        left = None if loaded is None or self.active is not None else self.left_s(now)
        return Status(
            state=self.state(now),
            spec=loading.spec if loading else loaded.spec if loaded else None,
            model=there.engine.model if there else None,
            capabilities=loaded.engine.capabilities if loaded else None,
            since=there.since if there else None,
            load_s=there.load_s if there else None,
            load_percent=loading.percent if loading else None,
            load_left_s=self.load_left_s(now),
            expires_at=None if left is None else wall + left,
            remaining_cmm_mib=there.remaining_cmm_mib if there else None,
            queue=queue,
            is_busy=self.active is not None,
            answered=self.answered,
            error=self.error,
        )
