"""What every engine does, whatever is behind it. Add a row to ``ENGINES`` for a new one."""

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from axchat.deadline import Deadline
from axchat.engines.axllm_serve import AxllmServeEngine
from axchat.engines.base import Engine, Request, refuse_unsupported
from axchat.engines.cpu import CpuEngine, worker_environment
from axchat.engines.openai_remote import OpenAiEngine
from axchat.engines.script import ScriptEngine, TokenizerSettings
from axchat.engines.scripted import ScriptedEngine
from axchat.engines.session import SessionEngine
from axchat.engines.vendor_api import ServerSettings, VendorApiEngine
from axchat.errors import UsageError
from axchat.events import Event, Finished, FinishReason, LoadProgress, Notice, TextDelta
from axchat.messages import Message, Role, Sampling
from axchat.process.worker import Worker
from axchat.standin.demo import write_demo
from axchat.standin.demo_axllm import write_axllm_demo
from support.http_models import axllm_directory, axllm_executable, vendor_directory
from support.live_holder import LiveHolder
from support.ports import free_port
from support.session_engine import context_directory
from support.tokenizer_server import TokenizerServer, from_vocabulary
from support.vendor_api_program import VendorServer

Make = Callable[[pytest.FixtureRequest, contextlib.ExitStack, int, float], Engine]
"""An engine, not started, whose every answer has ``tokens`` tokens, one each ``token_s`` seconds.

A real model talks as long as it likes: it is asked for little or for much.
"""

LITTLE = "hello"
LITTLE_TOKENS = 24
MUCH = "Write a very long story about a fox who travels the world."

LOAD_TIMEOUT_S = 60.0
ROOM = {"max_token_len": 4000}
"""Of the stand-in's context, for the longest answer."""

TELL_NO_SIZES = frozenset({"scripted", "attached", "axllm-serve", "vendor-api"})
"""Their server has no size in its list of models, or they have no context."""

TELL_TOKENS = frozenset({"scripted", "attached", "session", "session-context", "script-owned", "cpu"})
"""With each piece; the others' tokens come inside their servers' text, uncounted until the end."""

SLOW_TOKENS = 2000
SLOW_TOKEN_S = 0.02
"""Forty seconds of answer: a test that ends it sooner has stopped it."""


def make_scripted(
    _request: pytest.FixtureRequest, _stack: contextlib.ExitStack, tokens: int, token_s: float
) -> Engine:
    """Words, one at a time."""
    return ScriptedEngine([[f"word{n} " for n in range(tokens)]], load_steps=3, token_s=token_s)


def make_script(
    request: pytest.FixtureRequest, stack: contextlib.ExitStack, tokens: int, token_s: float
) -> Engine:
    """The vendor's script over the stand-in runner, whose tokens are two characters each."""
    folder: Path = request.getfixturevalue("tmp_path")
    server = stack.enter_context(TokenizerServer(from_vocabulary))
    directory = write_demo(
        folder / "demo", port=server.port, layers=2, load_s=0, token_s=token_s, answers=["ab" * tokens]
    )
    return ScriptEngine(directory, TokenizerSettings(False, "python3", folder / "tokenizer.log"))


def make_session(
    request: pytest.FixtureRequest, _stack: contextlib.ExitStack, tokens: int, token_s: float
) -> Engine:
    """The stand-in's legacy console, kept loaded, with axchat's own tokenizer service."""
    return SessionEngine(_demo(request, tokens, token_s))


def make_owned_script(
    request: pytest.FixtureRequest, _stack: contextlib.ExitStack, tokens: int, token_s: float
) -> Engine:
    """The vendor's script, where axchat's own service listens at its address."""
    directory = _demo(request, tokens, token_s)
    return ScriptEngine(directory, TokenizerSettings(False, "python3", directory / "tokenizer.log"))


def _demo(request: pytest.FixtureRequest, tokens: int, token_s: float) -> Path:
    return write_demo(
        request.getfixturevalue("tmp_path") / "demo",
        port=free_port(),
        layers=2,
        load_s=0,
        token_s=token_s,
        answers=["fox " * tokens],
        script=ROOM,
    )


def make_session_context(
    request: pytest.FixtureRequest, _stack: contextlib.ExitStack, tokens: int, token_s: float
) -> Engine:
    """The stand-in's context console, kept loaded, with axchat's own tokenizer service."""
    folder: Path = request.getfixturevalue("tmp_path")
    answers = ["fox " * tokens]
    directory = context_directory(
        folder, script=ROOM, layers=2, load_s=0, token_s=token_s, prefill_token_s=0, answers=answers
    )
    return SessionEngine(directory)


