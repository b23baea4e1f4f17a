"""The owner of the card: one thread, driven with the scripted engine."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeGuard

import pytest

from axchat.engines.base import Capabilities
from axchat.engines.scripted import Answer, ScriptedEngine
from axchat.errors import (
    AxchatError,
    ContextOverflow,
    DeviceFailed,
    HolderStopping,
    QueueFull,
    QueueTimeout,
    RunnerFailed,
    UsageError,
)
from axchat.events import FinishReason, LoadProgress, Notice, Queued, TextDelta
from axchat.messages import Sampling
from axchat.server.jobs import Ready
from axchat.server.owner import Owner
from axchat.server.status import State
from axchat.server.waiting import Limits
from axchat.wire.holder import ModelSpec
from support.gate import Gate
from support.jobs import PATIENCE_S, Heard, spec
from support.owners import asked, owners

AN_HOUR_S = 3600.0


class Engines:
    """Builds scripted engines, and remembers them."""

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.built: list[tuple[ModelSpec, Sampling, ScriptedEngine]] = []
        self.closed: list[str] = []
        self.emptied = threading.Event()

    def build(self, model: ModelSpec, sampling: Sampling) -> ScriptedEngine:
        """One more."""
        made = _Closing(self.closed, model.name, **{"answers": [["an", "swer"]], **self.options})
        self.built.append((model, sampling, made))
        return made


class _Closing(ScriptedEngine):
    is_lost = False  # until a test says otherwise

    def __init__(self, closed: list[str], model: str, **options: Any) -> None:
        super().__init__(model=model, **options)
        self._closed = closed

    def close(self) -> None:
        self._closed.append(self.model)
        super().close()


@pytest.fixture
def owned(tmp_path: Path) -> Iterator[Callable[..., Owner]]:
    """Makes started owners; ends them afterwards."""
    with owners(tmp_path) as make:

        def of(engines: Engines, *, limits: Limits | None = None, is_background: bool = False) -> Owner:
            emptied = engines.emptied.set if is_background else None
            return make(engines.build, limits=limits, on_empty=emptied)

        yield of


def _is_step(event: object) -> TypeGuard[LoadProgress]:
    return isinstance(event, LoadProgress) and not event.is_over


class TestOneRequest:
    """A request and its answer."""

    def test_the_first_request_loads_and_the_second_finds_the_model_loaded(self, owned: Any) -> None:
        """One engine serves both; only the first tells of a load."""
        engines = Engines(load_s=0.001, load_steps=3)
        owner = owned(engines)
        first, second = asked(owner, Heard()), asked(owner, Heard())
        assert (first.end().reason, second.end().reason) == (FinishReason.STOP, FinishReason.STOP)
        assert (first.text, second.text) == ("answer", "answer")
        assert len(engines.built) == 1
        ready = second.wait_for(Ready)
        assert isinstance(ready, Ready)
        assert ready.load_s is None

    def test_everybody_who_waits_sees_the_load(self, owned: Any) -> None:
        """A load is news for the whole queue."""
        gate = Gate()
        owner = owned(Engines(load_s=2.0, load_steps=2, sleep=gate))
        first = asked(owner, Heard())
        gate.wait_until_reached()
        second = asked(owner, Heard())
        gate.open_for_good()
        first.end()
        second.end()
        loads = [event for event in second.events if isinstance(event, LoadProgress)]
        assert [load.is_over for load in loads] == [False, False, True]

    def test_the_second_load_knows_how_long_it_takes(self, owned: Any) -> None:
        """The time left is learned from the load before."""
        owner = owned(Engines(load_s=0.001))
        first = asked(owner, Heard(model=spec("a")))
        first.end()
        asked(owner, Heard(model=spec("b"))).end()
        again = asked(owner, Heard(model=spec("a")))
        again.end()
        (told,) = [event.remaining_s for event in first.events if _is_step(event)]
        assert told is None
        (told,) = [event.remaining_s for event in again.events if _is_step(event)]
        assert told is not None

    def test_another_model_takes_the_place_of_the_loaded_one(self, owned: Any) -> None:
        """A card holds one model: the first is closed before the second is built."""
        engines = Engines()
        owner = owned(engines)
        asked(owner, Heard(model=spec("a"))).end()
        asked(owner, Heard(model=spec("b"))).end()
        assert [model.name for model, _, _ in engines.built] == ["a", "b"]
        assert engines.closed == ["a"]
        assert owner.status().spec == spec("b")

    def test_a_load_without_a_question_answers_nothing(self, owned: Any) -> None:
        """``axchat load`` gets what the model can, and no text."""
        heard = asked(owned(Engines()), Heard(None))
        assert heard.end().reason is FinishReason.STOP
        assert isinstance(heard.wait_for(Ready), Ready)
        assert heard.text == ""

    def test_an_option_the_engine_does_not_have_is_refused_before_the_load(self, owned: Any) -> None:
        """Nothing is loaded for a request that cannot be answered, and nothing is degraded."""
        owner = owned(Engines(load_fault=RunnerFailed("must not be loaded")))
        assert isinstance(asked(owner, Heard(sampling=Sampling(seed=1))).error(), UsageError)
        assert owner.status().state is State.IDLE

    def test_a_lenient_request_is_told_what_was_left_out(self, owned: Any) -> None:
        """HTTP clients always send a temperature; they learn that it was not used."""
        heard = asked(owned(Engines()), Heard(sampling=Sampling(seed=1, max_tokens=1), is_lenient=True))
        assert heard.end().reason is FinishReason.LENGTH
        ready = heard.wait_for(Ready)
        assert isinstance(ready, Ready)
        assert ready.ignored == ("seed",)

    @pytest.mark.parametrize(("able", "ignored"), [(True, ()), (False, ("think",))])
    def test_a_lenient_request_may_say_whether_to_think(
        self, owned: Any, able: bool, ignored: tuple[str, ...]
    ) -> None:
        """It is passed on where the model has a switch for it, and named as ignored where it has none."""
        engines = Engines(capabilities=Capabilities(think=able))
        heard = Heard(think=False, is_lenient=True)
        assert asked(owned(engines), heard).end().reason is FinishReason.STOP
        ready = heard.wait_for(Ready)
        assert isinstance(ready, Ready)
        assert ready.ignored == ignored
        assert engines.built[0][2].requests[0].think is (False if able else None)

    def test_a_command_is_told_the_sampling_it_did_not_choose(self, owned: Any) -> None:
        """After a load with a temperature, a plain question says which one it is answered with."""
        able = Capabilities(sampling=frozenset({"temperature"}), reloads=frozenset({"temperature"}))
        engines = Engines(capabilities=able)
        owner = owned(engines)
        asked(owner, Heard(sampling=Sampling(temperature=0.2), allows_reload=True)).end()
        plain = asked(owner, Heard(allows_reload=True))
        plain.end()
        assert engines.built[0][1] == Sampling(temperature=0.2)
        assert Notice("sampling as the model was loaded: temperature 0.2") in plain.events
        assert engines.built[0][2].requests[-1].sampling == Sampling(temperature=0.2)


class TestFailures:
    """What a failure costs, and what it does not."""

    def test_what_was_said_before_a_failure_was_told(self, owned: Any) -> None:
        """The text stands, the error follows, and the next request is answered."""
        fault = RunnerFailed("gone")
        owner = owned(Engines(answers=[Answer(["a", "b"], fault, 1), ["fine"]]))
        broken = asked(owner, Heard())
        assert broken.error() is fault
        assert broken.text == "a"
        assert owner.status().state is State.DEGRADED
        assert owner.status().error is fault
        after = asked(owner, Heard())
        after.end()
        assert after.text == "fine"
        assert owner.status().state is State.READY

    def test_what_ended_by_itself_is_loaded_again(self, owned: Any) -> None:
        """A process that crashed, or that somebody killed, costs no more than its own answer."""
        engines = Engines()
        owner = owned(engines)
        asked(owner, Heard()).end()
        engines.built[0][2].is_lost = True

        again = asked(owner, Heard())

        assert again.end().reason is FinishReason.STOP
        assert [event.text for event in again.events if isinstance(event, Notice)] == [
            "the model's process had ended; loading again"
        ]
        assert (len(engines.built), len(engines.closed)) == (2, 1)

    def test_a_failed_load_fails_all_that_wait_for_this_model(self, owned: Any) -> None:
        """A dead card is not asked again for every waiter; others are not concerned."""
        gate = Gate()
        fault = DeviceFailed("dead")
        engines = Engines(load_s=1.0, load_fault=fault, sleep=gate)
        owner = owned(engines)
        first = asked(owner, Heard())
        gate.wait_until_reached()
        second, other = asked(owner, Heard()), asked(owner, Heard(model=spec("b")))
        gate.open_for_good()
        assert (first.error(), second.error(), other.error()) == (fault, fault, fault)
        assert [model.name for model, _, _ in engines.built] == ["m", "b"]
        assert engines.closed == ["m", "b"]

    def test_the_clients_own_mistake_degrades_nothing(self, owned: Any) -> None:
        """A prompt that does not fit is no failure of the card."""
        owner = owned(Engines(answers=[Answer([], ContextOverflow("too long"))]))
        asked(owner, Heard()).error()
        assert owner.status().state is State.READY

    def test_a_bug_ends_its_request_and_not_the_holder(self, owned: Any) -> None:
        """An unforeseen error is told as a bug; the engine is thrown away; the next one is loaded."""
        engines = Engines(answers=[Answer([], ZeroDivisionError("x")), ["ok"]])  # type: ignore[arg-type]
        owner = owned(engines)
        error = asked(owner, Heard()).error()
        assert (type(error), "bug: ZeroDivisionError" in error.message) == (AxchatError, True)
        assert engines.closed == ["m"]


class TestCancel:
    """Whoever goes away frees the card."""

    def test_a_waiting_request_leaves_the_queue(self, owned: Any) -> None:
        """It ends at once, and the others move up."""
        owner = owned(Engines(answers=[["x"]], first_token_s=AN_HOUR_S))
        running = asked(owner, Heard())
        running.wait_for(Ready)
        waiting = asked(owner, Heard(client="d"))
        waiting.wait_for(Queued)
        owner.cancel(waiting.job)
        assert waiting.end().reason is FinishReason.CANCELLED
        assert owner.status().queue == 0
        owner.cancel(running.job)

    def test_a_running_answer_stops_and_the_next_begins(self, owned: Any) -> None:
        """An hour's prefill ends when its client goes."""
        owner = owned(Engines(answers=[["x"]], first_token_s=AN_HOUR_S))
        running = asked(owner, Heard())
        running.wait_for(Ready)
        following = asked(owner, Heard())
        owner.cancel(running.job)
        assert running.end().reason is FinishReason.CANCELLED
        following.wait_for(Ready)
        owner.cancel(following.job)
        assert following.end().reason is FinishReason.CANCELLED

    def test_a_load_goes_on_for_the_next_request(self, owned: Any) -> None:
        """Who leaves during the load is let go at once; the model is there for the next."""
        gate = Gate()
        engines = Engines(load_s=1.0, sleep=gate)
        owner = owned(engines)
        first = asked(owner, Heard())
        gate.wait_until_reached()
        owner.cancel(first.job)
        assert first.end().reason is FinishReason.CANCELLED
        gate.open_for_good()
        second = asked(owner, Heard())
        assert second.end().reason is FinishReason.STOP
        assert len(engines.built) == 1
        assert first.text == ""

    def test_a_cancel_after_the_end_is_nothing(self, owned: Any) -> None:
        """A connection that closes after its answer stops nobody else."""
        owner = owned(Engines())
        first = asked(owner, Heard())
        first.end()
        count = len(first.events)
        owner.cancel(first.job)
        asked(owner, Heard()).end()
        assert len(first.events) == count


