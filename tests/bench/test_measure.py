"""The truth of bench: on a fake clock every figure equals the engine's schedule."""

from collections.abc import Generator, Iterator
from typing import Any

import pytest

import axchat
from axchat.bench.measure import Progress, measure
from axchat.bench.plan import Plan
from axchat.bench.report import LoadSource
from axchat.engines.base import Capabilities, Request
from axchat.engines.scripted import CAPABILITIES, Answer, ScriptedEngine
from axchat.errors import DeviceFailed, EngineFault, NoDevice, RunnerTimeout, UsageError
from axchat.events import EngineTimings, Event, Finished, FinishReason, LoadProgress, TextDelta, Usage
from axchat.messages import Sampling
from support.clock import FakeClock

RELOADS = Capabilities(sampling=CAPABILITIES.sampling, stays_loaded=False)
ONE = Plan(("two words",), repetitions=1, warm_ups=0)


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


def test_every_figure_equals_the_schedule() -> None:
    """Load, first text, rate, total and counts are exactly what was scripted."""
    clock = FakeClock(1000.0)
    report = measure(scripted(clock), Plan(("two words",), repetitions=3, warm_ups=1), clock=clock)
    assert [(load.seconds, load.source) for load in report.loads] == [(8.0, LoadSource.START)]
    assert [sample.repetition for sample in report.samples] == [0, 1, 2]
    for sample in report.samples:
        assert (sample.ttft_s, sample.total_s, sample.decode_tokens_per_s) == (2.0, 3.0, 4.0)
        assert (sample.prompt_tokens, sample.completion_tokens) == (2, 5)
        assert (sample.engine_ttft_s, sample.engine_tokens_per_s, sample.load) == (2.0, 4.0, None)
        assert sample.finish == "stop"
    assert (report.engine, report.model, report.axchat_version) == (
        "scripted",
        "scripted",
        axchat.__version__,
    )
    assert report.is_complete


def test_warm_ups_are_made_and_not_reported() -> None:
    """The engine is asked more often than the report shows."""
    clock = FakeClock()
    engine = scripted(clock)
    report = measure(engine, Plan(("a", "b"), repetitions=2, warm_ups=1), clock=clock)
    assert [request.messages[0].text for request in engine.requests] == ["a"] * 3 + ["b"] * 3
    assert [(sample.prompt, sample.repetition) for sample in report.samples] == [
        (0, 0),
        (0, 1),
        (1, 0),
        (1, 1),
    ]


def test_the_plans_sampling_is_sent() -> None:
    """A token limit reaches the engine and shows in the count and the reason."""
    clock = FakeClock()
    plan = Plan(("a",), repetitions=1, warm_ups=0, sampling=Sampling(max_tokens=3))
    [sample] = measure(scripted(clock), plan, clock=clock).samples
    assert (sample.completion_tokens, sample.finish, sample.decode_tokens_per_s) == (3, "length", 4.0)


def test_an_engine_that_reloads_has_its_load_in_every_first_text() -> None:
    """The time to first text includes the load, and the load is the engine's own figure."""
    clock = FakeClock()
    report = measure(
        scripted(clock, capabilities=RELOADS), Plan(("a",), repetitions=2, warm_ups=0), clock=clock
    )
    assert report.loads_per_request
    assert report.start_load is None
    assert [(load.seconds, load.source) for load in report.loads] == [(8.0, LoadSource.ENGINE)] * 2
    assert [sample.ttft_s for sample in report.samples] == [10.0, 10.0]


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
    [sample] = measure(engine, ONE, clock=clock).samples
    assert sample.load is not None
    assert (sample.load.seconds, sample.load.source) == (6.0, LoadSource.PROGRESS)
    assert (sample.engine_tokens_per_s, sample.engine_rate_includes_prompt) == (1.5, True)


def test_a_load_without_any_word_of_it_is_unknown() -> None:
    """One progress report spans no time: the load is not guessed."""
    clock = FakeClock()
    engine = TellingEngine([["a"]], load_s=8.0, capabilities=RELOADS, sleep=clock.sleep, clock=clock)
    assert measure(engine, ONE, clock=clock).loads == ()


@pytest.mark.parametrize(
    ("answer", "capabilities"),
    [
        (["a", "b"], Capabilities(exact_counts=False)),
        (["a"], CAPABILITIES),
        (["ab", ""], CAPABILITIES),
    ],
)
def test_a_rate_that_cannot_be_known_is_not_made_up(answer: list[str], capabilities: Capabilities) -> None:
    """Without exact counts, with one token, or with one text there is no rate."""
    clock = FakeClock()
    engine = ScriptedEngine([answer], token_s=1.0, capabilities=capabilities, sleep=clock.sleep, clock=clock)
    [sample] = measure(engine, ONE, clock=clock).samples
    assert sample.decode_tokens_per_s is None