def make_session_axllm(
    request: pytest.FixtureRequest, _stack: contextlib.ExitStack, tokens: int, token_s: float
) -> Engine:
    """The stand-in's ``axllm run``, kept loaded; it has a tokenizer of its own."""
    directory = write_axllm_demo(
        request.getfixturevalue("tmp_path") / "axllm",
        layers=2,
        load_s=0,
        token_s=token_s,
        prefill_token_s=0,
        answers=["fox " * tokens],
        script=ROOM,
    )
    return SessionEngine(directory)


def make_cpu(
    request: pytest.FixtureRequest, _stack: contextlib.ExitStack, _tokens: int, _token_s: float
) -> Engine:
    """The real small model; its answers are its own."""
    return CpuEngine(request.getfixturevalue("small_model"))


def make_attached(
    request: pytest.FixtureRequest, stack: contextlib.ExitStack, tokens: int, token_s: float
) -> Engine:
    """The holder's client; the holder is real, on a real socket, and has the scripted engine."""
    words = [f"word{n} " for n in range(tokens)]
    holder = stack.enter_context(
        LiveHolder(
            request.getfixturevalue("tmp_path"),
            lambda spec, _sampling: ScriptedEngine([words], model=spec.name, load_steps=3, token_s=token_s),
        )
    )
    return holder.engine(loads_at_start=True)


def make_axllm_serve(
    request: pytest.FixtureRequest, _stack: contextlib.ExitStack, tokens: int, token_s: float
) -> Engine:
    """A child with axllm's command line and log, which says words."""
    folder: Path = request.getfixturevalue("tmp_path")
    model = axllm_directory(folder / "model", tokens=tokens, token_s=token_s)
    return AxllmServeEngine(model, folder / "serve.log", program=str(axllm_executable(folder)))


def make_vendor_api(
    request: pytest.FixtureRequest, stack: contextlib.ExitStack, tokens: int, _token_s: float
) -> Engine:
    """A server with the vendor's protocol that runs already; a word for each poll."""
    folder: Path = request.getfixturevalue("tmp_path")
    server = stack.enter_context(VendorServer([["word "] * tokens for _ in range(9)]))
    model = vendor_directory(folder / "model", server.port)
    settings = ServerSettings(folder / "api.log", False, sys.executable, folder / "tokenizer.log")
    return VendorApiEngine(model, settings, port=server.port, machine="x86_64")


def make_openai(
    request: pytest.FixtureRequest, stack: contextlib.ExitStack, _tokens: int, _token_s: float
) -> Engine:
    """llama.cpp's real server with the small model."""
    order = {
        "model": str(request.getfixturevalue("small_model")),
        "context": 1024,
        "threads": 1,
        "key": "contract",
    }
    argv = (sys.executable, "-P", "-m", "axchat.engines.cpu_worker")
    worker = Worker(argv, worker_environment(os.environ), order)
    stack.callback(worker.close)
    answer = worker.answer(Deadline(LOAD_TIMEOUT_S))
    assert answer is not None
    return OpenAiEngine(f"http://127.0.0.1:{answer['port']}", key="contract")


ENGINES = [
    pytest.param(make_scripted, id="scripted"),
    pytest.param(make_attached, id="attached"),
    pytest.param(make_script, id="script"),
    pytest.param(make_session, id="session"),
    pytest.param(make_session_context, id="session-context"),
    pytest.param(make_session_axllm, id="session-axllm"),
    pytest.param(make_owned_script, id="script-owned"),
    pytest.param(make_axllm_serve, id="axllm-serve"),
    pytest.param(make_vendor_api, id="vendor-api"),
    pytest.param(make_openai, id="openai", marks=pytest.mark.model),
    pytest.param(make_cpu, id="cpu", marks=pytest.mark.model),
]


@pytest.fixture(params=ENGINES)
def make(request: pytest.FixtureRequest) -> Iterator[Callable[[int, float], Engine]]:
    """Builds engines of one kind and starts them; closes them afterwards."""
    make_engine: Make = request.param
    with contextlib.ExitStack() as stack:

        def started(tokens: int, token_s: float) -> Engine:
            engine = make_engine(request, stack, tokens, token_s)
            stack.callback(engine.close)
            loading = list(engine.start(Deadline(LOAD_TIMEOUT_S)))
            assert all(isinstance(event, LoadProgress | Notice) for event in loading)
            return engine

        yield started


