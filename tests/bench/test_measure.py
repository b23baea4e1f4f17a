"""How a bench runs: warm-ups, limits, interrupts, failures, and what is told of it."""

from collections.abc import Generator, Iterator
from typing import Any

import pytest

from axchat.bench.measure import Progress, Watch, measure
from axchat.bench.plan import DEFAULT_PROMPT, Plan, all_tests
from axchat.bench.rates import decode_rate
from axchat.bench.report import LoadSource, ModelRun, Result, Sample
from axchat.deadline import Deadline
from axchat.engines.base import Capabilities, Request
from axchat.engines.scripted import CAPABILITIES, Answer, ScriptedEngine
from axchat.errors import ContextOverflow, DeviceFailed, EngineFault, NoDevice, RunnerTimeout, UsageError
from axchat.events import EngineTimings, Event, Finished, FinishReason, LoadProgress, TextDelta, Usage
from axchat.messages import Role, Sampling
from support.clock import FakeClock
from support.scheduled import ABLE, ScheduledEngine

RELOADS = Capabilities(sampling=CAPABILITIES.sampling, stays_loaded=False)


def asking(*texts: str, repetitions: int = 1, warm_ups: int = 0, limit: int | None = None) -> Plan:
    """These prompts."""
    return Plan(all_tests(texts=texts, text_answer=limit), repetitions, warm_ups)


ONE = asking("two words")


def on(clock: FakeClock, **more: Any) -> Watch:
    """A watch on this clock."""
    return Watch(clock=clock, sleep=clock.sleep, **more)


def samples(run: ModelRun) -> list[Sample]:
    """Of all tests."""
    return [sample for result in run.results for sample in result.samples]


def scripted(clock: FakeClock, **settings: object) -> ScriptedEngine:
    """Four tokens a second after two seconds, loaded in eight; on the given clock."""
    values: dict[str, Any] = {
        "load_s": 8.0,
        "load_steps": 4,
        "first_token_s": 2.0,
        "token_s": 0.25,
        "sleep": clock.sleep,
        "clock": clock,
    }
    return ScriptedEngine([["a"] * 5], **(values | settings))


def test_warm_ups_are_made_and_not_reported() -> None:
    """The engine is asked more often than the report shows, test by test."""
    clock = FakeClock()
    engine = scripted(clock)
    run = measure(engine, asking("a", "b", repetitions=2, warm_ups=1), on(clock))
    assert [request.messages[0].text for request in engine.requests] == ["a"] * 3 + ["b"] * 3
    assert [(r.test.name, [s.repetition for s in r.samples]) for r in run.results] == [
        ("prompt 1", [0, 1]),
        ("prompt 2", [0, 1]),
    ]


def test_each_test_has_its_own_token_limit() -> None:
    """A prompt test asks for one token, an answer for its own number; the seed goes with both."""
    clock = FakeClock()
    engine = ScheduledEngine(clock)
    plan = Plan(all_tests(prompts=[64], answers=[7]), 1, 0, sampling=Sampling(seed=5), measures_reuse=False)
    measure(engine, plan, on(clock))
    assert [request.sampling for request in engine.requests] == [
        Sampling(max_tokens=1, seed=5),
        Sampling(max_tokens=7, seed=5),
    ]
    assert engine.requests[1].messages[0].text == DEFAULT_PROMPT


def test_no_sized_prompt_is_asked_twice() -> None:
    """Or the engine would find it in its cache; the same seed asks the same again in another bench."""

    def asked(seed: str) -> list[str]:
        engine = ScheduledEngine(FakeClock())
        plan = Plan(all_tests(prompts=[64], pairs=[(64, 8)]), 3, 1, measures_reuse=False)
        measure(engine, plan, on(engine.clock), seed=seed)
        return [request.messages[-1].text for request in engine.requests]

    texts = asked("a")
    assert len(set(texts)) == len(texts) == 8
    assert asked("a") == texts
    assert not set(asked("b")) & set(texts)


