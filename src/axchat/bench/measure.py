"""Runs a plan on an engine and measures it with the given clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import axchat
from axchat.bench.plan import Plan, Step
from axchat.bench.report import Load, LoadSource, Report, Sample
from axchat.deadline import Deadline
from axchat.engines.base import Engine, Request, refuse_unsupported
from axchat.errors import EngineFault
from axchat.events import Event, Finished, FinishReason, LoadProgress, Notice, TextDelta
from axchat.messages import Message, Role


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a bench stands, for whoever watches; never sent between two tokens of an answer.

    Attributes:
        done: requests answered, of ``total``.
        step: the request that is about to be made; None while the engine starts.
        event: a ``LoadProgress`` or ``Notice`` that just came; None at the beginning of a step.
    """

    done: int
    total: int
    step: Step | None
    event: Event | None = None


OnProgress = Callable[[Progress], None]


class _Stopped(Exception):
    """The answer under way was cancelled."""


class _Answer:
    """The moments of one answer, as its events come."""

    def __init__(self, began: float) -> None:
        self.began = began
        self.first_text: float | None = None
        self.last_text: float | None = None
        self.first_load: float | None = None
        self.last_load: float | None = None

    def see(self, event: Event, now: float) -> None:
        """Note when it came."""
        if isinstance(event, TextDelta) and event.text:
            self.first_text = now if self.first_text is None else self.first_text
            self.last_text = now
        elif isinstance(event, LoadProgress):
            self.first_load = now if self.first_load is None else self.first_load
            self.last_load = now

    def load(self, reported_s: float | None) -> Load | None:
        """The load within this answer: the engine's own figure, else what its progress shows."""
        if reported_s is not None:
            return Load(reported_s, LoadSource.ENGINE)
        if self.first_load is None or self.last_load is None or self.last_load <= self.first_load:
            return None
        return Load(self.last_load - self.first_load, LoadSource.PROGRESS)

    def decode_tokens_per_s(self, tokens: int | None) -> float | None:
        """Tokens after the first one over the time they took; None without an exact count or any time."""
        if tokens is None or tokens < 2 or self.first_text is None or self.last_text is None:
            return None
        seconds = self.last_text - self.first_text
        return (tokens - 1) / seconds if seconds > 0 else None


def measure(
    engine: Engine,
    plan: Plan,
    *,
    clock: Callable[[], float] = time.monotonic,
    on_progress: OnProgress = lambda _progress: None,
    load_timeout_s: float | None = None,
    answer_timeout_s: float | None = None,
) -> Report:
    """Start the engine and run the plan; the caller closes the engine.

    KeyboardInterrupt, or an answer that ends cancelled, stops it: the report holds what was measured until
    then (``is_complete`` is False). An interrupt before the engine was ready is not caught.

    Args:
        engine: not started.
        plan: what to ask.
        clock: seconds, monotonic.
        on_progress: called before each request and for each progress event and notice.
        load_timeout_s: for the start.
        answer_timeout_s: for each request, its load included if there is one.

    Raises:
        UsageError: the engine cannot do what the plan asks; nothing was started.
        AxchatError: the engine failed.
    """
    asked = [(Message(Role.USER, prompt),) for prompt in plan.prompts]
    refuse_unsupported(engine, Request(asked[0], plan.sampling))
    tell_load = _teller(on_progress, 0, plan.total, None)
    start_load = _start(engine, clock, tell_load, Deadline(load_timeout_s, clock))
    samples: list[Sample] = []
    is_complete = False
    try:
        for done, step in enumerate(plan.steps()):
            on_progress(Progress(done, plan.total, step))
            request = Request(asked[step.prompt], plan.sampling, Deadline(answer_timeout_s, clock))
            sample = _sample(engine, request, step, clock, _teller(on_progress, done, plan.total, step))
            if not step.is_warm_up:
                samples.append(sample)
        is_complete = True
    except (KeyboardInterrupt, _Stopped):
        pass  # what was measured is worth having; the report says that it is not all
    return Report(
        axchat_version=axchat.__version__,
        engine=engine.name,
        model=engine.model,
        plan=plan,
        loads_per_request=not engine.capabilities.stays_loaded,
        start_load=start_load,
        samples=tuple(samples),
        is_complete=is_complete,
    )


def _teller(on_progress: OnProgress, done: int, total: int, step: Step | None) -> Callable[[Event], None]:
    return lambda event: on_progress(Progress(done, total, step, event))


def _start(
    engine: Engine, clock: Callable[[], float], tell: Callable[[Event], None], deadline: Deadline
) -> Load | None:
    """Start it; gives the load's time, None where nothing was loaded: by every request, or long ago."""
    began, has_loaded = clock(), False
    for event in engine.start(deadline):
        has_loaded = has_loaded or isinstance(event, LoadProgress)
        tell(event)
    seconds = clock() - began
    is_a_load = has_loaded and engine.capabilities.stays_loaded
    return Load(seconds, LoadSource.START) if is_a_load else None


def _sample(
    engine: Engine, request: Request, step: Step, clock: Callable[[], float], tell: Callable[[Event], None]
) -> Sample:
    answer = _Answer(clock())
    events = engine.generate(request)
    try:
        for event in events:
            now = clock()
            answer.see(event, now)
            if isinstance(event, LoadProgress | Notice):
                tell(event)
            elif isinstance(event, Finished):
                return _measured(engine, step, answer, event, now)
    finally:
        events.close()
    raise EngineFault(f"the {engine.name} engine stopped without ending its answer")


def _measured(engine: Engine, step: Step, answer: _Answer, end: Finished, now: float) -> Sample:
    if end.reason is FinishReason.CANCELLED:
        raise _Stopped
    usage, timings = end.usage, end.timings
    return Sample(
        prompt=step.prompt,
        repetition=step.repetition,
        finish=end.reason.value,
        ttft_s=None if answer.first_text is None else answer.first_text - answer.began,
        total_s=now - answer.began,
        decode_tokens_per_s=answer.decode_tokens_per_s(usage.completion_tokens),
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        load=None if engine.capabilities.stays_loaded else answer.load(timings.load_s),
        engine_ttft_s=timings.ttft_s,
        engine_prefill_s=timings.prefill_s,
        engine_tokens_per_s=timings.tokens_per_s,
        engine_rate_includes_prompt=timings.rate_includes_prompt,
    )
