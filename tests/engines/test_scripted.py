import signal
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.deadline import Deadline
from axchat.engines.base import Capabilities, Request
from axchat.engines.scripted import CAPABILITIES, Answer, ScriptedEngine, from_settings
from axchat.errors import DeviceFailed, EngineUnavailable, NoDevice, RunnerTimeout
from axchat.events import EngineTimings, Event, Finished, FinishReason, LoadProgress, Notice, TextDelta
from axchat.messages import Message, Role, Sampling
from support.clock import FakeClock

RELOADS = Capabilities(sampling=CAPABILITIES.sampling, stays_loaded=False)


def request(text: str = "two words", **sampling: object) -> Request:
    """A request with one user message."""
    return Request((Message(Role.USER, text),), Sampling(**sampling))  # type: ignore[arg-type]


def play(engine: ScriptedEngine, **sampling: object) -> tuple[list[str], Finished]:
    """The texts of the next answer, and its end."""
    *said, end = engine.generate(request(**sampling))
    assert isinstance(end, Finished)
    return [event.text for event in said if isinstance(event, TextDelta)], end


def test_tokens_come_as_scripted_and_are_counted() -> None:
    """Each piece is one delta and one token; the prompt has one token per word."""
    said, end = play(ScriptedEngine([["a", "", "b"]]))
    assert said == ["a", "b"]
    assert end.reason is FinishReason.STOP
    assert (end.usage.prompt_tokens, end.usage.completion_tokens) == (2, 3)


def test_answers_are_played_in_turn_and_again() -> None:
    """After the last answer comes the first."""
    engine = ScriptedEngine([["a"], "b c"])
    assert [play(engine)[0] for _ in range(3)] == [["a"], ["b c"], ["a"]]


def test_the_schedule_is_kept_on_the_given_clock() -> None:
    """Load, first token and every further token come when the schedule says."""
    clock = FakeClock()
    engine = ScriptedEngine(
        [["a", "b", "c"]],
        load_s=6.0,
        load_steps=3,
        first_token_s=2.0,
        token_s=0.5,
        sleep=clock.sleep,
        clock=clock,
    )
    loaded = [(clock(), event) for event in engine.start(Deadline(None))]
    assert loaded == [(2.0 * n, LoadProgress(n, 3, "playing a load")) for n in (1, 2, 3)]
    times = [clock() - 6.0 for _ in engine.generate(request())]
    assert times == [2.0, 2.5, 3.0, 3.0]


def test_the_timings_are_the_schedule() -> None:
    """The engine's own figures follow from the schedule, whatever the clock does."""
    timings = play(ScriptedEngine([["a"] * 5], first_token_s=0.25, token_s=0.5, sleep=lambda _s: None))[
        1
    ].timings
    assert (timings.ttft_s, timings.decode_s, timings.tokens_per_s, timings.load_s) == (0.25, 2.0, 2.0, None)


def test_a_piece_has_the_tokens_since_the_one_before() -> None:
    """A token that says nothing, or is held back for a stop string, counts into the next piece."""
    engine = ScriptedEngine([["a", "", "b", "<", "c", ""]])
    events = list(engine.generate(request(stop=("<end",))))
    pieces = [(event.text, event.tokens) for event in events if isinstance(event, TextDelta)]
    assert pieces == [("a", 1), ("b", 2), ("<c", 2)]


def test_it_tells_what_it_is_told_to() -> None:
    """Timings that are no part of the schedule are passed on beside it."""
    engine = ScriptedEngine([["a", "b"]], token_s=0.0, timings=EngineTimings(tokenise_s=0.5, callbacks=7))
    *_, end = engine.generate(request())
    assert isinstance(end, Finished)
    assert (end.timings.tokenise_s, end.timings.callbacks, end.timings.decode_tokens) == (0.5, 7, 1)