def test_a_depth_is_a_conversation_that_was_had() -> None:
    """Its first message fills it, the model's own answer follows, and each repetition goes on from there."""
    engine = ScheduledEngine(FakeClock())
    measure(engine, Plan(all_tests(answers=[4], depths=[100]), 2, 0), on(engine.clock))
    first, *rest = engine.requests
    assert engine.count(first) == 100
    assert first.sampling.max_tokens == 1
    for request in rest:
        assert [m.role for m in request.messages] == [Role.USER, Role.ASSISTANT, Role.USER]
        assert request.messages[0] == first.messages[0]
        assert request.messages[1].text == "w0 "


@pytest.mark.parametrize(
    ("able", "asked", "message"),
    [
        ({"context_tokens": 100}, {"prompts": [101]}, "pp101 needs 102 tokens"),
        ({"context_tokens": 100}, {"answers": [50], "depths": [60]}, "tg50 @ d60 needs 110 tokens"),
        ({"prompt_tokens_max": 64}, {"prompts": [65]}, "the model's prompts have at most 64"),
        ({"history": False}, {"answers": [5], "depths": [60]}, "takes no earlier messages"),
    ],
)  # fmt: skip
def test_what_cannot_fit_is_told_and_the_other_tests_go_on(
    able: dict[str, Any], asked: dict[str, Any], message: str
) -> None:
    """Nothing is asked of the model for it."""
    engine = ScheduledEngine(FakeClock(), capabilities=Capabilities(sampling=ABLE.sampling, **able))
    plan = Plan((*all_tests(**asked), *all_tests(answers=[6])), 1, 0)
    refused, done = measure(engine, plan, on(engine.clock)).results
    assert refused.error is not None
    assert message in refused.error.message
    assert (done.error, len(done.samples), len(engine.requests)) == (None, 1, 1)


def test_a_context_that_overflows_ends_its_test_only() -> None:
    """What was measured before it stays, and the rest is measured."""
    answers = [Answer(["a"]), Answer(["a"], fault=ContextOverflow("full")), Answer(["a"]), Answer(["a"])]
    run = measure(ScriptedEngine(answers), asking("a", "b", repetitions=2))
    assert [(len(result.samples), result.error and result.error.message) for result in run.results] == [
        (1, "full"),
        (2, None),
    ]
    assert run.is_complete


def test_an_engine_that_cannot_be_told_to_stop_is_left_at_its_first_text() -> None:
    """A prompt test has its TTFT without waiting for an answer that nobody wants."""
    able = Capabilities(stays_loaded=True)
    engine = ScheduledEngine(FakeClock(), length=1000, capabilities=able)
    [sample] = samples(measure(engine, Plan(all_tests(prompts=[64]), 1, 0), on(engine.clock)))
    assert (sample.ttft_s, sample.total_s, sample.prompt_tokens) == (pytest.approx(0.64),) * 2 + (64,)
    assert sample.finish == "first text"


def test_default_answers_are_as_long_as_they_come_where_no_limit_can_be_set() -> None:
    """Where somebody asked for a size it is refused instead, before anything starts."""
    engine = ScheduledEngine(FakeClock(), length=12, capabilities=Capabilities())
    run = measure(engine, Plan(all_tests(answers=[128]), 1, 0, limits_are_wishes=True), on(engine.clock))
    assert [(r.test.name, r.samples[0].usage.completion_tokens) for r in run.results] == [("tg", 12)]
    engine = ScheduledEngine(FakeClock(), capabilities=Capabilities())
    with pytest.raises(UsageError, match="--max-tokens"):
        measure(engine, Plan(all_tests(answers=[128]), 1, 0), on(engine.clock))
    assert engine.clock() == 0.0


def test_a_rest_comes_before_each_test() -> None:
    """And is part of no figure."""
    clock = FakeClock()
    engine = ScheduledEngine(clock)
    plan = Plan(all_tests(answers=[5, 6]), 1, 0, delay_s=30.0)
    first, second = samples(measure(engine, plan, on(clock)))
    assert second.at_s - first.at_s == pytest.approx(30.0 + first.total_s)
    assert first.total_s < 3