class TestQueue:
    """Positions, limits, order."""

    def test_a_waiter_learns_its_position_and_the_next_one_when_it_moves_up(self, owned: Any) -> None:
        """Two requests come first, then none does."""
        owner = owned(Engines(answers=[["x"]], first_token_s=AN_HOUR_S))
        jobs = [asked(owner, Heard(client=name)) for name in "abc"]
        jobs[0].wait_for(Ready)
        told = jobs[2].wait_for(Queued)
        assert isinstance(told, Queued)
        assert told.position in {2, 3}
        for job in jobs:
            job.wait_for(Ready)
            owner.cancel(job.job)
        assert [job.end().reason for job in jobs] == [FinishReason.CANCELLED] * 3

    def test_a_full_queue_refuses_and_says_for_how_long(self, owned: Any) -> None:
        """Request number three of a queue of one is refused at once; the others are not touched."""
        owner = owned(Engines(answers=[["x"]], first_token_s=AN_HOUR_S), limits=Limits(max_queue=1))
        running = asked(owner, Heard())
        running.wait_for(Ready)
        waiting = asked(owner, Heard())
        with pytest.raises(QueueFull) as refused:
            owner.submit(Heard().job)
        assert "retry_after_s" in refused.value.facts
        for job in (running, waiting):
            job.wait_for(Ready)
            owner.cancel(job.job)
            job.end()

    def test_a_request_that_waited_too_long_is_let_go(self, owned: Any) -> None:
        """Its time is over while it waits; once its turn has come, it stays."""
        owner = owned(Engines(answers=[["x"]], first_token_s=AN_HOUR_S))
        running = asked(owner, Heard())
        running.wait_for(Ready)
        waiting = asked(owner, Heard())
        owner.expire(waiting.job)
        owner.expire(running.job)
        assert isinstance(waiting.error(), QueueTimeout)
        assert owner.status().is_busy
        owner.cancel(running.job)
        running.end()

    def test_clients_take_turns(self, owned: Any) -> None:
        """One client's five requests do not stand before another's one."""
        gate = Gate()
        engines = Engines(first_token_s=1.0, sleep=gate, answers=[["x"]])
        owner = owned(engines)
        many = [asked(owner, Heard(f"many{number}", client="many")) for number in range(4)]
        gate.wait_until_reached()
        one = asked(owner, Heard("one", client="one"))
        gate.open_for_good()
        for job in [*many, one]:
            job.end()
        order = [request.messages[0].text for request in engines.built[0][2].requests]
        assert order == ["many0", "many1", "one", "many2", "many3"]