def test_an_engine_that_does_not_stay_loaded_loads_in_every_request() -> None:
    """Without staying loaded, start yields nothing and each answer begins with the load."""
    engine = ScriptedEngine([["a"]], load_s=1.0, load_steps=2, capabilities=RELOADS, sleep=lambda _s: None)
    assert list(engine.start(Deadline(None))) == []
    for _ in range(2):
        events = list(engine.generate(request()))
        assert [type(event) for event in events] == [LoadProgress, LoadProgress, TextDelta, Finished]
        assert isinstance(events[-1], Finished)
        assert events[-1].timings.load_s == 1.0


def test_counts_are_withheld_when_not_promised() -> None:
    """An engine without exact counts reports none."""
    engine = ScriptedEngine([["a"]], capabilities=Capabilities(exact_counts=False))
    assert play(engine)[1].usage.completion_tokens is None


@pytest.mark.parametrize(
    ("limit", "said", "reason"),
    [
        (0, [], FinishReason.LENGTH),
        (2, ["a", "b"], FinishReason.LENGTH),
        (3, ["a", "b", "c"], FinishReason.LENGTH),
        (4, ["a", "b", "c"], FinishReason.STOP),
    ],
)
def test_max_tokens_is_exact(limit: int, said: list[str], reason: FinishReason) -> None:
    """No token beyond the limit is played; at the limit the answer was cut, as a model's would be."""
    engine = ScriptedEngine([["a", "b", "c"]])
    assert play(engine, max_tokens=limit)[0] == said
    end = play(engine, max_tokens=limit)[1]
    assert (end.reason, end.usage.completion_tokens) == (reason, len(said))


@pytest.mark.parametrize(
    ("pieces", "stop", "text", "tokens"),
    [
        (["one ", "EN", "D two"], ("END",), "one ", 3),
        (["one ", "EN", "TER"], ("END",), "one ENTER", 3),
        (["one EN"], ("END",), "one EN", 1),
        (["aab"], ("ab", "b"), "a", 1),
        (["x", "x", "y"], ("xy", "xxy"), "", 3),
        (["abc"], ("",), "abc", 1),
    ],
)
def test_a_stop_string_ends_the_answer_before_it(
    pieces: list[str], stop: tuple[str, ...], text: str, tokens: int
) -> None:
    """The answer ends before the first stop string, over token borders; its tokens were used."""
    said, end = play(ScriptedEngine([pieces]), stop=stop)
    assert ("".join(said), end.usage.completion_tokens) == (text, tokens)
    assert end.reason is FinishReason.STOP


@given(
    st.lists(st.text("ab", max_size=4), max_size=12),
    st.lists(st.text("ab", min_size=1, max_size=4), max_size=3),
)
def test_stop_strings_cut_like_a_search_in_the_whole(pieces: list[str], stop: list[str]) -> None:
    """Cutting token by token gives what cutting the earliest end of a stop string gives."""
    whole = "".join(pieces)
    said = "".join(play(ScriptedEngine([pieces or [""]]), stop=tuple(stop))[0])
    if any(s in whole for s in stop):
        assert not any(s in said for s in stop)
        assert any(whole.startswith(said + s) for s in stop)
    else:
        assert said == whole


def test_a_stop_on_the_last_allowed_token_is_a_stop() -> None:
    """A stop string that ends at the token limit is the reason."""
    assert play(ScriptedEngine([["a", "b"]]), max_tokens=1, stop=("a",))[1].reason is FinishReason.STOP


@pytest.mark.parametrize("fault_at", [0, 1, 2])
def test_a_fault_comes_after_the_given_token(fault_at: int) -> None:
    """What was said before the fault arrives, then the fault is raised."""
    engine = ScriptedEngine([Answer(["a", "b"], fault=DeviceFailed("dead"), fault_at=fault_at)])
    said: list[Event] = []
    with pytest.raises(DeviceFailed, match="dead"):
        said.extend(engine.generate(request()))
    assert said == [TextDelta("a"), TextDelta("b")][:fault_at]


def test_a_load_can_fail() -> None:
    """The load's fault is raised after its progress."""
    engine = ScriptedEngine([["a"]], load_fault=NoDevice("none"))
    with pytest.raises(NoDevice):
        list(engine.start(Deadline(None)))