def test_moments_count_from_the_beginning_of_the_whole_bench() -> None:
    """The second model's samples come after the first one's on the same axis as the heat."""
    engine = ScheduledEngine(FakeClock(500.0))
    watch = Watch(clock=engine.clock, began=400.0)
    [sample] = samples(measure(engine, Plan(all_tests(answers=[3]), 1, 0), watch))
    assert sample.at_s == pytest.approx(108.0)


def test_a_token_without_text_counts_with_the_next_one() -> None:
    """The first of a character's two tokens says nothing yet."""
    clock = FakeClock()
    engine = ScriptedEngine([["a", "", "b", "c"]], token_s=1.0, sleep=clock.sleep, clock=clock)
    [sample] = samples(measure(engine, ONE, on(clock)))
    assert [arrival.tokens for arrival in sample.arrivals] == [1, 2, 1]


def test_drawing_is_measured_of_the_pieces_as_they_came() -> None:
    """Each answer's texts with their moments go to the drawing, and its seconds into the sample."""
    seen: list[tuple[float, str]] = []

    def draw(pieces: Any) -> float:
        seen.extend(pieces)
        return 0.5

    engine = ScheduledEngine(FakeClock())
    [sample] = samples(measure(engine, Plan(all_tests(answers=[3]), 1, 0), on(engine.clock, draw=draw)))
    assert sample.render_s == 0.5
    assert [text for _, text in seen] == ["w0 ", "w1 ", "w2 "]
    assert [at_s for at_s, _ in seen] == [arrival.at_s for arrival in sample.arrivals]


def test_every_result_is_told_when_it_is_there() -> None:
    """Whoever prints line by line need not wait for the end."""
    seen: list[Result] = []
    engine = ScheduledEngine(FakeClock())
    run = measure(engine, Plan(all_tests(answers=[3, 4]), 1, 0), on(engine.clock, on_result=seen.append))
    assert tuple(seen) == run.results


class TellingEngine(ScriptedEngine):
    """Reports no timings of its own but the rate over prompt and answer, as a legacy runner."""

    def generate(self, request: Request) -> Iterator[Event]:
        """The same, with other timings."""
        timings = EngineTimings(tokens_per_s=1.5, rate_includes_prompt=True)
        for event in super().generate(request):
            yield Finished(event.reason, event.usage, timings) if isinstance(event, Finished) else event


def test_a_load_that_is_not_reported_is_taken_from_its_progress() -> None:
    """From the first to the last progress report: of four steps of two seconds, three are seen."""
    clock = FakeClock()
    engine = TellingEngine(
        [["a", "b"]], load_s=8.0, load_steps=4, capabilities=RELOADS, sleep=clock.sleep, clock=clock
    )
    [sample] = samples(measure(engine, ONE, on(clock)))
    assert sample.load is not None
    assert (sample.load.seconds, sample.load.source) == (6.0, LoadSource.PROGRESS)
    assert (sample.timings.tokens_per_s, sample.timings.rate_includes_prompt) == (1.5, True)


def test_a_load_that_the_engine_tells_is_its_own() -> None:
    """The scripted engine reports the load of each request."""
    clock = FakeClock()
    run = measure(scripted(clock, capabilities=RELOADS), asking("a", repetitions=2), on(clock))
    assert (run.loads_per_request, run.start_load, run.ttft_cold_s) == (True, None, None)
    assert [(load.seconds, load.source) for load in run.loads] == [(8.0, LoadSource.ENGINE)] * 2
    assert [sample.ttft_s for sample in samples(run)] == [10.0, 10.0]


def test_a_load_without_any_word_of_it_is_unknown() -> None:
    """One progress report spans no time: the load is not guessed."""
    clock = FakeClock()
    engine = TellingEngine([["a"]], load_s=8.0, capabilities=RELOADS, sleep=clock.sleep, clock=clock)
    assert measure(engine, ONE, on(clock)).loads == ()


