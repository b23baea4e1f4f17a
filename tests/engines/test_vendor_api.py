"""The ``vendor-api`` engine against servers that act out the vendor's faults."""

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from axchat.deadline import Deadline
from axchat.engines.base import Request
from axchat.engines.vendor_api import ServerSettings, VendorApiEngine
from axchat.engines.vendor_api_start import must_reset
from axchat.errors import (
    AxchatError,
    ContextOverflow,
    ModelError,
    NoDevice,
    PromptRefused,
    RunnerFailed,
    RunnerTimeout,
    TokenizerFault,
)
from axchat.events import Event, Finished, FinishReason, Notice, TextDelta
from axchat.messages import Message, Role, Sampling
from axchat.process.shutdown import Ended
from axchat.wire.vendor_api import OVERFLOW_ANSWER
from support.http_models import SYSTEM, vendor_directory
from support.ports import free_port
from support.processes import wait_until_gone
from support.recorded_http import PieceServer, answer_of
from support.tokenizer_server import TokenizerServer, from_vocabulary
from support.vendor_api_program import VendorServer

PATIENCE_S = 60.0


def said(role: Role, text: str) -> Message:
    """A message."""
    return Message(role, text)


def asked(*messages: Message, deadline_s: float = PATIENCE_S, **sampling: object) -> Request:
    """A request."""
    return Request(messages, Sampling(**sampling), Deadline(deadline_s))  # type: ignore[arg-type]


HELLO = said(Role.USER, "hello")


def text_of(events: list[Event]) -> str:
    """The answer's text."""
    return "".join(e.text for e in events if isinstance(e, TextDelta))


Attach = Callable[[VendorServer], VendorApiEngine]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Callable[..., VendorApiEngine]]:
    """Builds an engine for a port; closes it afterwards."""
    with ExitStack() as stack:

        def make(port: int, **model: Any) -> VendorApiEngine:
            settings = ServerSettings(tmp_path / "api.log", False, sys.executable, tmp_path / "tokenizer.log")
            folder = vendor_directory(tmp_path / "model", port, **model)
            engine = VendorApiEngine(folder, settings, port=port, machine="x86_64")
            stack.callback(engine.close)
            return engine

        yield make


@pytest.fixture
def attach(build: Callable[..., VendorApiEngine]) -> Attach:
    """An engine that uses a server which runs already."""

    def start(server: VendorServer) -> VendorApiEngine:
        engine = build(server.port)
        list(engine.start(Deadline(PATIENCE_S)))
        server.calls.clear()
        return engine

    return start


def test_a_conversation_of_ours_goes_on_without_a_reset(attach: Attach) -> None:
    """The first turn resets with the system prompt, the second only asks, as the server holds the rest."""
    with VendorServer([["Hi", " you"], ["again"]]) as server:
        engine = attach(server)
        first = list(engine.generate(asked(said(Role.SYSTEM, "be kind"), HELLO)))
        history = (
            said(Role.SYSTEM, "be kind"),
            HELLO,
            said(Role.ASSISTANT, "Hi you"),
            said(Role.USER, "more"),
        )
        second = list(engine.generate(asked(*history)))
    assert (text_of(first), first[-1]) == ("Hi you", Finished(FinishReason.UNKNOWN))
    assert text_of(second) == "again"
    assert [path for path, _ in server.calls] == ["/api/reset", "/api/generate", "/api/generate"]
    assert server.calls[0][1] == {"system_prompt": "be kind"}
    assert server.calls[2][1]["prompt"] == "more"


def test_history_that_the_server_does_not_hold_is_refused(attach: Attach) -> None:
    """Nothing is sent for turns that were not said here."""
    with VendorServer([]) as server:
        engine = attach(server)
        with pytest.raises(PromptRefused, match="does not hold"):
            engine.generate(asked(HELLO, said(Role.ASSISTANT, "Hi"), said(Role.USER, "more")))
    assert server.calls == []


