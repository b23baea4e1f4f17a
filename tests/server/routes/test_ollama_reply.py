"""How an answer is sent: the head with the first text, errors where they come, and no work for nobody."""

import base64
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from axchat.engines.base import Capabilities, Request
from axchat.engines.scripted import Answer, ScriptedEngine
from axchat.errors import ModelError, RunnerFailed
from axchat.events import Notice
from axchat.server.waiting import Limits
from support.holding_engine import HOLD, HOLD_INSIDE, HoldingEngine
from support.ollama_server import Served, served
from support.serving import PATIENCE_S

PNG = b"\x89PNG\r\n\x1a\nnot much of a picture"


@pytest.fixture
def engine() -> HoldingEngine:
    """An engine that echoes, and holds when it is told to."""
    return HoldingEngine()


@pytest.fixture
def server(engine: HoldingEngine) -> Iterator[Served]:
    """A server of that engine where one request may wait."""
    with served(lambda _: engine, limits=Limits(max_queue=1)) as served_here:
        yield served_here


def ask(server: Served, text: str, *, stream: bool = True) -> httpx.Response:
    """One answer, whole."""
    body = {"model": "tiny", "prompt": text, "stream": stream}
    return httpx.post(server.url + "/api/generate", json=body, timeout=PATIENCE_S)


def connected(server: Served, text: str, *, stream: bool = True) -> socket.socket:
    """A connection over which a request was sent, and nothing read."""
    body = json.dumps({"model": "tiny", "prompt": text, "stream": stream}).encode()
    peer = socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), PATIENCE_S)
    head = f"POST /api/generate HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
    peer.sendall(head.encode() + body)
    return peer


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_leaves_before_the_first_text_ends_its_answer(
    server: Served, engine: HoldingEngine, stream: bool
) -> None:
    """The card is free for the next request although the answer had not begun."""
    with connected(server, HOLD, stream=stream):
        assert engine.begun.get(timeout=PATIENCE_S) == HOLD
    assert engine.ended.get(timeout=PATIENCE_S) == HOLD
    assert ask(server, "next", stream=False).json()["response"] == "echo: next"


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_leaves_in_the_middle_ends_its_answer(
    server: Served, engine: HoldingEngine, stream: bool
) -> None:
    """Also between two texts the end is noticed at once, not at the next text."""
    with connected(server, HOLD_INSIDE, stream=stream) as peer:
        assert engine.begun.get(timeout=PATIENCE_S) == HOLD_INSIDE
        if stream:
            received = b""
            while b"echo:" not in received:
                received += peer.recv(65536)
    assert engine.ended.get(timeout=PATIENCE_S) == HOLD_INSIDE
    assert ask(server, "next", stream=False).json()["response"] == "echo: next"


def test_a_client_that_leaves_the_queue_is_never_answered(server: Served, engine: HoldingEngine) -> None:
    """A request whose client is gone makes room in the queue and costs no generation."""
    with connected(server, HOLD):
        assert engine.begun.get(timeout=PATIENCE_S) == HOLD
        server.owner.submitted.get(timeout=PATIENCE_S)
        with connected(server, "second"):
            second = server.owner.submitted.get(timeout=PATIENCE_S)
            refused = ask(server, "third")
            assert refused.status_code == 429
            assert int(refused.headers["retry-after"]) >= 1
            assert refused.json()["axchat"]["id"] == "queue-full"
        assert server.owner.given_up.get(timeout=PATIENCE_S) is second
    assert ask(server, "fourth", stream=False).json()["response"] == "echo: fourth"
    assert engine.begun.get(timeout=PATIENCE_S) == "fourth"


def test_a_failed_load_has_its_own_status() -> None:
    """Before the first text a failure is a whole answer with a status, also for a stream."""
    fault = ModelError("the file is cut off", hint="download it again")
    with served(lambda _: ScriptedEngine([["x"]], load_fault=fault)) as server:
        answer = ask(server, "hi")
    assert answer.status_code == 404
    assert answer.json() == {
        "error": "the file is cut off",
        "axchat": {"id": "model", "hint": "download it again"},
    }


def test_a_failure_before_the_first_text_has_its_own_status() -> None:
    """The head waits for the first text."""
    broken = Answer(["x"], fault=RunnerFailed("the runner died"), fault_at=0)
    with served(lambda _: ScriptedEngine([broken])) as server:
        answer = ask(server, "hi")
    assert (answer.status_code, answer.json()["error"]) == (502, "the runner died")


