"""The engines of the vendor's two servers over the stand-ins that play them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from axchat.deadline import Deadline
from axchat.engines.axllm_serve import AxllmServeEngine
from axchat.engines.base import Engine, Request
from axchat.engines.vendor_api import ServerSettings, VendorApiEngine
from axchat.errors import AxchatError, ContextOverflow, DeviceFailed, NoDevice, RunnerFailed
from axchat.events import FinishReason, TextDelta
from axchat.messages import Message, Sampling
from axchat.standin.demo_api import write_api_demo
from axchat.standin.demo_axllm import write_axllm_demo
from support.cancels import FREE_S, best_time_to_free, cancelled_after
from support.ports import free_port
from support.session_engine import TIMEOUT_S, Answered, collect, conversation
from support.tokenizer_server import TokenizerServer, UidAnswers

QUICK = {"layers": 2, "load_s": 0, "token_s": 0, "prefill_token_s": 0}
SLOW = [
    {"match": "first", "ids": list(b"abcdefghi"), "slow": dict.fromkeys("45678", 0.4)},
    {"match": "second", "text": "next"},
]


def ask(engine: Engine, *texts: str) -> Answered:
    """Ask and read to the end."""
    return collect(engine.generate(request(*texts)))


def request(*texts: str) -> Request:
    """A request of these messages."""
    messages: tuple[Message, ...] = conversation(*texts)
    return Request(messages, Sampling(), Deadline(TIMEOUT_S))


def cancel_after(engine: Engine, text: str, *texts: str) -> Answered:
    """Ask, cancel once ``text`` is there, read to the end."""
    events = engine.generate(request(*texts))
    said = ""
    for event in events:
        if isinstance(event, TextDelta):
            said += event.text
        if said.startswith(text):
            break
    engine.cancel()
    return collect(events)


@contextmanager
def serving(folder: Path, **script: Any) -> Iterator[AxllmServeEngine]:
    """A started engine over ``axllm serve``."""
    demo = write_axllm_demo(folder / "axllm", script=script, **QUICK)
    engine = AxllmServeEngine(demo, folder / "serve.log", program=str(demo / "axllm"))
    try:
        list(engine.start(Deadline(TIMEOUT_S)))
        yield engine
    finally:
        engine.close()


@contextmanager
def polled(folder: Path, **script: Any) -> Iterator[VendorApiEngine]:
    """A started engine over ``main_api_*``."""
    port = free_port()
    with TokenizerServer(UidAnswers()) as tokenizer:
        tokenizer_port = int(tokenizer.address.rpartition(":")[2])
        demo = write_api_demo(
            folder / "api", port=tokenizer_port, api_port=port, arch="axcl_x86", script=script, **QUICK
        )
        settings = ServerSettings(folder / "api.log", False, "python3", folder / "tokenizer.log")
        engine = VendorApiEngine(demo, settings, port=port, machine="x86_64")
        try:
            list(engine.start(Deadline(TIMEOUT_S)))
            yield engine
        finally:
            engine.close()


class TestAxllmServe:
    """``axllm serve``: the client holds the conversation."""

    def test_answers_are_exact(self, tmp_path: Path) -> None:
        """Also one with blanks at its end, which goes back as it came."""
        answers = [{"text": "one 深圳 🎉 \n\n"}, {"text": "two"}]
        with serving(tmp_path, answers=answers) as engine:
            first = ask(engine, "hi")
            second = ask(engine, "hi", first.text, "again")

        assert (first.text, second.text) == ("one 深圳 🎉 \n\n", "two")
        assert second.finished is not None
        assert second.finished.reason is FinishReason.UNKNOWN  # it says "stop" at its limits too

    def test_a_cancel_leaves_the_next_answer_alone(self, tmp_path: Path) -> None:
        """The engine waits until the server has noticed."""
        with serving(tmp_path, answers=SLOW) as engine:
            cancelled = cancel_after(engine, "abc", "first")
            after = ask(engine, "second")

        assert cancelled.finished is not None
        assert cancelled.finished.reason is FinishReason.CANCELLED
        assert after.text == "next"

    def test_a_dead_device_is_an_error(self, tmp_path: Path) -> None:
        """Behind status 200 and a text without sense."""
        with serving(tmp_path, answers=SLOW, fail="dead-device-token-3", max_token_len=90) as engine:
            answered = ask(engine, "first")

        assert isinstance(answered.error, DeviceFailed)

    def test_a_full_context_is_an_error(self, tmp_path: Path) -> None:
        """Though the server gives it as an answer."""
        with serving(tmp_path, prefill_groups=[64, 128], answers=[{"text": "said"}]) as engine:
            full = ask(engine, "long " * 100)
            after = ask(engine, "hi")

        assert isinstance(full.error, ContextOverflow)
        assert after.text == "said", after

    def test_a_crash_is_an_error_and_the_engine_says_of_what(self, tmp_path: Path) -> None:
        """SIGSEGV in an answer."""
        with serving(tmp_path, answers=SLOW, fail="segv-token-3") as engine:
            answered = ask(engine, "first")

        assert isinstance(answered.error, RunnerFailed)

    def test_a_start_without_a_card_says_so(self, tmp_path: Path) -> None:
        """The server ends before it listens."""
        with pytest.raises(NoDevice), serving(tmp_path, fail="no-device"):
            pass


class TestVendorApi:
    """``main_api_*``: the server holds the conversation."""

    def test_answers_are_exact(self, tmp_path: Path) -> None:
        """A second turn goes on in the server's conversation."""
        answers = [{"text": "one 深圳 🎉"}, {"text": "two"}]
        with polled(tmp_path, answers=answers) as engine:
            first = ask(engine, "hi")
            second = ask(engine, "hi", first.text, "again")

        assert (first.text, second.text) == ("one 深圳 🎉", "two")

    def test_a_cancel_leaves_the_next_answer_alone(self, tmp_path: Path) -> None:
        """The next request begins anew, for what was said is not what the server holds."""
        with polled(tmp_path, answers=SLOW) as engine:
            cancelled = cancel_after(engine, "abc", "first")
            after = ask(engine, "second")

        assert cancelled.finished is not None
        assert cancelled.finished.reason is FinishReason.CANCELLED
        assert after.text == "next"

    def test_a_full_context_is_an_error(self, tmp_path: Path) -> None:
        """Though the server gives it as an answer; a new conversation works."""
        groups = [1, 64, 128, 192]
        with polled(tmp_path, prefill_groups=groups, answers=[{"text": "said"}]) as engine:
            full = ask(engine, "long " * 100)
            after = ask(engine, "hi")

        assert isinstance(full.error, ContextOverflow)
        assert after.text == "said", after

    @pytest.mark.parametrize(
        ("fail", "kind"), [("dead-device-token-3", DeviceFailed), ("segv-token-3", AxchatError)]
    )
    def test_a_turn_that_fails_is_an_error(self, fail: str, kind: type[AxchatError], tmp_path: Path) -> None:
        """A dead device, a crash."""
        with polled(tmp_path, answers=SLOW, fail=fail, max_token_len=90) as engine:
            answered = ask(engine, "first")

        assert isinstance(answered.error, kind)


def test_a_cancel_in_a_long_prefill_frees_the_polled_server(tmp_path: Path) -> None:
    """A prompt that is being read is given up, and the next request is taken at once."""
    slow = {"match": "slow", "text": "never", "slow": {"prefill": 4}}
    with polled(tmp_path, answers=[slow, {"match": None, "text": "next"}]) as engine:
        assert cancelled_after(engine, request("slow"), 0.3)[0].text == ""
        assert best_time_to_free(engine, request("slow"), 0.3) < FREE_S
        assert ask(engine, "hello").text == "next"


def test_the_demos_say_what_they_play(tmp_path: Path) -> None:
    """A script of the caller's is in standin.json."""
    demo = write_api_demo(tmp_path, api_port=8123, script={"fail": "no-device"}, **QUICK)

    plays = json.loads((demo / "standin.json").read_text())
    assert (plays["api_port"], plays["fail"]) == (8123, "no-device")
