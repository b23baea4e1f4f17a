"""The one thread that owns the card: it loads, answers one request at a time, and unloads.

Engines belong to one thread, and a child may be tied to the thread that started it; so this one lives as
long as the holder. Others put jobs in and cancel them; every decision between them is made under one lock.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable

from axchat.chat.turn import run_turn
from axchat.engines.base import Request
from axchat.errors import AxchatError, HolderStopping, QueueFull
from axchat.events import Event, Finished, FinishReason, Level, LoadProgress, Notice
from axchat.server.estimates import LoadTimes
from axchat.server.fitting import kept_values, reload_values
from axchat.server.held_times import LoadSeconds, came, timed, turn_came
from axchat.server.jobs import Failed, Job, Ready
from axchat.server.loaded import Loaded, Loading, fitted_request, loaded_event
from axchat.server.loader import Build, Loader
from axchat.server.meter import Meter, NoMeter
from axchat.server.passing import pass_on
from axchat.server.standing import Standing
from axchat.server.status import Status
from axchat.server.waiting import Limits, Waiting, cut_short, stopping
from axchat.wire.holder import ModelSpec

START_LINGER_S = 60.0
"""How long a holder that was started in the background waits for its first request."""

_log = logging.getLogger(__name__)


class Owner:
    """Owns the card; ``start`` it, then ``submit`` jobs, then ``begin_stop`` and ``join`` it.

    Args:
        build: makes the engine of a model; its failure is the request's.
        limits: see ``Limits``.
        load_times: what loads took before.
        meter: counts.
        on_empty: called in the owner's thread when nothing is loaded any more and nobody waits; for a holder
            that then has no reason to live. None: it stays.
        clock: seconds, monotonic.
        wall: seconds, for people.
    """

    def __init__(
        self,
        build: Build,
        *,
        limits: Limits,
        load_times: LoadTimes,
        meter: Meter | None = None,
        on_empty: Callable[[], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.limits = limits
        self._meter: Meter = meter or NoMeter()
        self._loader = Loader(build, load_times, self._meter, clock, wall)
        self._on_empty = on_empty
        self._clock = clock
        self._wall = wall
        self._changed = threading.Condition()
        self._waiting = Waiting(limits, clock)
        self._waiting.load_left_s = lambda: self._at.load_left_s(clock())
        self._load_seconds = LoadSeconds()
        self._at = Standing(limits, lives_while_empty=on_empty is None)
        self._unload_asked: list[threading.Event] = []
        self._thread = threading.Thread(target=self._run, name="card owner", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._at.ends_at = None if self._on_empty is None else self._clock() + START_LINGER_S
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Put a job in; its events come by ``job.put``.

        Raises:
            HolderStopping: the holder ends.
            QueueFull: too many wait; fact ``retry_after_s`` is the estimated wait.
        """
        with self._changed:
            if self._at.is_stopping:
                raise stopping()
            came(job, self._clock(), self._load_seconds)
            try:
                self._waiting.add(job)
            except QueueFull:
                self._meter.failed(QueueFull.id)
                raise
            self._changed.notify_all()

    def cancel(self, job: Job) -> None:
        """Nobody wants this job any more: take it out of the queue, or stop its answer at the next token.

        A load under way goes on: the next request will want it.
        """
        with self._changed:
            if job.is_over:
                return
            job.is_cancelled = True
            if self._waiting.remove(job):
                self._end(job, Finished(FinishReason.CANCELLED))
            elif job is self._at.active and self._at.generating is not None:
                self._at.generating.cancel()
            elif job is self._at.active:
                job.put(Notice("the load goes on in the background; axchat stop --now ends it"))
                self._end(job, Finished(FinishReason.CANCELLED))
                self._waiting.left()

    def expire(self, job: Job) -> None:
        """The job has waited as long as it may: it fails, unless its turn has come."""
        with self._changed:
            if self._waiting.remove(job):
                self._end(job, Failed(self._waiting.waited_out()))

    def unload(self, *, now: bool) -> threading.Event:
        """Unload when nothing is left to answer; with ``now`` stop what is being answered or waits.

        Returns:
            What is set when it is done.
        """
        done = threading.Event()
        with self._changed:
            if self._at.has_ended:
                done.set()
                return done
            if now:
                self._hurry()
            self._unload_asked.append(done)
            self._changed.notify_all()
        return done

    def begin_stop(self, *, now: bool) -> None:
        """Take no more requests and refuse those that wait; the running one ends first, or at once."""
        with self._changed:
            self._at.is_stopping = True
            self._fail_waiting(stopping())
            if now:
                self._hurry()
            self._changed.notify_all()

    def wait_idle(self, timeout_s: float | None = None) -> bool:
        """Wait until nothing is answered and nobody waits; whether that is so."""
        with self._changed:
            return self._changed.wait_for(lambda: self._at.active is None and not self._waiting, timeout_s)

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait until the card is free and the thread has ended; whether it has."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def count(self, spec: ModelSpec, request: Request) -> int | None:
        """The tokens of a prompt; None where this model is not loaded. From any thread, beside the queue."""
        with self._changed:
            loaded = self._at.loaded
        if loaded is None or loaded.spec != spec:
            return None
        return loaded.engine.count(request)

    def status(self) -> Status:
        """What goes on now."""
        with self._changed:
            return self._at.status(self._clock(), self._wall(), len(self._waiting))

    def _hurry(self) -> None:
        """Stop what is under way. Requires the lock."""
        self._fail_waiting(stopping())
        self._at.is_hurried = self._at.active is not None
        if self._at.generating is not None:
            self._at.generating.cancel()

    def _fail_waiting(self, error: AxchatError, spec: ModelSpec | None = None) -> None:
        """Those that wait, for this model or for any, wait in vain. Requires the lock."""
        for job in self._waiting.order():
            if spec is None or job.spec == spec:
                self._waiting.remove(job)
                self._end(job, Failed(error))

    # -- the owner's thread

    def _run(self) -> None:
        while (job := self._next()) is not None:
            self._serve(job)
        self._drop()
        with self._changed:
            self._at.has_ended = True
        self._tell_unloaded()

    def _next(self) -> Job | None:
        """The next job; unloads while there is none. None when the holder ends."""
        while True:
            with self._changed:
                if (job := self._waiting.take()) is not None:
                    self._at.active = job
                    turn_came(job, self._clock(), self._load_seconds)
                    return job
                if self._at.is_stopping:
                    return None
                left = self._at.left_s(self._clock())
                if not self._unload_asked and (left is None or left > 0):
                    # a request may ask for centuries
                    self._changed.wait(None if left is None else min(left, threading.TIMEOUT_MAX))
                    continue
                self._at.ends_at = None
            self._drop()
            self._tell_unloaded()
            if self._on_empty is not None and not self._waiting:
                self._on_empty()

    def _tell_unloaded(self) -> None:
        with self._changed:
            for done in self._unload_asked:
                done.set()
            self._unload_asked.clear()

    def _serve(self, job: Job) -> None:
        """One job, from its turn to its last event."""
        try:
            self._answer(job)
        except AxchatError as error:
            self._fail(job, error)
        except Exception as error:  # noqa: BLE001
            # the boundary of the owner's thread: a bug ends this request and its engine, not the holder
            _log.exception("bug while answering")
            self._drop()
            self._fail(job, AxchatError(f"bug: {type(error).__name__}: {error}", hint="see the holder's log"))
        finally:
            with self._changed:
                self._settle(job)

    def _finish(self, job: Job, event: Finished | Failed) -> None:
        """The last event of the job being served: whoever hears it finds the holder free again."""
        with self._changed:
            self._settle(job)
            self._end(job, event)

    def _settle(self, job: Job) -> None:
        """The job is not being served any more. Requires the lock."""
        if self._at.active is job:
            self._at.active = None
            self._waiting.settled()
            self._at.is_hurried = False
            self._at.keep(job, self._clock())
            self._changed.notify_all()

    def _answer(self, job: Job) -> None:
        if job.request is None and job.keep_alive_s == 0:
            self._finish(job, Finished(FinishReason.STOP))  # only to unload: nothing is loaded for that
            return
        load_s = None
        is_lost = self._at.loaded is not None and self._at.loaded.engine.is_lost
        if is_lost:
            job.put(Notice("the model's process had ended; loading again", Level.WARNING))
        if self._at.loaded is None or self._at.loaded.spec != job.spec or is_lost:
            self._drop()
            load_s = self._load(job)
        loaded = self._at.loaded
        assert loaded is not None, "a load that did not raise has loaded"
        able = loaded.engine.capabilities
        if job.request is None:
            job.put(Ready(loaded.engine.name, loaded.engine.model, able, (), load_s))
            self._finish(job, Finished(FinishReason.STOP))
            return
        request, ignored = fitted_request(job, job.request, loaded.engine, loaded.loaded_with)
        if job.is_cancelled:
            return  # and told so
        job.put(Ready(loaded.engine.name, loaded.engine.model, able, ignored, load_s))
        kept = kept_values(job.request.sampling, able, loaded.loaded_with)
        if kept is not None and not job.is_lenient:
            job.put(Notice(kept))
        self._generate(job, loaded, request, load_s)

    def _load(self, job: Job) -> float:
        """Load the job's model; the seconds it took.

        Raises:
            AxchatError: it could not be; everybody who waits for this model is told, and nothing is loaded.
        """
        try:
            loaded = self._loader.load(job, lambda event: self._tell_load(job, event), self._note_load)
        except AxchatError as error:
            if not isinstance(error, HolderStopping):
                with self._changed:  # not tried again for everybody who waits for it
                    self._fail_waiting(error, job.spec)
            raise
        with self._changed:
            self._at.loaded = loaded
            self._at.error = None
            self._waiting.tell_load(job, loaded_event(loaded.engine.model, loaded.load_s))
        return loaded.load_s

    def _note_load(self, loading: Loading | None) -> None:
        with self._changed:
            self._at.loading = loading
            self._load_seconds.note(None if loading is None else loading.began, self._clock())

    def _tell_load(self, job: Job, event: Event) -> None:
        """Tell an event of a load.

        Raises:
            HolderStopping: it is to end at once.
        """
        with self._changed:
            if self._at.is_hurried:
                raise stopping()
            if isinstance(event, LoadProgress):
                self._waiting.tell_load(job, event)
            elif not job.is_over:
                job.put(event)

    def _generate(self, job: Job, loaded: Loaded, request: Request, load_s: float | None) -> None:
        engine, began = loaded.engine, self._clock()
        queued_s = began - job.since
        with contextlib.closing(run_turn(engine, request, clock=self._clock)) as turn:
            with self._changed:
                self._at.generating = engine
                self._waiting.answering_since = began
                if job.is_cancelled or self._at.is_hurried:
                    engine.cancel()
            try:
                end, again_s = pass_on(
                    turn,
                    job,
                    on_load=lambda event: self._load_again(job, loaded, event),
                    meter=self._meter,
                    clock=self._clock,
                )
                load_s = again_s if load_s is None else load_s
                end = timed(end, job, load_s=load_s, began=began, now=self._clock())
            finally:
                with self._changed:
                    self._at.generating = None
                    self._note_load(None)
        self._meter.finished_with(end, queued_s)
        with self._changed:
            loaded.loaded_with = reload_values(request.sampling, engine.capabilities)
            self._at.error = None
            self._at.answered += 1
            if end.reason is not FinishReason.CANCELLED:
                self._waiting.learn(self._clock() - (self._waiting.answering_since or began))
            is_cut = self._at.is_hurried and not job.is_cancelled
            self._finish(job, Failed(cut_short()) if is_cut else end)

    def _load_again(self, job: Job, loaded: Loaded, event: LoadProgress) -> None:
        """A load within an answer: the runner had ended, or reads sampling values when it loads."""
        with self._changed:
            now = self._clock()
            if event.is_over:
                self._note_load(None)
                self._waiting.answering_since = now
                loaded.since, loaded.load_s = self._wall(), event.load_s or loaded.load_s
                self._meter.loaded(loaded.load_s)
            else:
                loading = self._at.loading or self._loader.begun(job.spec)
                if self._at.loading is None:
                    self._note_load(loading)
                    self._waiting.answering_since = None
                event = loading.learn(event, now)
            self._waiting.tell_load(job, event)

    def _drop(self) -> None:
        """Unload what is loaded, if anything is."""
        loaded, self._at.loaded = self._at.loaded, None
        if loaded is not None:
            loaded.engine.close()

    def _fail(self, job: Job, error: AxchatError) -> None:
        with self._changed:
            self._at.failed(error, self._clock(), job)
        self._finish(job, Failed(error))

    # -- under the lock

    def _end(self, job: Job, event: Finished | Failed) -> None:
        """The job's last event, once. Requires the lock."""
        if not job.is_over:
            job.is_over = True
            if isinstance(event, Failed):
                self._meter.failed(event.error.id)
            job.put(event)