def test_without_a_system_prompt_the_scripts_holds() -> None:
    """A new conversation resets to what the script says, as a missing field would mean an empty one."""
    assert must_reset((HELLO,), None, SYSTEM) == SYSTEM
    assert must_reset((HELLO,), (), SYSTEM) == SYSTEM
    assert must_reset((said(Role.SYSTEM, "x"), HELLO), None, SYSTEM) == "x"


def test_every_sampling_value_is_sent_each_time(attach: Attach) -> None:
    """The server keeps values, so those of post_config.json are sent where none is chosen."""
    with VendorServer([["a"], ["b"]]) as server:
        engine = attach(server)
        list(engine.generate(asked(HELLO, temperature=0.1)))
        list(engine.generate(asked(HELLO)))
    sent = [body for path, body in server.calls if path == "/api/generate"]
    assert sent[0] == {"prompt": "hello", "temperature": 0.1, "top-p": 0.8, "top-k": 10}
    assert sent[1] == {"prompt": "hello", "temperature": 0.9, "top-p": 0.8, "top-k": 10}


def test_busy_is_asked_again_within_the_deadline(attach: Attach) -> None:
    """While the server prefills it refuses; the request goes through later, or times out."""
    with VendorServer([["a"], ["b"]], busy=2) as server:
        engine = attach(server)
        assert text_of(list(engine.generate(asked(HELLO)))) == "a"
        server.busy = 10**6
        with pytest.raises(RunnerTimeout):
            list(engine.generate(asked(HELLO, deadline_s=0.5)))


def test_a_turn_that_looks_over_before_it_began_is_polled_on(attach: Attach) -> None:
    """done:true without text, right after the start, is not the end."""
    with VendorServer([["late"]], early_done=2) as server:
        assert text_of(list(attach(server).generate(asked(HELLO)))) == "late"


def test_an_empty_answer_ends(attach: Attach) -> None:
    """A turn that never says anything is an empty answer."""
    with VendorServer([[]]) as server:
        assert list(attach(server).generate(asked(HELLO))) == [Finished(FinishReason.UNKNOWN)]


def test_a_full_context_is_an_error_and_the_next_turn_resets(attach: Attach) -> None:
    """The literal sentence, in whatever pieces, is no answer."""
    with VendorServer([[OVERFLOW_ANSWER[:9], OVERFLOW_ANSWER[9:]], ["fine"]]) as server:
        engine = attach(server)
        seen: list[Event] = []
        with pytest.raises(ContextOverflow):
            seen.extend(engine.generate(asked(HELLO)))
        assert seen == []
        assert text_of(list(engine.generate(asked(HELLO)))) == "fine"
    assert [path for path, _ in server.calls].count("/api/reset") == 2


def test_text_that_only_begins_like_the_error_is_text(attach: Attach) -> None:
    """What was held back is given out, at the latest at the end."""
    with VendorServer([["error: Set"]]) as server:
        assert text_of(list(attach(server).generate(asked(HELLO)))) == "error: Set"


def test_a_lost_character_is_an_error_after_the_text(attach: Attach) -> None:
    """A 500 with an empty body means that a piece is lost; the answer is not passed off as whole."""
    with VendorServer([["half", None, "rest"]]) as server:
        engine = attach(server)
        seen: list[Event] = []
        with pytest.raises(RunnerFailed, match="lost a piece"):
            seen.extend(engine.generate(asked(HELLO)))
    assert seen == [TextDelta("half")]
    assert server.calls[-1][0] == "/api/stop"


def test_a_cancel_stops_the_server_and_the_next_turn_resets(attach: Attach) -> None:
    """The partial answer stays in the server's history, so a new conversation begins with a reset."""
    with VendorServer([[...], ["new"]]) as server:
        engine = attach(server)
        events = engine.generate(asked(HELLO))
        assert next(events) == TextDelta("more ")
        threading.Thread(target=engine.cancel).start()
        assert list(events)[-1] == Finished(FinishReason.CANCELLED)
        assert text_of(list(engine.generate(asked(HELLO)))) == "new"
    paths = [path for path, _ in server.calls]
    assert paths == ["/api/reset", "/api/generate", "/api/stop", "/api/reset", "/api/generate"]


