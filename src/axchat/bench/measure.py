"""Runs a plan on an engine and measures it with the given clock."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from axchat.bench.asking import Asked, Clock, Stopped, Tell, ask
from axchat.bench.plan import BenchTest, Kind, Plan
from axchat.bench.report import Load, LoadSource, ModelRun, Result, Reuse, Sample
from axchat.bench.requests import Requests
from axchat.deadline import Deadline
from axchat.engines.base import Engine, Request, refuse_unsupported
from axchat.errors import AxchatError, ContextOverflow, UsageError
from axchat.events import EngineTimings, Event, LoadProgress, Usage
from axchat.messages import Message, Role


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a bench stands, for whoever watches; never sent between two tokens of an answer.

    Attributes:
        done: requests answered, of ``total``.
        test: what is about to be measured; None while the engine starts.
        is_warm_up: whether the request about to be made is not reported.
        event: a progress report or notice that just came; None at the beginning of a request.
        elapsed_s: seconds since the first request; the load before it is not among them.
    """

    done: int
    total: int
    test: BenchTest | None
    is_warm_up: bool = False
    event: Event | None = None
    elapsed_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Watch:
    """How a bench tells the time, and whom it tells what it does.

    Attributes:
        clock: seconds, monotonic.
        began: on that clock, when the whole bench began.
        sleep: waits seconds, between tests.
        on_progress: called before each request and for each progress event and notice.
        on_result: called after each test.
        draw: gives the seconds that drawing an answer takes, of (seconds, text); None draws nothing.
    """

    clock: Clock = time.monotonic
    began: float = 0.0
    sleep: Callable[[float], None] = time.sleep
    on_progress: Callable[[Progress], None] = lambda _progress: None
    on_result: Callable[[Result], None] = lambda _result: None
    draw: Callable[[Sequence[tuple[float, str]]], float] | None = None


def measure(
    engine: Engine,
    plan: Plan,
    watch: Watch | None = None,
    *,
    seed: str = "",
    load_timeout_s: float | None = None,
    answer_timeout_s: float | None = None,
) -> ModelRun:
    """Start the engine and run the plan; the caller closes the engine.

    KeyboardInterrupt, an answer that ends cancelled, or an engine that fails stops it: what was measured
    until then comes back (``is_complete`` is False, ``error`` says what broke). A test that the engine
    refuses has its own error, and the others go on. An interrupt before the engine was ready is not caught.

    Args:
        engine: not started.
        plan: what to measure.
        watch: the clock, and who is told.
        seed: of the prompts' words; another bench on a loaded model should take another one, because engines
            keep what they have read.
        load_timeout_s: for the start.
        answer_timeout_s: for each request, its load included if there is one.

    Raises:
        UsageError: the engine cannot do what the plan asks; nothing was measured.
        AxchatError: the engine did not start.
    """
    return _Bench(engine, plan, watch or Watch(), seed, answer_timeout_s).run(load_timeout_s)