def test_an_answer_without_text_has_no_first_text() -> None:
    """The time to a text that never came is unknown."""
    clock = FakeClock()
    [sample] = measure(ScriptedEngine([[""]], sleep=clock.sleep), ONE, clock=clock).samples
    assert (sample.ttft_s, sample.completion_tokens) == (None, 1)


def test_an_interrupt_keeps_what_was_measured() -> None:
    """KeyboardInterrupt in the third answer leaves two samples, and the engine is told to stop."""
    clock = FakeClock()
    engine = scripted(clock)

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        if len(engine.requests) == 3:
            raise KeyboardInterrupt

    engine = scripted(clock, sleep=sleep)
    report = measure(engine, Plan(("a",), repetitions=5, warm_ups=0), clock=clock)
    assert len(report.samples) == 2
    assert not report.is_complete


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

    assert not measure(engine, ONE, on_progress=interrupt).is_complete
    assert engine.events.gi_frame is None


def test_a_cancelled_answer_ends_the_bench() -> None:
    """An answer that was cancelled is no sample, and the next is not asked for."""
    clock = FakeClock()
    engine = scripted(clock)

    def cancel_second(progress: Progress) -> None:
        if progress.done == 1 and isinstance(progress.event, LoadProgress):
            engine.cancel()

    engine = scripted(clock, capabilities=RELOADS)
    report = measure(engine, Plan(("a",), repetitions=3, warm_ups=0), clock=clock, on_progress=cancel_second)
    assert (len(report.samples), report.is_complete, len(engine.requests)) == (1, False, 2)


def test_an_interrupted_load_is_not_caught() -> None:
    """Before the engine is ready there is nothing to keep."""

    def sleep(_seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure(ScriptedEngine([["a"]], load_s=1.0, sleep=sleep), ONE)


def test_errors_of_the_engine_are_passed_on() -> None:
    """A failed load or answer is the caller's to report."""
    with pytest.raises(NoDevice):
        measure(ScriptedEngine([["a"]], load_fault=NoDevice("none")), ONE)
    with pytest.raises(DeviceFailed):
        measure(ScriptedEngine([Answer(["a"], fault=DeviceFailed("dead"))]), ONE)


def test_what_the_engine_would_ignore_is_refused_before_it_starts() -> None:
    """A plan with an option the engine has not got starts nothing."""
    clock = FakeClock()
    plan = Plan(("a",), sampling=Sampling(temperature=0.0))
    with pytest.raises(UsageError, match="--temperature"):
        measure(scripted(clock), plan, clock=clock)
    assert clock() == 0.0


def test_time_limits_are_passed_on() -> None:
    """The limits for load and answer are deadlines of the engine, each answer with its own."""
    clock = FakeClock()
    with pytest.raises(RunnerTimeout):
        measure(scripted(clock), ONE, clock=clock, load_timeout_s=7.0)
    clock = FakeClock()
    plan = Plan(("a",), repetitions=3, warm_ups=0)
    assert measure(scripted(clock), plan, clock=clock, answer_timeout_s=3.5).is_complete
    with pytest.raises(RunnerTimeout):
        measure(scripted(clock), plan, clock=clock, answer_timeout_s=2.5)


def test_progress_is_told_before_each_request_and_never_between_tokens() -> None:
    """Watching costs the answer nothing: only the start of a step and load events are told."""
    clock = FakeClock()
    seen: list[Progress] = []
    measure(
        scripted(clock, load_steps=2),
        Plan(("a",), repetitions=1, warm_ups=1),
        clock=clock,
        on_progress=seen.append,
    )
    assert [(p.done, p.total, p.step and p.step.is_warm_up, type(p.event)) for p in seen] == [
        (0, 2, None, LoadProgress),
        (0, 2, None, LoadProgress),
        (0, 2, True, type(None)),
        (1, 2, False, type(None)),
    ]


class EndlessEngine(ScriptedEngine):
    """Stops talking without Finished."""

    def generate(self, request: Request) -> Iterator[Event]:
        """Text alone."""
        self.requests.append(request)
        yield TextDelta("a")


def test_an_answer_without_an_end_is_a_fault() -> None:
    """Events that stop without Finished are no sample."""
    with pytest.raises(EngineFault):
        measure(EndlessEngine([["a"]]), ONE)


def test_the_answer_is_read_to_finished_only() -> None:
    """What a sample holds comes from the Finished of its own answer."""
    ends = [Finished(FinishReason.STOP, Usage(completion_tokens=n)) for n in (1, 2)]

    class CountingEngine(ScriptedEngine):
        def generate(self, request: Request) -> Iterator[Event]:
            self.requests.append(request)
            yield TextDelta("a")
            yield ends[len(self.requests) - 1]

    report = measure(CountingEngine([["a"]]), Plan(("a",), repetitions=2, warm_ups=0))
    assert [sample.completion_tokens for sample in report.samples] == [1, 2]