def test_a_cancel_before_anything_was_asked_leaves_the_conversation(attach: Attach) -> None:
    """The server never heard of the cancelled turn, so the conversation there goes on."""
    with VendorServer([["Hi"], ["again"]]) as server:
        engine = attach(server)
        list(engine.generate(asked(HELLO)))
        history = (HELLO, said(Role.ASSISTANT, "Hi"), said(Role.USER, "more"))
        events = engine.generate(asked(*history))
        engine.cancel()
        assert list(events) == [Finished(FinishReason.CANCELLED)]
        assert text_of(list(engine.generate(asked(*history)))) == "again"
    assert [path for path, _ in server.calls] == ["/api/reset", "/api/generate", "/api/generate"]


def test_another_program_on_the_port_is_named(build: Callable[..., VendorApiEngine]) -> None:
    """An OpenAI server there is StackFlow's, as M5Stack's packages start it."""
    with PieceServer([answer_of("200 OK", b'{"data":[]}')]) as server:
        engine = build(server.port)
        with pytest.raises(RunnerFailed, match="llm-openai-api"):
            list(engine.start(Deadline(PATIENCE_S)))


def test_a_child_is_started_asked_and_ended(build: Callable[..., VendorApiEngine], tmp_path: Path) -> None:
    """The script's runner is started, ready by its line, and ended by SIGINT."""
    engine = build(free_port())
    notices = [e.text for e in engine.start(Deadline(PATIENCE_S)) if isinstance(e, Notice)]
    assert any("without authentication" in text for text in notices)
    pid = engine.pid
    assert text_of(list(engine.generate(asked(HELLO)))) == "from a child"
    engine.close()
    assert engine.ended is Ended.INTERRUPTED
    assert pid is not None
    assert wait_until_gone(pid)
    assert "Server running on port" in (tmp_path / "api.log").read_text()


@pytest.mark.parametrize(("action", "error"), [("segv", RunnerFailed), ("no-device", NoDevice)])
def test_an_end_while_loading_is_explained(
    build: Callable[..., VendorApiEngine], action: str, error: type[AxchatError]
) -> None:
    """The signal or the log's cause is the error."""
    with pytest.raises(error):
        list(build(free_port(), action=action).start(Deadline(PATIENCE_S)))


def test_a_tokenizer_that_vanishes_is_the_cause_of_a_crash(build: Callable[..., VendorApiEngine]) -> None:
    """SIGSEGV of a runner with a tokenizer server points to that; without the server nothing is started."""
    with TokenizerServer(from_vocabulary) as tokenizer:
        engine = build(free_port(), action="segv", tokenizer=tokenizer.address)
        with pytest.raises(TokenizerFault, match="SIGSEGV"):
            list(engine.start(Deadline(PATIENCE_S)))
    with pytest.raises(TokenizerFault, match="no tokenizer server"):
        list(engine.start(Deadline(PATIENCE_S)))


def test_a_directory_without_an_api_script_is_refused(tmp_path: Path) -> None:
    """The error says that the model has no vendor server."""
    (tmp_path / "run_qwen_axcl_x86.sh").write_text("./main_axcl_x86 --prompt $1\n")
    settings = ServerSettings(tmp_path / "a", False, "python3", tmp_path / "b")
    with pytest.raises(ModelError, match="api"):
        list(VendorApiEngine(tmp_path, settings, machine="x86_64").start(Deadline(PATIENCE_S)))


def test_broken_post_config_means_no_defaults(tmp_path: Path) -> None:
    """A file that is no object sends only what was chosen."""
    from axchat.wire.vendor_api import defaults_of, generate_body

    assert defaults_of([1]) == {}
    assert json.loads(generate_body("x", Sampling(top_k=3), {})) == {"prompt": "x", "top-k": 3}
