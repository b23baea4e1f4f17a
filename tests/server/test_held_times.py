"""What the holder tells of a request's time, on a clock that only the engine's schedule moves."""

from pathlib import Path

import pytest

from axchat.engines.scripted import ScriptedEngine
from axchat.events import EngineTimings
from axchat.server.estimates import LoadTimes
from axchat.server.held_times import LoadSeconds
from axchat.server.owner import Owner
from axchat.server.waiting import Limits
from support.clock import FakeClock
from support.gate import Gate
from support.jobs import PATIENCE_S, Heard

LOAD_S, FIRST_TOKEN_S, TOKEN_S = 6.0, 2.0, 1.0
ANSWER_S = FIRST_TOKEN_S + TOKEN_S


class Schedule:
    """An owner whose engine waits at a gate; every wait that it lets through moves the clock."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.gate = Gate()
        self.owner = Owner(
            lambda _spec, _sampling: ScriptedEngine(
                [["an", "swer"]],
                load_s=LOAD_S,
                first_token_s=FIRST_TOKEN_S,
                token_s=TOKEN_S,
                timings=EngineTimings(queue_s=99.0, tokenise_s=0.5, answered_s=99.0),
                sleep=self._sleep,
                clock=self.clock,
            ),
            limits=Limits(),
            load_times=LoadTimes(folder / "load-times.json"),
            clock=self.clock,
        )
        self.owner.start()

    def _sleep(self, seconds: float) -> None:
        self.gate(seconds)
        self.clock.sleep(seconds)

    def submit(self) -> Heard:
        """One request, now."""
        heard = Heard()
        heard.job.since = self.clock()
        self.owner.submit(heard.job)
        return heard

    def end(self) -> None:
        """Let go of everything."""
        self.gate.open_for_good()
        self.owner.begin_stop(now=True)
        assert self.owner.join(PATIENCE_S)


def told(heard: Heard) -> tuple[float | None, float | None, float | None]:
    """Queue, loads and answer of a request that has ended, in seconds."""
    timings = heard.end().timings
    return timings.queue_s, timings.holder_load_s, timings.answered_s


def test_a_request_behind_another_waited_for_its_answer_and_not_for_its_load(tmp_path: Path) -> None:
    """Both came at the same time; the load that both waited for is nobody's queue."""
    schedule = Schedule(tmp_path)
    try:
        first = schedule.submit()
        schedule.gate.wait_until_reached()  # the load, at 0 s
        second = schedule.submit()
        schedule.gate.open_for_good()
        assert told(first) == (0.0, LOAD_S, ANSWER_S)
        assert told(second) == (ANSWER_S, LOAD_S, ANSWER_S)
        assert schedule.clock() == LOAD_S + 2 * ANSWER_S
    finally:
        schedule.end()


def test_a_request_that_came_inside_an_answer_waited_for_the_rest_of_it(tmp_path: Path) -> None:
    """A wait begins when the request comes, and a model that is there costs no load."""
    schedule = Schedule(tmp_path)
    try:
        first = schedule.submit()
        schedule.gate.pass_one()  # the load
        schedule.gate.pass_one()  # the first token
        schedule.gate.wait_until_reached()  # the second, at 8 s
        second = schedule.submit()
        schedule.gate.open_for_good()
        first.end()
        assert told(second) == (TOKEN_S, 0.0, ANSWER_S)
    finally:
        schedule.end()


def test_the_holder_overwrites_what_only_it_knows(tmp_path: Path) -> None:
    """An engine's own figures stay; its load is the holder's where it says none, and then only once."""
    schedule = Schedule(tmp_path)
    schedule.gate.open_for_good()
    try:
        first, second = schedule.submit().end().timings, schedule.submit().end().timings
        assert (first.tokenise_s, first.ttft_s, first.load_s) == (0.5, FIRST_TOKEN_S, LOAD_S)
        assert (first.queue_s, second.load_s) == (0.0, None)
    finally:
        schedule.end()


@pytest.mark.parametrize(
    ("now", "loaded"), [(5.0, 0.0), (12.0, 2.0), (15.0, 5.0), (18.0, 5.0), (21.0, 6.0)], ids=str
)
def test_loads_add_up_and_one_under_way_counts_up_to_now(now: float, loaded: float) -> None:
    """Loads from 10 s to 15 s and from 20 s on; an end without a beginning, after a refusal, is nothing."""
    seconds = LoadSeconds()
    for at, began in [(4.0, None), (10.0, 10.0), (15.0, None), (16.0, None), (20.0, 20.0)]:
        if at <= now:
            seconds.note(began, at)
    assert seconds.until(now) == loaded