def test_notices_are_played_in_their_place() -> None:
    """A notice among the pieces is emitted there and is no token."""
    engine = ScriptedEngine([["a", Notice("mind"), "b"]])
    *events, end = engine.generate(request())
    assert events == [TextDelta("a"), Notice("mind"), TextDelta("b")]
    assert isinstance(end, Finished)
    assert end.usage.completion_tokens == 2


def test_answers_can_be_made_from_the_request() -> None:
    """A function gets the request; the engine remembers all it was asked."""
    engine = ScriptedEngine(lambda asked: Answer([asked.messages[-1].text]))
    assert play(engine)[0] == ["two words"]
    assert engine.requests == [request()]


def test_a_cancel_wakes_a_long_wait() -> None:
    """A cancel from another thread ends an hour's delay at once."""
    engine = ScriptedEngine([["a", "b"]], token_s=3600)
    events = engine.generate(request())
    assert next(events) == TextDelta("a")
    canceller = threading.Timer(0.05, engine.cancel)
    canceller.start()
    [end] = events
    canceller.join()
    assert isinstance(end, Finished)
    assert (end.reason, end.usage.completion_tokens) == (FinishReason.CANCELLED, 1)


def test_a_cancel_in_a_signal_handler_wakes_the_wait_it_interrupts() -> None:
    """The main thread's own wait ends when the handler that interrupts it cancels."""
    engine = ScriptedEngine([["a"]], first_token_s=3600)
    before = signal.signal(signal.SIGALRM, lambda *_: engine.cancel())
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        [end] = engine.generate(request())
    finally:
        signal.signal(signal.SIGALRM, before)
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.CANCELLED


def test_a_cancel_before_the_first_event_counts() -> None:
    """A generation is under way from the call on, so that no Ctrl-C is lost."""
    engine = ScriptedEngine([["a"]], load_s=3600, capabilities=RELOADS)
    events = engine.generate(request())
    engine.cancel()
    [end] = events
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.CANCELLED


def test_stopping_takes_its_time_and_a_second_cancel_does_not_shorten_it() -> None:
    """A cancelled generation ends after ``stop_s``."""
    clock = FakeClock()
    engine = ScriptedEngine([["a", "b"]], stop_s=3.0, sleep=clock.sleep, clock=clock)
    events = engine.generate(request())
    next(events)
    engine.cancel()
    engine.cancel()
    list(events)
    assert clock() == 3.0


def test_stopping_really_waits() -> None:
    """The wake-up of the cancel is not mistaken for the end of the stopping."""
    engine = ScriptedEngine([["a", "b"]], stop_s=0.2)
    events = engine.generate(request())
    next(events)
    engine.cancel()
    before = time.monotonic()
    list(events)
    assert time.monotonic() - before >= 0.2


def test_a_deadline_ends_the_answer() -> None:
    """A token that is due after the deadline is not waited for; the error says that time ran out."""
    clock = FakeClock()
    engine = ScriptedEngine([["a"] * 9], token_s=1.0, sleep=clock.sleep, clock=clock)
    asked = Request(request().messages, deadline=Deadline(2.5, clock))
    said: list[Event] = []
    with pytest.raises(RunnerTimeout):
        said.extend(engine.generate(asked))
    assert (len(said), clock()) == (3, 2.5)


def test_a_closed_engine_takes_nothing() -> None:
    """After close a request is refused."""
    engine = ScriptedEngine([["a"]])
    engine.close()
    with pytest.raises(EngineUnavailable):
        engine.generate(request())


def test_the_demo_says_that_it_is_scripted() -> None:
    """The default answer names itself, and counts the words it was sent."""
    engine = from_settings(load_s=0, first_token_s=0, token_s=0)
    list(engine.start(Deadline(None)))
    said, end = play(engine)
    assert "scripted engine" in "".join(said)
    assert "2 words" in "".join(said)
    assert end.usage.completion_tokens == len(said)