def ask(engine: Engine, text: str = LITTLE) -> Generator[Event, None, None]:
    """The events of an answer to one user message; a little question gets a short answer where it can."""
    is_limited = text == LITTLE and "max_tokens" in engine.capabilities.sampling
    sampling = Sampling(max_tokens=LITTLE_TOKENS if is_limited else None)
    return engine.generate(replace(question(text), sampling=sampling))


def question(text: str) -> Request:
    """One user message."""
    return Request((Message(Role.USER, text),), deadline=Deadline(LOAD_TIMEOUT_S))


def text_of(events: list[Event]) -> str:
    """The answer in these events."""
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def last(events: list[Event]) -> Finished:
    """The last event, which is the only ``Finished``."""
    ends = [event for event in events if isinstance(event, Finished)]
    assert len(ends) == 1
    assert events[-1] is ends[0]
    return ends[0]


def read_until_text(events: Iterator[Event]) -> list[Event]:
    """The events up to and with the first text."""
    seen = []
    for event in events:
        seen.append(event)
        if isinstance(event, TextDelta):
            return seen
    raise AssertionError("the answer ended without text")


def test_an_answer_comes_in_pieces(make: Callable[[int, float], Engine]) -> None:
    """There is text, and more text, long before the end of a long answer; a count does not wait for it."""
    engine = make(SLOW_TOKENS, SLOW_TOKEN_S)
    idle = engine.count(question(MUCH))
    events = ask(engine, MUCH)
    for _ in range(2):
        assert not any(isinstance(event, Finished) for event in read_until_text(events))
    counted: list[int | None] = []
    other = threading.Thread(target=lambda: counted.append(engine.count(question(MUCH))))
    other.start()
    other.join()
    assert counted == [idle]
    assert not any(isinstance(event, Finished) for event in read_until_text(events))
    events.close()


def test_an_answer_ends_once_and_its_pieces_are_the_whole(
    make: Callable[[int, float], Engine], request: pytest.FixtureRequest
) -> None:
    """An answer is text and then exactly one Finished, which is the last event.

    The pieces' tokens are those of the usage, less an end token, where each is told; else none is.
    """
    events = list(ask(make(12, 0.0)))
    assert text_of(events)
    assert last(events).reason is not FinishReason.CANCELLED
    tokens = [event.tokens for event in events if isinstance(event, TextDelta)]
    if request.node.callspec.id in TELL_TOKENS:
        assert sum(count or 0 for count in tokens) in {
            last(events).usage.completion_tokens,
            (last(events).usage.completion_tokens or 0) - 1,
        }
    else:
        assert set(tokens) == {None}


def test_counts_are_exact_and_sizes_known_where_promised(
    make: Callable[[int, float], Engine], request: pytest.FixtureRequest
) -> None:
    """Exact counts are of the answer and, before it, of its prompt; the context's size is known after it."""
    engine = make(12, 0.0)
    counted = engine.count(question(LITTLE))
    usage = last(list(ask(engine))).usage
    assert (usage.completion_tokens is not None) == engine.capabilities.exact_counts
    assert (counted is not None) == engine.capabilities.exact_counts
    assert counted == usage.prompt_tokens
    able = engine.capabilities
    tells = request.node.callspec.id not in TELL_NO_SIZES
    assert (able.context_tokens is not None) == tells
    if able.context_tokens is not None and able.prompt_tokens_max is not None:
        assert 0 < able.prompt_tokens_max <= able.context_tokens


def test_what_it_can_not_be_asked_for_is_refused(make: Callable[[int, float], Engine]) -> None:
    """Only a sampling value that the engine honours costs a reload, and only of a model that stays loaded.

    A request that says whether to think is refused before anything is asked, unless it is honoured.
    """
    engine = make(12, 0.0)
    able = engine.capabilities
    assert able.reloads <= able.sampling
    assert able.stays_loaded or not able.reloads
    asked = replace(question(LITTLE), think=True)
    if engine.capabilities.think:
        refuse_unsupported(engine, asked)
    else:
        with pytest.raises(UsageError, match="thinking"):
            refuse_unsupported(engine, asked)


def test_a_second_request_is_answered(make: Callable[[int, float], Engine]) -> None:
    """Requests follow one another on one engine."""
    engine = make(12, 0.0)
    first = list(ask(engine))
    second = list(ask(engine))
    assert text_of(second)
    last(first)
    last(second)


