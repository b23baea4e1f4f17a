"""OpenAI's routes on a real server with scripted engines."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from axchat.engines.base import Capabilities, Request
from axchat.engines.scripted import Answer, ScriptedEngine
from axchat.errors import ContextOverflow, DeviceFailed, NoDevice, RunnerFailed
from axchat.events import Notice
from axchat.messages import Message, Role
from axchat.server.app import ApiOptions
from axchat.server.waiting import Limits
from axchat.wire.sse import SseReader
from support.http_calls import Caller, Got, call
from support.serving import Serving, serving

CHAT = "/v1/chat/completions"
ASKED: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "one two"}]}
STREAMED = ASKED | {"stream": True}
LONG_S = 3600.0

Serve = Callable[..., Serving]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts servers that end with the test; an engine by itself is called m."""
    with ExitStack() as stack:

        def start(engine: Any, **options: Any) -> Serving:
            engines = engine if isinstance(engine, dict) else {"m": engine}
            return stack.enter_context(serving(engines, tmp_path, **options))

        yield start


def events(got: Got | bytes) -> list[Any]:
    """The data of a stream, ``[DONE]`` as it is."""
    body = got if isinstance(got, bytes) else got.body
    return [data if data == "[DONE]" else json.loads(data) for data in SseReader().receive(body)]


def test_models(serve: Serve) -> None:
    """Models are listed and found by name; what is loaded is told; another name is a 404."""
    server = serve({"a": ScriptedEngine(["x"]), "b/c": ScriptedEngine(["y"])})
    call(server.port, "POST", CHAT, ASKED | {"model": "b/c"})
    listed = call(server.port, "GET", "/v1/models").json
    assert [(m["id"], m["object"], m["owned_by"], m["axchat"]["is_loaded"]) for m in listed["data"]] == [
        ("b/c", "model", "axchat", True),
        ("a", "model", "axchat", False),
    ]
    assert call(server.port, "GET", "/v1/models/b/c").json == listed["data"][0]
    missing = call(server.port, "GET", "/v1/models/..%2F..%2Fetc%2Fpasswd")
    assert (missing.status, missing.json["error"]["code"]) == (404, "model")


def test_whole_answer(serve: Serve) -> None:
    """A chat that is not streamed is one object with exact counts."""
    server = serve(ScriptedEngine([["Hel", "lo", "."]]))
    got = call(server.port, "POST", CHAT, ASKED)
    assert got.status == 200
    assert got.headers["content-type"] == "application/json"
    assert got.json["choices"][0]["message"]["content"] == "Hello."
    assert got.json["choices"][0]["finish_reason"] == "stop"
    usage = got.json["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]) == (2, 3, 5)
    assert usage["ttft_ms"] is not None


def test_streamed_answer(serve: Serve) -> None:
    """A streamed chat ends with reason, usage where asked, and the end mark."""
    server = serve(ScriptedEngine([["Hel", "lo", "."]]))
    got = call(
        server.port, "POST", CHAT, STREAMED | {"stream_options": {"include_usage": True}, "max_tokens": 2}
    )
    assert got.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert got.headers["cache-control"] == "no-cache"
    *chunks, usage, done = events(got)
    assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks) == "Hello"
    assert chunks[-1]["choices"][0]["finish_reason"] == "length"
    assert usage["usage"]["completion_tokens"] == 2
    assert done == "[DONE]"


@pytest.mark.parametrize(
    ("default", "asked", "said"),
    [
        (False, None, "b"),
        (False, "none", "<think>a</think>b"),
        (True, None, "<think>a</think>b"),
        (True, "auto", "b"),
    ],
)
def test_thought(serve: Serve, default: bool, asked: str | None, said: str) -> None:
    """Thought is parted or inline as the server was told, unless the request says otherwise."""
    server = serve(
        ScriptedEngine([["<think>", "a</th", "ink>b"]]), options=ApiOptions(reasoning_inline=default)
    )
    message = call(server.port, "POST", CHAT, ASKED | {"reasoning_format": asked}).json["choices"][0][
        "message"
    ]
    assert message["content"] == said
    assert message.get("reasoning_content") == ("a" if said == "b" else None)


