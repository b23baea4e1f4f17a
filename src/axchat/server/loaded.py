"""What is loaded or being loaded on the card."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from axchat.engines.base import Engine, Request
from axchat.events import LoadProgress
from axchat.server.fitting import fitted
from axchat.server.jobs import Job
from axchat.wire.holder import ModelSpec


@dataclass(slots=True)
class Loaded:
    """A loaded model.

    Attributes:
        spec: as it was asked for.
        engine: that has it; started.
        since: seconds of the wall clock.
        load_s: what the load took.
        remaining_cmm_mib: card memory left, if the runner told.
        loaded_with: sampling values that were read at the load, by name.
    """

    spec: ModelSpec
    engine: Engine
    since: float
    load_s: float
    remaining_cmm_mib: int | None
    loaded_with: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Loading:
    """A load under way.

    Attributes:
        spec: as it was asked for.
        began: on the owner's clock, seconds.
        expected_s: what the last load took.
        percent: how far it is.
        remaining_cmm_mib: card memory left so far, if the runner told.
    """

    spec: ModelSpec
    began: float
    expected_s: float | None
    percent: float | None = None
    remaining_cmm_mib: int | None = None

    def left_s(self, now: float) -> float | None:
        """Seconds that it still takes if it takes as long as the last one."""
        return None if self.expected_s is None else max(0.0, self.expected_s - (now - self.began))

    def learn(self, event: LoadProgress, now: float) -> LoadProgress:
        """Note how far it is; the event with the time that is left."""
        self.percent = 100 * event.done / event.total if event.total else None
        self.remaining_cmm_mib = event.remaining_cmm_mib or self.remaining_cmm_mib
        return replace(event, remaining_s=self.left_s(now))


def loaded_event(model: str, load_s: float | None) -> LoadProgress:
    """What tells those who saw a load that it is over."""
    return LoadProgress(1, 1, f"loaded {model}", is_over=True, load_s=load_s)


def fitted_request(
    job: Job, request: Request, engine: Engine, loaded_with: Mapping[str, object]
) -> tuple[Request, tuple[str, ...]]:
    """The job's request as this engine gets it, and the names of what is left out; see ``fitting``."""
    sampling, ignored = fitted(
        request.sampling,
        engine.capabilities,
        loaded_with,
        allows_reload=job.allows_reload,
        is_lenient=job.is_lenient,
    )
    think = request.think
    if think is not None and job.is_lenient and not engine.capabilities.think:
        think, ignored = None, (*ignored, "think")
    return replace(request, sampling=sampling, think=think), ignored