def test_a_cancel_from_another_thread_ends_the_answer(make: Callable[[int, float], Engine]) -> None:
    """A cancelled answer ends soon, with CANCELLED, after the text that was said."""
    engine = make(SLOW_TOKENS, SLOW_TOKEN_S)
    events = ask(engine, MUCH)
    seen = read_until_text(events)
    canceller = threading.Thread(target=engine.cancel)
    canceller.start()
    seen += list(events)
    canceller.join()
    assert last(seen).reason is FinishReason.CANCELLED
    assert sum(isinstance(event, TextDelta) for event in seen) < SLOW_TOKENS / 2


def test_an_engine_answers_again_after_a_cancel(make: Callable[[int, float], Engine]) -> None:
    """A cancel ends one answer; the next request is answered, with nothing of the old one's end."""
    engine = make(SLOW_TOKENS, SLOW_TOKEN_S)
    for _ in range(2):
        events = ask(engine, MUCH)
        read_until_text(events)
        engine.cancel()
        assert last([*events]).reason is FinishReason.CANCELLED


def test_a_cancel_before_the_first_event_counts(make: Callable[[int, float], Engine]) -> None:
    """A cancel between ``generate`` and the first look at its events ends the answer without a word."""
    engine = make(SLOW_TOKENS, SLOW_TOKEN_S)
    events = ask(engine, MUCH)
    canceller = threading.Thread(target=engine.cancel)
    canceller.start()
    canceller.join()
    seen = list(events)
    assert last(seen).reason is FinishReason.CANCELLED
    assert text_of(seen) == ""


def test_a_cancel_before_the_first_event_leaves_the_engine_ready(
    make: Callable[[int, float], Engine],
) -> None:
    """After a cancel that came before anything was asked the next request is answered, without a load."""
    engine = make(12, 0.0)
    list(ask(engine))
    cancelled = ask(engine)
    engine.cancel()
    list(cancelled)
    following = list(ask(engine))
    assert text_of(following)
    assert last(following).reason is not FinishReason.CANCELLED
    if engine.capabilities.stays_loaded and engine.name != "script":
        assert not any(isinstance(event, LoadProgress) for event in following)


@pytest.mark.parametrize("after_s", [0.0, 0.001, 0.01, 0.05, 0.2])
def test_a_cancel_at_any_moment_counts(make: Callable[[int, float], Engine], after_s: float) -> None:
    """Whatever the engine does when the cancel comes, the answer ends with CANCELLED."""
    engine = make(SLOW_TOKENS, SLOW_TOKEN_S)
    events = ask(engine, MUCH)
    canceller = threading.Timer(after_s, engine.cancel)
    canceller.start()
    seen = list(events)
    canceller.join()
    assert last(seen).reason is FinishReason.CANCELLED
    assert sum(isinstance(event, TextDelta) for event in seen) < SLOW_TOKENS / 2


def test_a_cancel_without_a_generation_does_nothing(make: Callable[[int, float], Engine]) -> None:
    """A cancel before and between requests leaves the next one whole."""
    engine = make(12, 0.0)
    engine.cancel()
    first = list(ask(engine))
    engine.cancel()
    second = list(ask(engine))
    assert FinishReason.CANCELLED not in {last(first).reason, last(second).reason}


def test_closing_the_iterator_early_stops_the_generation(make: Callable[[int, float], Engine]) -> None:
    """Whoever stops reading frees the engine for the next request."""
    engine = make(SLOW_TOKENS, SLOW_TOKEN_S)
    events = ask(engine, MUCH)
    read_until_text(events)
    events.close()
    following = ask(engine, MUCH)
    read_until_text(following)
    engine.cancel()
    assert last(list(following)).reason is FinishReason.CANCELLED


def test_an_engine_may_be_closed_twice(make: Callable[[int, float], Engine]) -> None:
    """The second close does nothing."""
    engine = make(12, 0.0)
    list(ask(engine))
    engine.close()
    engine.close()
    if engine.name != "scripted" or isinstance(engine, ScriptedEngine):  # the holder goes on
        assert engine.count(question(LITTLE)) is None


def test_what_it_is_can_be_said(make: Callable[[int, float], Engine]) -> None:
    """Name and model are one printable line each."""
    engine = make(12, 0.0)
    assert engine.name.isprintable()
    assert engine.model.isprintable()
    assert engine.name
    assert engine.model
