"""Loads a model: makes its engine, starts it, learns how long that takes."""

import time
from collections.abc import Callable

from axchat.deadline import Deadline
from axchat.engines.base import Engine, refuse_unsupported
from axchat.events import Event, LoadProgress
from axchat.messages import Sampling
from axchat.server.estimates import LoadTimes
from axchat.server.fitting import reload_values
from axchat.server.jobs import Job
from axchat.server.loaded import Loaded, Loading, fitted_request
from axchat.server.meter import Meter
from axchat.wire.holder import ModelSpec

LOAD_TIMEOUT_S = 600.0
"""The slowest load on record takes 66 s; ten times that on a card that also swaps is no load any more."""

Build = Callable[[ModelSpec, Sampling], Engine]


class Loader:
    """Loads for jobs, in the owner's thread.

    Args:
        build: makes the engine of a model.
        load_times: what loads took before.
        meter: counts.
        clock: seconds, monotonic.
        wall: seconds, for people.
    """

    def __init__(
        self,
        build: Build,
        load_times: LoadTimes,
        meter: Meter,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._build = build
        self._load_times = load_times
        self._meter = meter
        self._clock = clock
        self._wall = wall

    def begun(self, spec: ModelSpec) -> Loading:
        """A load of this model that begins now."""
        return Loading(spec, self._clock(), self._load_times.of(spec))

    def load(self, job: Job, tell: Callable[[Event], None], note: Callable[[Loading | None], None]) -> Loaded:
        """Load the job's model.

        Args:
            job: whose model, and whose sampling values where it allows a load for them.
            tell: gets every event; may raise to end the load.
            note: gets the load when it begins, and None when it is over.

        Raises:
            AxchatError: it could not be loaded, or the job asks for what the engine cannot; nothing is left.
        """
        sampling = job.request.sampling if job.request is not None and job.allows_reload else Sampling()
        engine = self._build(job.spec, sampling)
        loading = self.begun(job.spec)
        try:
            if job.request is not None:
                refuse_unsupported(engine, fitted_request(job, job.request, engine, {})[0])
            note(loading)
            for event in engine.start(Deadline(LOAD_TIMEOUT_S, self._clock)):
                tell(loading.learn(event, self._clock()) if isinstance(event, LoadProgress) else event)
        except BaseException:  # a bug too: nothing half loaded stays on the card
            engine.close()
            raise
        finally:
            note(None)
        load_s = self._clock() - loading.began
        self._load_times.learn(job.spec, load_s)
        self._meter.loaded(load_s)
        loaded_with = reload_values(sampling, engine.capabilities)
        return Loaded(job.spec, engine, self._wall(), load_s, loading.remaining_cmm_mib, loaded_with)
