"""The ``axllm-serve`` engine against a program that prints axllm's log lines and acts out its bugs."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from axchat.deadline import NEVER, Deadline
from axchat.engines.axllm_serve import AxllmServeEngine
from axchat.engines.base import Request
from axchat.errors import (
    AxchatError,
    ContextOverflow,
    DeviceFailed,
    ModelError,
    NoDevice,
    PromptRefused,
    RunnerFailed,
    RunnerTimeout,
)
from axchat.events import Event, Finished, FinishReason, Level, Notice, TextDelta, Usage
from axchat.messages import Message, Role, Sampling
from axchat.process.shutdown import Ended
from support.cancels import FREE_S, best_time_to_free
from support.http_models import axllm_directory, axllm_executable
from support.processes import wait_until_gone

PATIENCE_S = 60.0

Make = Callable[..., AxllmServeEngine]


def asked(text: str, **sampling: object) -> Request:
    """A request of one user message."""
    return Request((Message(Role.USER, text),), Sampling(**sampling), Deadline(PATIENCE_S))  # type: ignore[arg-type]


def text_of(events: list[Event]) -> str:
    """The answer's text."""
    return "".join(e.text for e in events if isinstance(e, TextDelta))


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Builds an engine whose program behaves as told; closes it afterwards."""
    with ExitStack() as stack:

        def build(**behaviour: object) -> AxllmServeEngine:
            model = axllm_directory(tmp_path / "model", **behaviour)
            engine = AxllmServeEngine(model, tmp_path / "serve.log", program=str(axllm_executable(tmp_path)))
            stack.callback(engine.close)
            return engine

        yield build


@pytest.fixture
def started(make: Make) -> Make:
    """Like ``make``, and started."""

    def build(**behaviour: object) -> AxllmServeEngine:
        engine = make(**behaviour)
        list(engine.start(Deadline(PATIENCE_S)))
        return engine

    return build


def test_it_warns_that_anyone_can_reach_it(make: Make) -> None:
    """Starting says that the server listens on every address without authentication."""
    notices = [e for e in make().start(Deadline(PATIENCE_S)) if isinstance(e, Notice)]
    assert [n.level for n in notices] == [Level.WARNING]
    assert "every address" in notices[0].text
    assert "without authentication" in notices[0].text


def test_an_answer_has_no_invented_counts_and_no_invented_reason(started: Make) -> None:
    """Usage stays unknown and a reason that the server made up is UNKNOWN."""
    engine = started(answers=[["one", " two"]])
    events = list(engine.generate(asked("hi")))
    assert text_of(events) == "one two"
    assert events[-1] == Finished(FinishReason.UNKNOWN, Usage())


def test_as_many_chunks_as_tokens_allowed_is_length(started: Make) -> None:
    """An answer that fills max_tokens ends with LENGTH although the server says stop."""
    engine = started(answers=[["one", " two"]])
    assert list(engine.generate(asked("hi", max_tokens=2)))[-1] == Finished(FinishReason.LENGTH)


def test_a_dead_card_is_seen_behind_status_200(started: Make) -> None:
    """AX_ENGINE_Execute in the log ends the answer with DeviceFailed."""
    engine = started(answers=["device-dead"])
    with pytest.raises(DeviceFailed):
        list(engine.generate(asked("hi")))


def test_a_full_context_is_seen_in_whatever_language(started: Make) -> None:
    """SetKVCache failed in the log makes any answer a ContextOverflow; the next request is fine."""
    engine = started(answers=["overflow", ["fine"]])
    with pytest.raises(ContextOverflow):
        list(engine.generate(asked("hi")))
    assert text_of(list(engine.generate(asked("hi")))) == "fine"


def test_a_crash_names_the_signal_and_the_next_start_works(started: Make) -> None:
    """SIGSEGV in the middle of an answer is a RunnerFailed after the text; start loads again."""
    engine = started(answers=["crash"])
    seen: list[Event] = []
    with pytest.raises(RunnerFailed, match="SIGSEGV"):
        seen += engine.generate(asked("hi"))
    assert engine.is_lost
    list(engine.start(Deadline(PATIENCE_S)))
    assert not engine.is_lost


def test_its_own_time_limit_is_named(started: Make) -> None:
    """A stream that ends without a reason while the log says cancelled is the server's time limit."""
    engine = started(answers=["time-limit"])
    with pytest.raises(RunnerTimeout, match="its own time limit"):
        list(engine.generate(asked("hi")))