@pytest.mark.parametrize("is_streamed", [False, True])
def test_text_completion(serve: Serve, is_streamed: bool) -> None:
    """A prompt reaches the engine as one user message, and its text comes back as it is."""
    engine = ScriptedEngine([[" so", "<think>"]])
    server = serve(engine)
    got = call(
        server.port, "POST", "/v1/completions", {"model": "m", "prompt": "once", "stream": is_streamed}
    )
    chunks = events(got)[:-1] if is_streamed else [got.json]
    assert "".join(chunk["choices"][0]["text"] for chunk in chunks) == " so<think>"
    assert {chunk["object"] for chunk in chunks} == {"text_completion"}
    assert engine.requests[0].messages == (Message(Role.USER, "once"),)


def test_what_has_no_effect_is_told(serve: Serve) -> None:
    """A parameter without effect is in a header and in the object; one that works is not."""
    server = serve(ScriptedEngine([["x", Notice("by the way")]]))
    body = {"seed": 1, "verbosity": "low", "min_p": 0.1, "max_tokens": 5}
    whole = call(server.port, "POST", CHAT, ASKED | body)
    assert whole.headers["x-axchat-ignored"] == "min_p, seed, verbosity"
    assert whole.json["axchat"]["ignored"] == ["min_p", "seed", "verbosity"]
    assert whole.json["axchat"]["notices"] == ["by the way"]
    streamed = call(server.port, "POST", CHAT, STREAMED | body)
    assert streamed.headers["x-axchat-ignored"] == "min_p, seed, verbosity"
    assert events(streamed)[-2]["axchat"]["ignored"] == ["min_p", "seed", "verbosity"]
    assert "x-axchat-ignored" not in call(server.port, "POST", CHAT, ASKED).headers


RELOADS = Capabilities(sampling=frozenset({"temperature"}), reloads=frozenset({"temperature"}))


@pytest.mark.parametrize(
    ("header", "ignored"), [({}, ["temperature"]), ({"X-Axchat-Allow-Reload": "true"}, [])]
)
def test_reload_only_when_asked(serve: Serve, header: dict[str, str], ignored: list[str]) -> None:
    """A value that costs a load has no effect, and that is told, unless the request allows it."""
    engine = ScriptedEngine(["x"], capabilities=RELOADS)
    server = serve(engine)
    got = call(server.port, "POST", CHAT, ASKED | {"temperature": 0.5}, header)
    assert got.json["axchat"]["ignored"] == ignored
    assert engine.requests[0].sampling.temperature == (None if ignored else 0.5)


def test_waiting_clients_are_told(serve: Serve) -> None:
    """Comments tell a stream of the load and of its place in the queue."""
    server = serve(ScriptedEngine([["a", "b"], ["c"]], load_s=0.02, load_steps=2, token_s=LONG_S))
    with Caller(server.port, CHAT, STREAMED) as first:
        assert b": loading 50 %" in first.read_until(b'"a"')
        with Caller(server.port, CHAT, STREAMED) as second:
            second.read_until(b": queued 1")
            assert b"data:" not in second.received
            first.hang_up()
            second.read_until(b'"c"')
            second.read_until(b"[DONE]")


def test_errors_before_the_head_are_a_status(serve: Serve) -> None:
    """A load that fails at once is a 503 whose message says what to do; streamed or not."""
    server = serve(NoDevice("no card", hint="axchat doctor"))
    for body in (ASKED, STREAMED):
        got = call(server.port, "POST", CHAT, body)
        assert got.status == 503
        assert got.headers["x-should-retry"] == "false"
        assert got.json["error"] == {
            "message": "no card; axchat doctor",
            "type": "server_error",
            "param": None,
            "code": "no-device",
        }


def failing_load() -> ScriptedEngine:
    """Loads a little, then fails."""
    return ScriptedEngine(["x"], load_steps=2, load_fault=DeviceFailed("the card is dead"))


def test_errors_after_the_head_are_events(serve: Serve) -> None:
    """A load that fails under the client's eyes is an event, and the stream still ends with its mark."""
    got = call(serve(failing_load()).port, "POST", CHAT, STREAMED)
    assert got.status == 200
    assert got.body.startswith(b": loading 50 %")
    error, done = events(got)
    assert (error["error"]["code"], done) == ("device-failed", "[DONE]")