class TestKeepAlive:
    """How long a model stays."""

    def test_an_idle_model_is_unloaded_when_its_time_is_over(self, owned: Any) -> None:
        """Half a second of keep-alive, then the card is free and the holder says that it is empty."""
        engines = Engines()
        owner = owned(engines, limits=Limits(keep_alive_s=0.05), is_background=True)
        asked(owner, Heard()).end()
        assert engines.emptied.wait(PATIENCE_S)
        assert engines.closed == ["m"]
        assert owner.status().state is State.IDLE

    def test_each_model_has_its_own_time(self, owned: Any) -> None:
        """Where the limits know it; a request's own comes before that."""
        engines = Engines()
        limits = Limits(keep_alive_of=lambda spec: -1.0 if spec.name == "m" else 0.0)
        owner = owned(engines, limits=limits, is_background=True)
        asked(owner, Heard()).end()
        asked(owner, Heard()).end()
        assert engines.closed == []
        assert owner.status().expires_at is None
        asked(owner, Heard(model=spec("n"), allows_reload=True)).end()
        assert engines.emptied.wait(PATIENCE_S)
        assert engines.closed == ["m", "n"]

    def test_nought_unloads_at_once_and_below_nought_never(self, owned: Any) -> None:
        """A request's own keep-alive comes before the holder's."""
        engines = Engines()
        owner = owned(engines, is_background=True)
        asked(owner, Heard(keep_alive_s=-1.0)).end()
        following = asked(owner, Heard(keep_alive_s=-1.0))
        following.end()
        assert owner.status().expires_at is None
        assert engines.closed == []
        asked(owner, Heard(keep_alive_s=0.0)).end()
        assert engines.emptied.wait(PATIENCE_S)
        assert engines.closed == ["m"]

    def test_a_request_that_comes_while_the_model_is_unloaded_is_answered(self, owned: Any) -> None:
        """The race between arrival and unload loses nobody: the model is loaded again."""
        engines = Engines()
        owner = owned(engines, limits=Limits(keep_alive_s=0.0), is_background=True)
        for _ in range(200):
            heard = asked(owner, Heard())
            assert heard.end().reason is FinishReason.STOP
        assert engines.closed.count("m") <= len(engines.built)

    def test_a_background_holder_whose_load_failed_has_no_reason_to_live(self, owned: Any) -> None:
        """It says so at once, not after the keep-alive."""
        engines = Engines(load_fault=DeviceFailed("dead"))
        owner = owned(engines, is_background=True)
        asked(owner, Heard()).error()
        assert engines.emptied.wait(PATIENCE_S)

    def test_to_unload_nothing_is_loaded(self, owned: Any) -> None:
        """A load request with keep-alive nought unloads what is there, and loads nothing otherwise."""
        engines = Engines()
        owner = owned(engines)
        asked(owner, Heard(None, keep_alive_s=0.0)).end()
        assert engines.built == []
        asked(owner, Heard(keep_alive_s=-1.0)).end()
        asked(owner, Heard(None, keep_alive_s=0.0)).end()
        assert owner.unload(now=False).wait(PATIENCE_S)
        assert engines.closed == ["m"]


