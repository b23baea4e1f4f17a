"""Where the holder stands, from values."""

import pytest

from axchat.deadline import Deadline
from axchat.engines.base import Request
from axchat.engines.scripted import ScriptedEngine
from axchat.errors import AxchatError, DeviceFailed, HolderStopping, PromptRefused, RunnerTimeout
from axchat.messages import Message, Role
from axchat.server.jobs import Job
from axchat.server.loaded import Loaded, Loading
from axchat.server.standing import Standing
from axchat.server.status import State
from axchat.server.waiting import Limits
from axchat.wire.holder import ModelSpec
from support.jobs import spec


def job(model: ModelSpec, keep_alive_s: float | None = None) -> Job:
    """One that is over."""
    return Job(model, None, "client", lambda _: None, keep_alive_s)


def standing(*, lives_while_empty: bool = True, model: ModelSpec | None = None) -> Standing:
    """Of a holder that keeps a model for 300 s."""
    at = Standing(Limits(keep_alive_s=300, degraded_s=30), lives_while_empty)
    at.loaded = None if model is None else Loaded(model, ScriptedEngine([["x"]]), 1000.0, 2.0, 512)
    return at


@pytest.mark.parametrize(("keep_alive_s", "left_s"), [(None, 300.0), (0, 0.0), (5, 5.0), (-1, None)], ids=str)
def test_a_model_stays_as_long_as_its_last_request_wants(
    keep_alive_s: float | None, left_s: float | None
) -> None:
    """Without a wish the holder's own time; below nought for ever."""
    at = standing(model=spec("m"))
    at.keep(job(spec("m"), keep_alive_s), 100.0)
    assert at.left_s(100.0) == left_s


def test_a_request_for_another_model_does_not_change_when_this_one_ends() -> None:
    """It was refused, or only asked to unload the other."""
    at = standing(model=spec("m"))
    at.ends_at = 150.0
    at.keep(job(spec("other"), 0), 100.0)
    assert at.left_s(100.0) == 50.0


def test_an_empty_holder_ends_at_once_or_never() -> None:
    """In the background it has no reason to live."""
    for lives, left_s in ((True, None), (False, 0.0)):
        at = standing(lives_while_empty=lives)
        at.keep(job(spec("m")), 100.0)
        assert at.left_s(100.0) == left_s


def test_a_failure_degrades_for_a_while() -> None:
    """The card's, the engine's or the model's own; what a client did wrong, or a stop, does not."""
    for error, state in (
        (DeviceFailed("dead"), State.DEGRADED),
        (PromptRefused("no"), State.READY),
        (HolderStopping("end"), State.READY),
    ):
        at = standing(model=spec("m"))
        at.failed(error, 100.0)
        assert (at.state(129.9), at.state(130.0)) == (state, State.READY)


@pytest.mark.parametrize(("limit_s", "state"), [(0.0, State.READY), (None, State.DEGRADED)], ids=str)
def test_a_clients_own_time_limit_is_no_failure(limit_s: float | None, state: State) -> None:
    """Whoever allows less time than an answer takes says nothing about the card; a silent runner does."""
    at = standing(model=spec("m"))
    asked = job(spec("m"))
    asked.request = Request((Message(Role.USER, "hi"),), deadline=Deadline(limit_s))
    at.failed(RunnerTimeout("late"), 100.0, asked)
    assert at.state(101.0) is state


def test_what_matters_most_is_the_state() -> None:
    """Stopping before loading, before a failure, before what is loaded."""
    at = standing()
    assert at.state(0.0) is State.IDLE
    at.failed(DeviceFailed("dead"), 0.0)
    at.loading = Loading(spec("m"), began=0.0, expected_s=10.0)
    assert at.state(1.0) is State.LOADING
    assert at.load_left_s(4.0) == 6.0
    at.is_stopping = True
    assert at.state(1.0) is State.STOPPING


def test_a_model_in_use_does_not_expire() -> None:
    """When it is unloaded, on the wall's clock, is told only while nobody uses it."""
    at = standing(model=spec("m"))
    at.ends_at = 160.0
    assert at.status(100.0, 5000.0, 0).expires_at == 5060.0
    at.active = job(spec("m"))
    told = at.status(100.0, 5000.0, 3)
    assert (told.expires_at, told.is_busy, told.queue, told.remaining_cmm_mib) == (None, True, 3, 512)


def test_an_error_is_told() -> None:
    """The last one, as it was."""
    at, error = standing(), DeviceFailed("dead")
    at.failed(error, 0.0)
    told: AxchatError | None = at.status(0.0, 0.0, 0).error
    assert told is error