def test_a_gateway_may_ask_for_statuses(serve: Serve) -> None:
    """Without comments the head waits for the first text, so a load that fails is a status."""
    got = call(serve(failing_load()).port, "POST", CHAT, STREAMED, {"X-Axchat-Progress": "none"})
    assert (got.status, got.json["error"]["code"]) == (503, "device-failed")


def test_an_engine_that_breaks_off(serve: Serve) -> None:
    """What was said stays valid; the error follows it; an answer that is not streamed is the error only."""
    answer = Answer(["Hel", "lo"], fault=RunnerFailed("it crashed"), fault_at=1)
    server = serve(ScriptedEngine(lambda _: answer))
    opening, text, error, done = events(call(server.port, "POST", CHAT, STREAMED))
    assert opening["choices"][0]["delta"]["role"] == "assistant"
    assert text["choices"][0]["delta"]["content"] == "Hel"
    assert (error["error"]["code"], done) == ("runner-failed", "[DONE]")
    whole = call(server.port, "POST", CHAT, ASKED)
    assert (whole.status, whole.json["error"]["code"]) == (502, "runner-failed")


def test_overflow(serve: Serve) -> None:
    """A prompt that does not fit is a 400 with the counts."""
    fault = ContextOverflow("too long", prompt_tokens=9, context_tokens=4)
    server = serve(ScriptedEngine(lambda _: Answer([], fault=fault)))
    got = call(server.port, "POST", CHAT, ASKED)
    assert got.status == 400
    assert got.json["error"]["type"] == "exceed_context_size_error"
    assert (got.json["error"]["n_prompt_tokens"], got.json["error"]["n_ctx"]) == (9, 4)


def test_a_full_queue(serve: Serve) -> None:
    """Too many waiting is a 429 that says when to come back."""
    server = serve(ScriptedEngine([["a", "b"]], token_s=LONG_S), limits=Limits(max_queue=1))
    with Caller(server.port, CHAT, STREAMED) as first:
        first.read_until(b'"a"')
        with Caller(server.port, CHAT, STREAMED) as second:
            second.read_until(b": queued 1")
            for body in (ASKED, STREAMED):
                got = call(server.port, "POST", CHAT, body)
                assert (got.status, got.json["error"]["code"]) == (429, "queue-full")
                assert int(got.headers["retry-after"]) >= 1


@pytest.mark.parametrize("is_streamed", [False, True])
def test_a_client_that_hangs_up_frees_the_card(serve: Serve, is_streamed: bool) -> None:
    """The answer ends with its client, streamed or not, so the next one is not kept waiting."""
    begun = threading.Event()

    def answer(request: Request) -> Answer:
        is_first = not begun.is_set()
        begun.set()
        return Answer(["a", "b"] if is_first else ["c"])

    server = serve(ScriptedEngine(answer, token_s=LONG_S))
    with Caller(server.port, CHAT, ASKED | {"stream": is_streamed}):
        assert begun.wait(60)
    got = call(server.port, "POST", CHAT, ASKED)
    assert got.json["choices"][0]["message"]["content"] == "c"


def test_a_client_that_hangs_up_leaves_the_queue(serve: Serve) -> None:
    """Who hangs up while waiting is never answered."""
    engine = ScriptedEngine([["a", "b"], ["c"]], token_s=LONG_S)
    server = serve(engine)
    with Caller(server.port, CHAT, STREAMED) as first:
        first.read_until(b'"a"')
        with Caller(server.port, CHAT, STREAMED) as second:
            second.read_until(b": queued 1")
        assert server.owner.given_up.acquire(timeout=60)
        with Caller(
            server.port, CHAT, STREAMED | {"messages": [{"role": "user", "content": "third"}]}
        ) as third:
            third.read_until(b": queued 1")
            first.hang_up()
            third.read_until(b"[DONE]")
    assert [request.messages[0].text for request in engine.requests] == ["one two", "third"]


def image(url: str) -> dict[str, Any]:
    """A chat that shows an image."""
    parts = [{"type": "text", "text": "what?"}, {"type": "image_url", "image_url": {"url": url}}]
    return ASKED | {"messages": [{"role": "user", "content": parts}]}