class TestStop:
    """The end of a holder."""

    def test_a_polite_stop_ends_the_answer_and_refuses_those_that_wait(self, owned: Any) -> None:
        """What runs is said to its end; what waits is told to ask elsewhere; nothing new is taken."""
        gate = Gate()
        engines = Engines(first_token_s=1.0, sleep=gate)
        owner = owned(engines)
        running = asked(owner, Heard())
        gate.wait_until_reached()
        waiting = asked(owner, Heard())
        owner.begin_stop(now=False)
        assert isinstance(waiting.error(), HolderStopping)
        with pytest.raises(HolderStopping):
            owner.submit(Heard().job)
        gate.open_for_good()
        assert running.end().reason is FinishReason.STOP
        assert owner.join(PATIENCE_S)
        assert engines.closed == ["m"]

    def test_a_stop_at_once_cuts_the_answer_and_says_so(self, owned: Any) -> None:
        """The client learns that its answer is not complete."""
        owner = owned(Engines(answers=[["a", "b"]], token_s=AN_HOUR_S))
        running = asked(owner, Heard())
        running.wait_for(TextDelta)
        owner.begin_stop(now=True)
        error = running.error()
        assert isinstance(error, HolderStopping)
        assert "not complete" in error.message
        assert running.text == "a"
        assert owner.join(PATIENCE_S)

    def test_a_stop_at_once_ends_a_load(self, owned: Any) -> None:
        """The load is given up between two of its steps."""
        gate = Gate()
        engines = Engines(load_s=2.0, load_steps=2, sleep=gate)
        owner = owned(engines)
        loading = asked(owner, Heard())
        gate.wait_until_reached()
        owner.begin_stop(now=True)
        gate.open_for_good()
        assert isinstance(loading.error(), HolderStopping)
        assert owner.join(PATIENCE_S)
        assert engines.closed == ["m"]

    def test_unload_waits_for_those_that_were_there(self, owned: Any) -> None:
        """A request in the queue is answered first, then the card is free; the holder goes on."""
        gate = Gate()
        engines = Engines(first_token_s=1.0, sleep=gate)
        owner = owned(engines)
        first = asked(owner, Heard())
        gate.wait_until_reached()
        second = asked(owner, Heard())
        done = owner.unload(now=False)
        assert not done.is_set()
        gate.open_for_good()
        assert done.wait(PATIENCE_S)
        assert (first.end().reason, second.end().reason) == (FinishReason.STOP, FinishReason.STOP)
        assert engines.closed == ["m"]
        assert asked(owner, Heard()).end().reason is FinishReason.STOP