class _Bench:
    def __init__(self, engine: Engine, plan: Plan, watch: Watch, seed: str, timeout_s: float | None) -> None:
        self._engine = engine
        self._plan = plan
        self._watch = watch
        self._seed = seed
        self._timeout_s = timeout_s
        self._clock = watch.clock
        self._done = 0
        self._first_at: float | None = None
        self._first_ttft_s: float | None = None
        self._first_test = ""
        self._keeps_prefix = plan.measures_reuse

    def run(self, load_timeout_s: float | None) -> ModelRun:
        engine = self._engine
        self._refuse_unsupported()
        start_load = self._start(Deadline(load_timeout_s, self._clock))
        self._refuse_unsupported()  # a holder's engine is known now
        plan = self._plan
        results: list[Result] = []
        is_complete, error = True, None
        try:
            for test in plan.tests:
                if plan.delay_s:
                    self._watch.sleep(plan.delay_s)
                result, stopped = self._test(test)
                results.append(result)
                self._watch.on_result(result)
                if stopped:
                    is_complete, error = False, result.error
                    break
        except KeyboardInterrupt:
            is_complete = False
        cold = self._first_ttft_s
        return ModelRun(
            engine=engine.name,
            model=engine.model,
            plan=plan,
            loads_per_request=not engine.capabilities.stays_loaded,
            start_load=start_load,
            ttft_cold_s=None if start_load is None or cold is None else start_load.seconds + cold,
            first_test=self._first_test,
            results=tuple(results),
            is_complete=is_complete,
            error=error,
        )

    def _refuse_unsupported(self) -> None:
        able = self._engine.capabilities.sampling
        if self._plan.limits_are_wishes and "max_tokens" not in able:
            self._plan = self._plan.without_limits()
        for test in self._plan.tests:
            limit = None if test.kind is Kind.PROMPT else test.n_gen
            request = Request((Message(Role.USER, "any"),), replace(self._plan.sampling, max_tokens=limit))
            refuse_unsupported(self._engine, request)

    def _tell(self, test: BenchTest | None, *, is_warm_up: bool = False, event: Event | None = None) -> None:
        if self._first_at is None and test is not None:
            self._first_at = self._clock()
        elapsed_s = 0.0 if self._first_at is None else self._clock() - self._first_at
        self._watch.on_progress(Progress(self._done, self._plan.total, test, is_warm_up, event, elapsed_s))

    def _teller(self, test: BenchTest | None) -> Tell:
        return lambda event: self._tell(test, event=event)

    def _start(self, deadline: Deadline) -> Load | None:
        """Start it; gives the load's time, None where nothing was loaded: by every request, or long ago."""
        began, has_loaded, load_s = self._clock(), False, None
        for event in self._engine.start(deadline):
            if isinstance(event, LoadProgress):
                has_loaded, load_s = True, event.load_s
            self._tell(None, event=event)
        # a holder's own figure has no wait for others in it
        seconds = self._clock() - began if load_s is None else load_s
        is_a_load = has_loaded and self._engine.capabilities.stays_loaded
        return Load(seconds, LoadSource.START) if is_a_load else None

    def _test(self, test: BenchTest) -> tuple[Result, bool]:
        """One test, and whether the bench is over with it."""
        samples: list[Sample] = []
        done = self._done
        try:
            self._measure(test, samples)
        except (UsageError, ContextOverflow) as error:  # of this test: the others may fit
            self._done = done + self._plan.warm_ups + self._plan.repetitions
            return Result(test, tuple(samples), error), False
        except (KeyboardInterrupt, Stopped):  # what was measured is worth having
            return Result(test, tuple(samples)), True
        except AxchatError as error:
            return Result(test, tuple(samples), error), True
        return Result(test, tuple(samples)), False

    def _measure(self, test: BenchTest, samples: list[Sample]) -> None:
        plan = self._plan
        requests = Requests(self._engine, test, plan.sampling, f"{self._seed} {test.name}")
        requests.refuse_too_large()
        before = self._fill(requests.depth(), test)
        for number in range(plan.warm_ups + plan.repetitions):
            repetition = number - plan.warm_ups
            self._tell(test, is_warm_up=repetition < 0)
            request, sized = requests.next(before)
            sample, asked = self._ask(test, requests, request, repetition, sized)
            if repetition >= 0:
                samples.append(replace(sample, reuse=self._reuse(test, requests, request, asked)))
            self._done += 1

    def _fill(self, depth: Request | None, test: BenchTest) -> tuple[Message, ...]:
        """The conversation before a test, as it was had."""
        if depth is None:
            return ()
        asked = ask(self._engine, self._timed(depth), self._clock, self._teller(test))
        return (*depth.messages, Message(Role.ASSISTANT, asked.text))

    def _ask(
        self, test: BenchTest, requests: Requests, request: Request, repetition: int, sized: int | None
    ) -> tuple[Sample, Asked]:
        asked = ask(
            self._engine,
            self._timed(request),
            self._clock,
            self._teller(test),
            only_first=requests.leaves_early,
        )
        end, draw = asked.end, self._watch.draw
        has_load = bool(asked.loads) or not self._engine.capabilities.stays_loaded
        sample = Sample(
            repetition=repetition,
            at_s=asked.began - self._watch.began,
            finish="first text" if end is None else end.reason.value,
            total_s=asked.total_s,
            arrivals=asked.arrivals(),
            usage=Usage() if end is None else end.usage,
            timings=EngineTimings() if end is None else end.timings,
            sized=sized,
            load=asked.load() if has_load else None,
            render_s=None if draw is None else draw([(at_s, text) for at_s, text, _ in asked.pieces]),
        )
        if self._first_ttft_s is None:
            self._first_ttft_s, self._first_test = sample.ttft_s, test.name
        return sample, asked

    def _reuse(self, test: BenchTest, requests: Requests, request: Request, asked: Asked) -> Reuse | None:
        """What going on with the conversation saves; None where the engine keeps nothing or does not say."""
        able = self._engine.capabilities
        fits = test.kind is Kind.PROMPT and not test.n_depth and able.history and able.stays_loaded
        if not (fits and self._keeps_prefix and asked.text.strip() and asked.end is not None):
            return None
        more = self._timed(requests.going_on(request, asked.text))
        try:
            again = ask(self._engine, more, self._clock, self._teller(test))
        except ContextOverflow:  # a prompt that fills the context leaves no room to go on
            return None
        arrivals, usage = again.arrivals(), again.end.usage if again.end else Usage()
        if not usage.cached_tokens or usage.prompt_tokens is None or not arrivals:
            self._keeps_prefix = False
            return None
        return Reuse(arrivals[0].at_s, usage.prompt_tokens, usage.cached_tokens)

    def _timed(self, request: Request) -> Request:
        return replace(request, deadline=Deadline(self._timeout_s, self._clock))
