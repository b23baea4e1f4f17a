"""A cancel in each stage of an answer, on runners that take long for it: it counts, and frees the engine."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from axchat.deadline import Deadline
from axchat.engines.base import Engine, Request
from axchat.engines.script import ScriptEngine, TokenizerSettings
from axchat.engines.session import SessionEngine
from axchat.events import Finished, FinishReason, LoadProgress, PromptEstimate
from axchat.messages import Sampling
from axchat.standin.demo import write_demo
from axchat.standin.demo_axllm import write_axllm_demo
from support.cancels import FREE_S, best_time_to_free, cancelled_after
from support.ports import free_port
from support.session_engine import TIMEOUT_S, collect, context_directory, conversation

SLOW_S = 4.0
"""A stage of an answer that nobody waits for in these tests."""

ANSWERS = [
    {"match": "slow", "text": "fox " * 500, "slow": {"prefill": SLOW_S}},
    {"match": "long", "text": "fox " * 500, "slow": {"60": 60}},
    {"match": None, "text": "Hello"},
]
QUICK: dict[str, Any] = {"layers": 2, "load_s": 0, "token_s": 0, "prefill_token_s": 0}

Open = Callable[..., Engine]


def legacy(folder: Path, **script: Any) -> SessionEngine:
    """A loaded legacy runner."""
    plays = {"answers": ANSWERS, "max_token_len": 4000, **script}
    return SessionEngine(write_demo(folder / "demo", script=plays, **QUICK))


def context(folder: Path, **script: Any) -> SessionEngine:
    """A loaded runner that keeps the conversation."""
    return SessionEngine(context_directory(folder, script={"answers": ANSWERS, **script}, **QUICK))


def axllm(folder: Path, **script: Any) -> SessionEngine:
    """A loaded runner with its own tokenizer."""
    return SessionEngine(write_axllm_demo(folder / "axllm", script={"answers": ANSWERS, **script}, **QUICK))


def script(folder: Path, **script: Any) -> ScriptEngine:
    """The vendor's script, once per request."""
    plays = {"answers": ANSWERS, "max_token_len": 4000, **script}
    directory = write_demo(folder / "script", port=free_port(), script=plays, **QUICK)
    return ScriptEngine(directory, TokenizerSettings(False, "python3", folder / "tokenizer.log"))


SESSIONS = [pytest.param(make, id=make.__name__) for make in (legacy, context, axllm)]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Starts engines, with their stand-in's trace; closes them afterwards."""
    monkeypatch.setenv("AXCHAT_STANDIN_TRACE", str(tmp_path / "trace.jsonl"))
    with ExitStack() as stack:

        def start(make: Callable[..., Engine], **script: Any) -> Engine:
            engine = make(tmp_path, **script)
            stack.callback(engine.close)
            list(engine.start(Deadline(TIMEOUT_S)))
            return engine

        yield start


def asked(*texts: str, **sampling: Any) -> Request:
    """A request of these messages."""
    return Request(conversation(*texts), Sampling(**sampling), Deadline(TIMEOUT_S))


def turns_of(folder: Path) -> list[dict[str, Any]]:
    """What the stand-in's model was fed, turn by turn."""
    trace = folder / "trace.jsonl"
    lines = trace.read_text().splitlines() if trace.exists() else []
    return [turn for turn in map(json.loads, lines) if turn["turn"] is not None]


@pytest.mark.parametrize("make", SESSIONS)
def test_a_cancel_in_a_long_prefill_frees_the_runner(opened: Open, make: Callable[..., Engine]) -> None:
    """A prompt that is being read is given up at once, unanswered; the same runner answers the next one."""
    engine = opened(make)
    assert isinstance(engine, SessionEngine)
    pid = engine.pid
    assert cancelled_after(engine, asked("slow"), 0.3)[0].text == ""
    assert best_time_to_free(engine, asked("slow"), 0.3) < FREE_S
    assert collect(engine.generate(asked("hello"))).text == "Hello"
    assert engine.pid == pid