@pytest.mark.parametrize("word", ["reset", "/reset", "clean", " /clean\n"])
def test_words_that_are_commands_are_refused_anywhere(started: Make, word: str) -> None:
    """A user message that the server takes for a command is refused, also in the history."""
    engine = started()
    history = (Message(Role.USER, word), Message(Role.ASSISTANT, "ok"), Message(Role.USER, "more"))
    with pytest.raises(PromptRefused, match="command"):
        engine.generate(Request(history))


def test_no_stale_token_after_a_cancel(started: Make, tmp_path: Path) -> None:
    """The request after a cancel is sent only after the server's cancel line."""
    engine = started(answers=["endless", ["new"]])
    gate = tmp_path / "model" / "gate"
    os.mkfifo(gate)
    events = engine.generate(asked("first"))
    assert next(events) == TextDelta("old")
    engine.cancel()
    assert list(events) == [Finished(FinishReason.CANCELLED)]

    following: list[Event] = []
    reader = threading.Thread(target=lambda: following.extend(engine.generate(asked("second"))))
    with gate.open("wb"):  # opens when the old answer waits at the gate
        reader.start()
        # a request that is sent now is answered at once, with the stale token
        reader.join(0.3)
        sent = (tmp_path / "model" / "requests").read_bytes()
    reader.join(PATIENCE_S)

    assert b"second" not in sent
    assert text_of(following) == "new"


def test_a_request_that_waits_for_a_cancelled_one_can_be_cancelled(started: Make, tmp_path: Path) -> None:
    """While the server still holds on to the old answer, the next request ends at once and is never sent."""
    engine = started(answers=["endless", ["new"]])
    gate = tmp_path / "model" / "gate"
    os.mkfifo(gate)
    events = engine.generate(asked("first"))
    assert next(events) == TextDelta("old")
    engine.cancel()
    list(events)

    with gate.open("wb"):  # opens when the old answer waits at the gate
        waited_s = best_time_to_free(engine, asked("second"), 0.1)
        sent = (tmp_path / "model" / "requests").read_bytes()

    assert b"second" not in sent
    assert waited_s < FREE_S
    assert text_of(list(engine.generate(asked("third")))) == "new"


def test_a_closed_iterator_counts_as_a_cancel(started: Make) -> None:
    """Whoever stops reading gets no stale token in the next answer either."""
    engine = started(answers=["endless", ["new"]])
    events = engine.generate(asked("first"))
    assert next(events) == TextDelta("old")
    events.close()
    assert text_of(list(engine.generate(asked("second")))) == "new"


def test_close_interrupts_and_records_the_step(started: Make, tmp_path: Path) -> None:
    """A server that serves ends by SIGINT, which frees the card; the log says so."""
    engine = started()
    engine.close()
    engine.close()
    assert engine.ended is Ended.INTERRUPTED
    assert "the server was ended: interrupted" in (tmp_path / "serve.log").read_text()


@pytest.mark.parametrize(
    ("start", "error", "said"),
    [("port-taken", RunnerFailed, "port is already in use"), ("no-device", NoDevice, "no card")],
)
def test_an_end_while_loading_is_explained(
    make: Make, start: str, error: type[AxchatError], said: str
) -> None:
    """The cause in the log is the error; the line that ends every run is none."""
    with pytest.raises(error, match=said):
        list(make(start=start).start(Deadline(PATIENCE_S)))


def test_a_start_without_end_is_a_timeout_and_leaves_nothing(make: Make) -> None:
    """The deadline ends a server that never becomes ready."""
    engine = make(start="silent")
    events = engine.start(Deadline(1.0))
    next(events)
    pid = engine.pid
    with pytest.raises(RunnerTimeout):
        list(events)
    assert pid is not None
    assert wait_until_gone(pid)
    assert engine.pid is None


def test_a_directory_of_the_script_era_is_refused(tmp_path: Path) -> None:
    """Without model_name in config.json nothing is started."""
    (tmp_path / "run_x_axcl_x86.sh").write_text("./main --prompt $1\n")
    with pytest.raises(ModelError, match="not for axllm"):
        list(AxllmServeEngine(tmp_path, tmp_path / "log").start(NEVER))


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    """Where axllm is not installed, the error says which program is missing."""
    model = axllm_directory(tmp_path / "model")
    engine = AxllmServeEngine(model, tmp_path / "log", program="/nowhere/axllm")
    with pytest.raises(AxchatError, match="/nowhere/axllm"):
        list(engine.start(Deadline(PATIENCE_S)))
