"""What those that wait are told of a load, and where they stand behind it: true when it is told."""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from axchat.engines.base import Request
from axchat.engines.scripted import Answer, ScriptedEngine
from axchat.events import EngineTimings, Event, LoadProgress, Queued
from axchat.server.jobs import JobEvent
from axchat.server.owner import Owner
from axchat.server.status import State
from support.clock import FakeClock
from support.gate import Gate
from support.jobs import Heard, spec
from support.owners import Own, asked, owners

AN_HOUR_S = 3600.0


class _Again(ScriptedEngine):
    """Loads again in every answer, behind a gate, like a runner that reads sampling values when it loads."""

    gate = Gate()

    def generate(self, request: Request) -> Generator[Event, None, None]:
        yield LoadProgress(1, 4, "playing a load")
        self.gate(1.0)
        yield LoadProgress(1, 1, "loaded", is_over=True, load_s=7.5)
        yield from super().generate(request)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Own]:
    """Makes started owners of scripted engines."""
    with owners(tmp_path) as make:

        def of(kind: type[ScriptedEngine] = ScriptedEngine, *, clock: Any = None, **options: Any) -> Owner:
            clocked = {} if clock is None else {"clock": clock}
            return make(
                lambda model, _: kind(**{"model": model.name, "answers": [["an", "swer"]], **options}),
                **clocked,
            )

        yield of


def _gates() -> tuple[Gate, Gate, Callable[[float], None]]:
    """One before each step of a load and one before each answer, and the sleep that they make."""
    load, answer = Gate(), Gate()
    return load, answer, lambda seconds: (answer if seconds == AN_HOUR_S else load)(seconds)


def _told(heard: Heard, fits: Callable[[JobEvent], bool]) -> list[JobEvent]:
    return [event for event in heard.events if fits(event)]


def _is_end(event: JobEvent) -> bool:
    return isinstance(event, LoadProgress) and event.is_over


def test_the_end_of_a_load_is_told_to_all_that_wait_for_it(own: Own) -> None:
    """Who asks and who waits hear the same end, with what the load took; the answer is still to come."""
    gate, answers, sleep = _gates()
    owner = own(load_s=2.0, load_steps=1, first_token_s=AN_HOUR_S, sleep=sleep)
    first = asked(owner, Heard())
    gate.wait_until_reached()
    second = asked(owner, Heard())
    gate.open_for_good()
    ends = [heard.wait(lambda heard=heard: _told(heard, _is_end)) for heard in (first, second)]
    assert ends[0] == ends[1]
    assert isinstance(ends[0], LoadProgress)
    assert ends[0].load_s == owner.status().load_s
    assert not first.job.is_over
    answers.open_for_good()


def test_behind_a_load_a_waiter_is_told_where_it_stands(own: Own) -> None:
    """The end of the load is not its turn: one request still comes first."""
    gate, answers, sleep = _gates()
    owner = own(load_s=2.0, load_steps=1, first_token_s=AN_HOUR_S, sleep=sleep)
    asked(owner, Heard())
    gate.wait_until_reached()
    second = asked(owner, Heard())
    gate.open_for_good()
    second.wait_for(Queued, 2)
    kinds = [type(event) for event in second.events]
    assert kinds == [Queued, LoadProgress, LoadProgress, Queued]
    assert second.events[-1] == Queued(1, None)
    answers.open_for_good()


def test_the_load_of_another_model_is_not_told(own: Own) -> None:
    """Who waits for another model has its own load before it, and would take this one for it."""
    gate = Gate()
    owner = own(load_s=2.0, load_steps=1, sleep=gate)
    first = asked(owner, Heard())
    gate.wait_until_reached()
    other = asked(owner, Heard(model=spec("b")))
    gate.open_for_good()
    first.end()
    other.end()
    told = [event.text for event in other.events if isinstance(event, LoadProgress)]
    assert told == ["playing a load", "loaded b"]
    assert [event for event in other.events if isinstance(event, Queued)] == [Queued(1, None)]


def test_a_load_that_nobody_wants_is_no_request_that_comes_first(own: Own) -> None:
    """Its client has gone: the next one waits for the load alone, and is told of that."""
    gate = Gate()
    owner = own(load_s=2.0, load_steps=1, sleep=gate)
    first = asked(owner, Heard())
    gate.wait_until_reached()
    owner.cancel(first.job)
    second = asked(owner, Heard())
    gate.open_for_good()
    second.end()
    assert not [event for event in second.events if isinstance(event, Queued)]


def test_the_wait_during_a_load_is_the_load_and_a_whole_answer(own: Own) -> None:
    """What has passed of the load is not taken off the answer that follows it."""
    clock, gate = FakeClock(), Gate()

    def sleep(seconds: float) -> None:
        gate(seconds)
        clock.sleep(seconds)

    owner = own(clock=clock, load_s=10.0, load_steps=2, first_token_s=20.0, answers=["x"], sleep=sleep)
    for name in "ab":  # so that the time of a load of "a" and of an answer are known
        heard = asked(owner, Heard(model=spec(name)))
        for _ in range(3):
            gate.pass_one()
        heard.end()
    asked(owner, Heard(model=spec("a")))
    gate.pass_one()
    gate.wait_until_reached()  # half of the load is over
    waiting = asked(owner, Heard(model=spec("a")))
    gate.open_for_good()
    told = waiting.wait_for(Queued)
    assert told == Queued(1, 25.0)
    waiting.end()


def test_a_load_within_an_answer_is_a_load(own: Own) -> None:
    """A runner that is loaded again is not there meanwhile; afterwards the times are of this load."""
    gate = _Again.gate = Gate()
    owner = own(_Again)
    asked(owner, Heard(None)).end()
    heard = asked(owner, Heard())
    gate.wait_until_reached()
    during = owner.status()
    waiting = asked(owner, Heard())
    gate.open_for_good()
    end = heard.end()
    waiting.end()
    assert (during.state, during.load_percent, during.since) == (State.LOADING, 25.0, None)
    assert (during.spec, during.model) == (spec(), None)
    assert end.timings.load_s == 7.5
    assert owner.status().load_s == 7.5
    assert _told(waiting, _is_end)


def test_a_load_that_was_over_before_is_none_of_the_answers_time(own: Own) -> None:
    """An engine tells its load with the first answer behind it, also where ``axchat load`` was long ago."""
    owner = own(answers=[Answer([])], timings=EngineTimings(load_s=5.0))
    asked(owner, Heard(None)).end()
    assert asked(owner, Heard()).end().timings.load_s is None
    assert asked(owner, Heard(model=spec("b"))).end().timings.load_s == 5.0