def test_images(serve: Serve) -> None:
    """An image is a file while the engine answers, and gone when the client has its answer."""
    seen: list[Path] = []

    def answer(request: Request) -> Answer:
        seen.append(Path(request.messages[0].images[0]))
        return Answer([seen[0].read_text()])

    server = serve(ScriptedEngine(answer, capabilities=Capabilities(images=True)))
    got = call(server.port, "POST", CHAT, image("data:image/png;base64,aGVsbG8="))
    assert got.json["choices"][0]["message"]["content"] == "hello"
    assert not seen[0].parent.exists()


def test_what_an_engine_cannot_do_is_refused(serve: Serve) -> None:
    """Images and schemas are a 400 at an engine without; so is an image that would have to be fetched."""
    server = serve(ScriptedEngine(["x"]))
    for body in (
        image("data:image/png;base64,aGVsbG8="),
        image("http://127.0.0.1/x.png"),
        ASKED | {"response_format": {"type": "json_object"}},
    ):
        got = call(server.port, "POST", CHAT, body)
        assert (got.status, got.json["error"]["type"]) == (400, "invalid_request_error")


def test_schema(serve: Serve) -> None:
    """A response format reaches an engine that keeps to it."""
    engine = ScriptedEngine(["{}"], capabilities=Capabilities(schema=True))
    server = serve(engine)
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}
    assert call(server.port, "POST", CHAT, ASKED | {"response_format": wanted}).status == 200
    assert engine.requests[0].schema == {"type": "object"}


def test_keep_alive(serve: Serve) -> None:
    """A request says how long the model stays; centuries are no reason to fail."""
    server = serve({"m": lambda: ScriptedEngine(["x"])})
    call(server.port, "POST", CHAT, ASKED | {"keep_alive": -1})
    assert server.holder.status().spec is not None
    assert server.holder.status().expires_at is None
    call(server.port, "POST", CHAT, ASKED | {"keep_alive": "1h"})
    assert server.holder.status().expires_at is not None
    for endless in (1e300, "9" * 300 + "h"):
        got = call(server.port, "POST", CHAT, ASKED | {"keep_alive": endless})
        assert got.status == 200
    for _ in range(2):  # unloaded, and loaded again
        assert call(server.port, "POST", CHAT, ASKED | {"keep_alive": 0}).status == 200


@pytest.mark.parametrize(
    ("body", "headers", "message"),
    [
        (b"{", {"Content-Type": "application/json"}, "the body is not JSON"),
        (b"[]", {"Content-Type": "application/json"}, "the body has to be a JSON object"),
        (b'"\xff"', {"Content-Type": "application/json"}, "the body is not JSON"),
        (b"{}", {"Content-Type": "text/plain"}, "the body has to be a JSON object"),
        (ASKED | {"nonsense": 1}, {}, "nonsense: no such parameter"),
        (
            ASKED,
            {"X-Axchat-Allow-Reload": "perhaps"},
            "X-Axchat-Allow-Reload: input should be a valid boolean",
        ),
    ],
)
def test_bodies_that_are_wrong(serve: Serve, body: object, headers: dict[str, str], message: str) -> None:
    """One line in OpenAI's shape says what is wrong; a form that a web page could send is no body."""
    got = call(serve(ScriptedEngine(["x"])).port, "POST", CHAT, body, headers)
    assert got.status == 400
    assert got.json["error"]["message"].startswith(message)
    assert got.json["error"]["type"] == "invalid_request_error"


def test_embeddings(serve: Serve) -> None:
    """Embeddings are a clear 501, which clients need not ask again."""
    got = call(serve(ScriptedEngine(["x"])).port, "POST", "/v1/embeddings", {"model": "m", "input": "x"})
    assert (got.status, got.json["error"]["code"]) == (501, "not-supported")
    assert got.headers["x-should-retry"] == "false"


def test_unknown_addresses(serve: Serve) -> None:
    """A wrong path or method is told in the same shape."""
    server = serve(ScriptedEngine(["x"]))
    got = call(server.port, "POST", "/v1/responses", {})
    assert (got.status, got.json["error"]["message"]) == (404, "not found: POST /v1/responses")
    got = call(server.port, "GET", CHAT)
    assert (got.status, got.headers["allow"]) == (405, "POST")