@pytest.mark.parametrize("make", SESSIONS)
def test_a_cancel_between_two_tokens_frees_the_runner(opened: Open, make: Callable[..., Engine]) -> None:
    """A token that takes long is given up at once."""
    engine = opened(make)
    assert isinstance(engine, SessionEngine)
    pid = engine.pid
    assert best_time_to_free(engine, asked("long"), 0.3) < FREE_S
    assert collect(engine.generate(asked("hello"))).text == "Hello"
    assert engine.pid == pid


@pytest.mark.parametrize("make", SESSIONS)
def test_a_cancel_before_the_prompt_keeps_it_from_the_runner(
    opened: Open, make: Callable[..., Engine], tmp_path: Path
) -> None:
    """Cancelled before the first event, a request is never typed, and the loaded runner stays."""
    engine = opened(make)
    assert isinstance(engine, SessionEngine)
    pid = engine.pid
    events = engine.generate(asked("slow"))
    engine.cancel()
    assert list(events) == [Finished(FinishReason.CANCELLED)]
    assert turns_of(tmp_path) == []
    assert engine.pid == pid


@pytest.mark.parametrize("make", [pytest.param(legacy, id="legacy"), pytest.param(context, id="context")])
def test_a_cancel_before_the_typing_keeps_it_from_the_runner(
    opened: Open, make: Callable[..., Engine], tmp_path: Path
) -> None:
    """Cancelled when the prompt's tokens are known and before they are read, a request is never typed."""
    engine = opened(make)
    events = engine.generate(asked("slow"))
    assert any(isinstance(event, PromptEstimate) for event in events)  # reads up to it
    engine.cancel()
    assert collect(events).finished == Finished(FinishReason.CANCELLED)
    assert turns_of(tmp_path) == []


def test_a_cancel_before_the_typing_leaves_the_cache(opened: Open, tmp_path: Path) -> None:
    """A runner that keeps its cache goes on from it after a request that never reached it."""
    engine = opened(context)
    first = collect(engine.generate(asked("hello"))).text
    events = engine.generate(asked("hello", first, "slow"))
    assert any(isinstance(event, PromptEstimate) for event in events)
    engine.cancel()
    list(events)
    held = len(turns_of(tmp_path)[-1]["kv"])
    following = collect(engine.generate(asked("hello", first, "again"))).finished
    assert following is not None
    assert (following.usage.cached_tokens or 0) >= held


def test_a_cancel_in_a_reload_ends_the_load(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load that a request asked for is given up at once; the next request loads and is answered."""
    # a reload with sampling values of its own has another working directory
    monkeypatch.setenv("AXCHAT_STANDIN_SCRIPT", str(tmp_path / "demo" / "standin.json"))
    engine = opened(legacy, load_s=SLOW_S / 2)
    reloading = asked("hello", top_k=1)
    assert cancelled_after(engine, reloading, 0.5)[0].text == ""
    assert best_time_to_free(engine, reloading, 0.5) < FREE_S
    following = collect(engine.generate(asked("hello", top_k=1)))
    assert following.text == "Hello"
    assert any(isinstance(event, LoadProgress) for event in following.events)


def test_a_cancel_before_a_reload_leaves_what_is_loaded(opened: Open) -> None:
    """A request that would load the model again, cancelled before its first event, changes nothing."""
    engine = opened(legacy)
    assert isinstance(engine, SessionEngine)
    pid = engine.pid
    events = engine.generate(asked("hello", top_k=1))
    engine.cancel()
    list(events)
    assert engine.pid == pid
    following = collect(engine.generate(asked("hello")))
    assert not any(isinstance(event, LoadProgress) for event in following.events)


def test_a_cancel_while_the_scripts_runner_loads_ends_it(opened: Open) -> None:
    """A script that still loads is ended at once."""
    engine = opened(script, load_s=SLOW_S)
    assert best_time_to_free(engine, asked("hello"), 0.5) < FREE_S


def test_a_cancelled_script_that_was_not_started_is_not_started(opened: Open, tmp_path: Path) -> None:
    """Cancelled before the first event, the vendor's script does not run at all."""
    engine = opened(script)
    events = engine.generate(asked("hello"))
    engine.cancel()
    assert list(events) == [Finished(FinishReason.CANCELLED)]
    assert turns_of(tmp_path) == []