@pytest.mark.parametrize(
    ("answer", "capabilities"),
    [
        (["a"], CAPABILITIES),
        (["ab", ""], CAPABILITIES),
    ],
)
def test_a_rate_that_cannot_be_known_is_not_made_up(answer: list[str], capabilities: Capabilities) -> None:
    """With one token, or with one text, there is no rate."""
    clock = FakeClock()
    engine = ScriptedEngine([answer], token_s=1.0, capabilities=capabilities, sleep=clock.sleep, clock=clock)
    [sample] = samples(measure(engine, ONE, on(clock)))
    assert decode_rate(sample) is None


def test_an_answer_without_text_has_no_first_text() -> None:
    """The time to a text that never came is unknown."""
    clock = FakeClock()
    [sample] = samples(measure(ScriptedEngine([[""]], sleep=clock.sleep), ONE, on(clock)))
    assert (sample.ttft_s, sample.usage.completion_tokens) == (None, 1)


def test_an_interrupt_keeps_what_was_measured() -> None:
    """KeyboardInterrupt in the third answer leaves two samples, and the engine is told to stop."""
    clock = FakeClock()
    engine = scripted(clock)

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        if len(engine.requests) == 3:
            raise KeyboardInterrupt

    engine = scripted(clock, sleep=sleep)
    run = measure(engine, asking("a", "b", repetitions=5), on(clock))
    assert [len(result.samples) for result in run.results] == [2]
    assert not run.is_complete


def test_an_interrupt_of_a_rest_ends_the_bench() -> None:
    """Ctrl-C before the second test leaves the figures of the first, and the report is not called whole."""
    clock = FakeClock()
    engine = ScheduledEngine(clock)

    def rest(_: float) -> None:
        if engine.requests:  # not before the first
            raise KeyboardInterrupt

    run = measure(engine, Plan(all_tests(answers=[5, 6]), 1, 0, delay_s=30.0), Watch(clock=clock, sleep=rest))
    assert [len(result.samples) for result in run.results] == [1]
    assert not run.is_complete


class KeepingEngine(ScriptedEngine):
    """Holds on to its generator, so that only a close ends it."""

    events: Generator[Event, None, None]

    def generate(self, request: Request) -> Iterator[Event]:
        """The same, kept."""
        self.events = super().generate(request)  # type: ignore[assignment]
        return self.events


def test_an_interrupt_between_events_stops_the_generation() -> None:
    """An interrupt in the bench's own code, not in the engine's, ends the engine's work too."""
    engine = KeepingEngine([["a"]], capabilities=RELOADS)

    def interrupt(progress: Progress) -> None:
        if isinstance(progress.event, LoadProgress):
            raise KeyboardInterrupt

    assert not measure(engine, ONE, Watch(on_progress=interrupt)).is_complete
    assert engine.events.gi_frame is None


def test_a_cancelled_answer_ends_the_bench() -> None:
    """An answer that was cancelled is no sample, and the next is not asked for."""
    clock = FakeClock()
    engine = scripted(clock)

    def cancel_second(progress: Progress) -> None:
        if progress.done == 1 and isinstance(progress.event, LoadProgress):
            engine.cancel()

    engine = scripted(clock, capabilities=RELOADS)
    run = measure(engine, asking("a", repetitions=3), on(clock, on_progress=cancel_second))
    assert (len(samples(run)), run.is_complete, len(engine.requests)) == (1, False, 2)


