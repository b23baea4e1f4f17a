from collections.abc import Generator, Iterator

import pytest

from axchat.chat.turn import run_turn
from axchat.engines.base import Capabilities, Request
from axchat.engines.scripted import Answer, ScriptedEngine
from axchat.errors import DeviceFailed, EngineFault, UsageError
from axchat.events import Event, Notice, TextDelta
from axchat.messages import Message, Role, Sampling
from support.clock import FakeClock

ASK = Request((Message(Role.USER, "hi"),))


class SilentEngine(ScriptedEngine):
    """Ends every answer without Finished."""

    def generate(self, request: Request) -> Iterator[Event]:
        """Only the text."""
        yield from list(super().generate(request))[:-1]


def test_a_turn_measures_on_the_given_clock() -> None:
    """Time to first text and total time equal the schedule, the text is the answer."""
    clock = FakeClock(100.0)
    engine = ScriptedEngine([["a", "b", "c"]], first_token_s=2.0, token_s=0.5, sleep=clock.sleep, clock=clock)
    turn = run_turn(engine, ASK, clock=clock)
    assert (turn.ttft_s, turn.total_s, turn.text, turn.finished) == (None, None, "", None)
    clock.sleep(7.0)  # time before the first next is the caller's
    events = list(turn)
    assert (turn.ttft_s, turn.total_s, turn.text) == (2.0, 3.0, "abc")
    assert events[-1] is turn.finished


def test_an_answer_without_text_has_no_first_text() -> None:
    """Notices and the end are not text."""
    clock = FakeClock()
    turn = run_turn(
        ScriptedEngine([[Notice("x"), ""]], first_token_s=1.0, sleep=clock.sleep), ASK, clock=clock
    )
    list(turn)
    assert (turn.ttft_s, turn.total_s) == (None, 1.0)


def test_what_the_engine_would_ignore_is_refused_before_it_starts() -> None:
    """An option the engine cannot set is a usage error, and the engine is asked nothing."""
    engine = ScriptedEngine([["a"]], capabilities=Capabilities())
    with pytest.raises(UsageError, match="--temperature"):
        run_turn(engine, Request(ASK.messages, Sampling(temperature=0.5)))
    assert engine.requests == []


def test_the_text_before_a_failure_stays() -> None:
    """After the engine's error the turn still holds what was said."""
    turn = run_turn(ScriptedEngine([Answer(["a", "b"], fault=DeviceFailed("dead"), fault_at=1)]), ASK)
    with pytest.raises(DeviceFailed):
        list(turn)
    assert (turn.text, turn.finished) == ("a", None)


def test_an_engine_that_does_not_end_its_answer_is_at_fault() -> None:
    """Events that stop without Finished are an error, not an end."""
    turn = run_turn(SilentEngine([["a"]]), ASK)
    with pytest.raises(EngineFault, match="scripted"):
        list(turn)
    assert turn.text == "a"


class KeepingEngine(ScriptedEngine):
    """Holds on to its generator, so that only a close ends it."""

    events: Generator[Event, None, None]

    def generate(self, request: Request) -> Iterator[Event]:
        """The same, kept."""
        self.events = super().generate(request)  # type: ignore[assignment]
        return self.events


def test_closing_a_turn_stops_the_generation() -> None:
    """After close, which may be called twice, the engine's generator is at its end."""
    engine = KeepingEngine([["a", "b"]], token_s=3600)
    turn = run_turn(engine, ASK)
    assert next(turn) == TextDelta("a")
    assert engine.events.gi_frame is not None
    turn.close()
    turn.close()
    assert engine.events.gi_frame is None
    assert turn.text == "a"
