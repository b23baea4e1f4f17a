"""How a request's time passed in the holder: waiting, loading, being answered. Pure."""

from dataclasses import dataclass, replace

from axchat.events import Finished
from axchat.server.jobs import Job


@dataclass(slots=True)
class LoadSeconds:
    """The seconds of all loads, to tell a wait from a load; one under way counts up to now.

    Attributes:
        past: of those that are over.
        began: when the one under way began, on the owner's clock; None while none is.
    """

    past: float = 0.0
    began: float | None = None

    def until(self, now: float) -> float:
        """All of them so far."""
        return self.past if self.began is None else self.past + max(0.0, now - self.began)

    def note(self, began: float | None, now: float) -> None:
        """A load begins, or is over (None)."""
        self.past, self.began = self.until(now), began


def came(job: Job, now: float, loads: LoadSeconds) -> None:
    """The job was put into the queue."""
    job.loads_before_s = loads.until(now)


def turn_came(job: Job, now: float, loads: LoadSeconds) -> None:
    """The job is the one that is served now."""
    job.queue_s = max(0.0, now - job.since - (loads.until(now) - job.loads_before_s))


def timed(end: Finished, job: Job, *, load_s: float | None, began: float, now: float) -> Finished:
    """The end of an answer with what the holder knows of its time.

    Args:
        end: as the engine says it.
        job: whose turn it is.
        load_s: what the load for this job took; None where the model was loaded already. The engine's own
            figure of that load comes before it; an engine tells it with the first answer behind any load.
        began: when the request was handed to the engine, on the owner's clock.
        now: when ``end`` came.
    """
    timings = replace(
        end.timings,
        queue_s=job.queue_s,
        load_s=None if load_s is None else end.timings.load_s or load_s,
        holder_load_s=began - job.since - job.queue_s,
        answered_s=now - began,
    )
    return replace(end, timings=timings)