def test_an_interrupted_load_is_not_caught() -> None:
    """Before the engine is ready there is nothing to keep."""

    def sleep(_seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure(ScriptedEngine([["a"]], load_s=1.0, sleep=sleep), ONE)


def test_a_failed_load_is_the_callers_to_report() -> None:
    """There is nothing to keep."""
    with pytest.raises(NoDevice):
        measure(ScriptedEngine([["a"]], load_fault=NoDevice("none")), ONE)


def test_an_engine_that_fails_keeps_what_was_measured_before() -> None:
    """Its error is the run's, and nothing more is asked of it."""
    answers = [Answer(["a"]), Answer(["a"], fault=DeviceFailed("dead"))]
    engine = ScriptedEngine(answers)
    run = measure(engine, asking("a", "b", repetitions=2))
    assert [len(result.samples) for result in run.results] == [1]
    assert (run.is_complete, run.error and run.error.message, len(engine.requests)) == (False, "dead", 2)


def test_what_the_engine_would_ignore_is_refused_before_it_starts() -> None:
    """A plan with an option the engine has not got starts nothing."""
    clock = FakeClock()
    with pytest.raises(UsageError, match="--temperature"):
        measure(scripted(clock), Plan(ONE.tests, sampling=Sampling(temperature=0.0)), on(clock))
    assert clock() == 0.0


def test_time_limits_are_passed_on() -> None:
    """The limits for load and answer are deadlines of the engine, each answer with its own."""
    clock = FakeClock()
    with pytest.raises(RunnerTimeout):
        measure(scripted(clock), ONE, on(clock), load_timeout_s=7.0)
    clock = FakeClock()
    assert measure(scripted(clock), asking("a", repetitions=3), on(clock), answer_timeout_s=3.5).is_complete
    late = measure(scripted(clock), ONE, on(clock), answer_timeout_s=2.5)
    assert isinstance(late.error, RunnerTimeout)


def test_progress_is_told_before_each_request_and_never_between_tokens() -> None:
    """Watching costs the answer nothing: only the start of a step and load events are told."""
    clock = FakeClock()
    seen: list[Progress] = []
    plan = asking("a", repetitions=1, warm_ups=1)
    measure(scripted(clock, load_steps=2), plan, on(clock, on_progress=seen.append))
    assert [(p.done, p.total, p.test and p.is_warm_up, type(p.event)) for p in seen] == [
        (0, 2, None, LoadProgress),
        (0, 2, None, LoadProgress),
        (0, 2, True, type(None)),
        (1, 2, False, type(None)),
    ]


def test_the_load_is_no_part_of_what_is_left() -> None:
    """What the requests took so far is taken from the first of them: the others load nothing."""
    clock = FakeClock()
    seen: list[Progress] = []
    measure(scripted(clock), asking("a", repetitions=2), on(clock, on_progress=seen.append))
    assert next(p.elapsed_s for p in seen if p.test is not None and p.event is None) == 0.0
    assert seen[-1].elapsed_s < clock() - 8.0


class Held(ScriptedEngine):
    """Waits for other requests in a holder before its load, and is told what that load took."""

    def start(self, deadline: Deadline) -> Iterator[Event]:
        self._sleep(100.0)
        yield from super().start(deadline)
        yield LoadProgress(1, 1, "loaded", is_over=True, load_s=8.5)


def test_a_wait_for_others_is_no_load() -> None:
    """A holder tells what the load took; the clock here has the queue before it too."""
    clock = FakeClock()
    run = measure(Held([["a"]], load_s=8.0, sleep=clock.sleep, clock=clock), ONE, on(clock))
    assert run.start_load is not None
    assert run.start_load.seconds == 8.5


class EndlessEngine(ScriptedEngine):
    """Stops talking without Finished."""

    def generate(self, request: Request) -> Iterator[Event]:
        """Text alone."""
        self.requests.append(request)
        yield TextDelta("a")


def test_an_answer_without_an_end_is_a_fault() -> None:
    """Events that stop without Finished are no sample."""
    assert isinstance(measure(EndlessEngine([["a"]]), ONE).error, EngineFault)


def test_the_answer_is_read_to_finished_only() -> None:
    """What a sample holds comes from the Finished of its own answer."""
    ends = [Finished(FinishReason.STOP, Usage(completion_tokens=n)) for n in (1, 2)]

    class CountingEngine(ScriptedEngine):
        def generate(self, request: Request) -> Iterator[Event]:
            self.requests.append(request)
            yield TextDelta("a")
            yield ends[len(self.requests) - 1]

    run = measure(CountingEngine([["a"]]), asking("a", repetitions=2))
    assert [sample.usage.completion_tokens for sample in samples(run)] == [1, 2]