def test_a_failure_in_the_middle_is_a_line() -> None:
    """What was said stays, the last line is the error."""
    broken = Answer(["Hel", "lo"], fault=RunnerFailed("the runner died"), fault_at=2)
    with served(lambda _: ScriptedEngine([broken])) as server:
        answer = ask(server, "hi")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert answer.status_code == 200
    assert "".join(line.get("response", "") for line in lines) == "Hello"
    assert lines[-1] == {"error": "the runner died", "axchat": {"id": "runner-failed"}}


def test_a_failure_in_the_middle_of_one_piece_is_a_status() -> None:
    """Half an answer is none where the client asked for the whole one."""
    broken = Answer(["Hel", "lo"], fault=RunnerFailed("the runner died"), fault_at=2)
    with served(lambda _: ScriptedEngine([broken])) as server:
        answer = ask(server, "hi", stream=False)
    assert (answer.status_code, answer.json()["error"]) == (502, "the runner died")


def test_an_empty_answer_is_one_line() -> None:
    """A model that says nothing at all still ends its stream."""
    with served(lambda _: ScriptedEngine([[Notice("nothing to say")]])) as server:
        lines = ask(server, "hi").text.splitlines()
    (last,) = map(json.loads, lines)
    assert (last["done"], last["response"]) == (True, "")
    assert last["axchat"]["notices"] == ["nothing to say"]


def test_a_stopped_server_ends_its_streams_with_an_error(server: Served, engine: HoldingEngine) -> None:
    """An answer that was cut short does not look complete."""
    with connected(server, HOLD_INSIDE) as peer:
        received = b""
        while b"echo:" not in received:
            received += peer.recv(65536)
        server.owner.begin_stop(now=True)
        while not received.endswith(b"0\r\n\r\n"):
            received += peer.recv(65536)
    assert b"the holder was stopped during the answer" in received
    assert b'"done":true' not in received


@pytest.mark.parametrize("fails", [False, True])
def test_pictures_are_files_as_long_as_the_answer_takes(
    fails: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine reads them by their path; afterwards nothing is left, however the answer ended."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    seen: list[bytes] = []

    def look(request: Request) -> Answer:
        seen.extend(Path(image).read_bytes() for image in request.messages[-1].images)
        return Answer(["a picture"], fault=RunnerFailed("no") if fails else None)

    able = Capabilities(images=True)
    body = {"model": "tiny", "prompt": "x", "images": [base64.b64encode(PNG).decode()] * 2, "stream": False}
    with served(lambda _: ScriptedEngine(look, capabilities=able)) as server:
        answer = httpx.post(server.url + "/api/generate", json=body, timeout=PATIENCE_S)
        assert answer.status_code == (502 if fails else 200)
    assert not list(tmp_path.glob("axchat-images-*"))
    assert seen == [PNG, PNG]


def test_no_picture_is_refused(server: Served) -> None:
    """What is no picture reaches no engine."""
    body = {"model": "tiny", "prompt": "x", "images": [base64.b64encode(b"#!/bin/sh").decode()]}
    answer = httpx.post(server.url + "/api/generate", json=body, timeout=PATIENCE_S)
    assert answer.status_code == 400
    assert "no PNG" in answer.json()["error"]


def test_pictures_outlive_a_client_that_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine may still look at them until it is through, which takes a while; then they go."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    engine = HoldingEngine(stop_s=0.3)
    engine.capabilities = Capabilities(images=True)
    body = {"model": "tiny", "prompt": HOLD, "images": [base64.b64encode(PNG).decode()]}
    with served(lambda _: engine) as server:
        raw = json.dumps(body).encode()
        with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), PATIENCE_S) as peer:
            head = f"POST /api/generate HTTP/1.1\r\nHost: x\r\nContent-Length: {len(raw)}\r\n\r\n"
            peer.sendall(head.encode() + raw)
            assert engine.begun.get(timeout=PATIENCE_S) == HOLD
            assert list(tmp_path.glob("axchat-images-*/1.png"))
        assert engine.ended.get(timeout=PATIENCE_S) == HOLD
    assert engine.had_pictures == [True]
    assert not list(tmp_path.glob("axchat-images-*"))
