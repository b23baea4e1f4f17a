"""The ``openai`` engine: recorded answers of axllm, servers that misbehave, llama.cpp's real server."""

import json
import ssl
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from axchat.deadline import NEVER, Deadline
from axchat.engines.base import Request, refuse_unsupported
from axchat.engines.openai_remote import OpenAiEngine
from axchat.errors import (
    AxchatError,
    ContextOverflow,
    EngineFault,
    ModelError,
    PromptRefused,
    RunnerFailed,
    RunnerTimeout,
    UsageError,
)
from axchat.events import Event, Finished, FinishReason, Level, Notice, TextDelta, Usage
from axchat.messages import Message, Role, Sampling
from axchat.process.worker import Worker
from support.recorded_http import CERTIFICATE, MODELS, PieceServer, answer_of, exchanges

PATIENCE_S = 60.0
KEY = "sk-secret-0123456789"
ONE_MODEL = answer_of("200 OK", b'{"object":"list","data":[{"id":"small","owned_by":"someone"}]}')
STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"


def asked(text: str, deadline: Deadline = NEVER, **sampling: object) -> Request:
    """A request of one user message."""
    return Request((Message(Role.USER, text),), Sampling(**sampling), deadline)  # type: ignore[arg-type]


def text_of(events: Sequence[Event]) -> str:
    """The answer's text."""
    return "".join(e.text for e in events if isinstance(e, TextDelta))


def event(text: str, reason: str | None = None) -> bytes:
    """One server-sent event of a chat completion."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": reason}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


def started(url: str, **options: str) -> OpenAiEngine:
    """An engine after its start."""
    engine = OpenAiEngine(url, settle_s=0.0, **options)  # type: ignore[arg-type]
    list(engine.start(Deadline(PATIENCE_S)))
    return engine


# --- what a server may answer --------------------------------------------------------------------------


def test_the_only_model_is_taken_and_named_in_the_request() -> None:
    """Without a name the one model of the list is asked, with usage and without a key."""
    answer = [STREAM_HEAD, event("hi"), event("", "length"), b"data: [DONE]\n\n"]
    with PieceServer([ONE_MODEL, answer]) as server:
        events = list(started(server.url).generate(asked("hello", max_tokens=1)))
    body = json.loads(server.requests[1].partition(b"\r\n\r\n")[2])
    assert events == [TextDelta("hi"), Finished(FinishReason.LENGTH)]
    assert body["model"] == "small"
    assert body["stream_options"] == {"include_usage": True}
    assert b"uthorization" not in b"".join(server.requests)
    assert all(b"Connection: close" in request for request in server.requests)


def test_several_models_need_a_name() -> None:
    """The error lists what there is; a name that is given is taken."""
    two = answer_of("200 OK", b'{"data":[{"id":"a"},{"id":"b"}]}')
    with PieceServer([two, two]) as server:
        with pytest.raises(ModelError) as raised:
            started(server.url)
        assert started(server.url, model="b").model == "b"
    assert "a, b" in str(raised.value.hint)


@pytest.mark.parametrize(
    ("status", "body", "field", "error", "said"),
    [
        ("401 Unauthorized", '{"error":{"message":"bad key"}}', "", EngineFault, "refuses the key"),
        (
            "404 Not Found",
            '{"error":{"code":"model_not_found","message":"x"}}',
            "",
            ModelError,
            "does not have",
        ),
        ("404 Not Found", "{}", "", RunnerFailed, "no chat completions"),
        (
            "400 Bad Request",
            '{"error":{"code":"context_length_exceeded","message":"long"}}',
            "",
            ContextOverflow,
            "long",
        ),
        (
            "400 Bad Request",
            """{"error":{"message":"This model's maximum context length is 8 tokens"}}""",
            "",
            ContextOverflow,
            "maximum",
        ),
        ("429 Too Many", '{"error":{"message":"slow"}}', "Retry-After: 7", EngineFault, "busy"),
        ("503 No", '{"error":{"message":"slow"}}', "Retry-After: 7", EngineFault, "busy"),
        ("500 Oops", "<html>oops</html>", "", RunnerFailed, "failed"),
    ],
)
def test_refusals_have_a_class_a_cause_and_the_address(
    status: str, body: str, field: str, error: type[AxchatError], said: str
) -> None:
    """Each status becomes the error that tells what to do."""
    answer = answer_of(status, body.encode(), *([field] if field else []))
    with PieceServer([ONE_MODEL, answer]) as server, pytest.raises(error, match=said) as raised:
        list(started(server.url).generate(asked("hello")))
    assert str(server.port) in raised.value.message
    if field:
        assert raised.value.hint == "try again in 7 s"


def test_the_key_is_sent_and_never_shown() -> None:
    """A server that repeats the key in its refusal does not get it into the message."""
    refusal = answer_of("401 Unauthorized", json.dumps({"error": {"message": f"bad {KEY}"}}).encode())
    with PieceServer([refusal]) as server, pytest.raises(EngineFault) as raised:
        started(server.url, key=KEY)
    assert f"Authorization: Bearer {KEY}".encode() in server.requests[0]
    assert KEY not in json.dumps(raised.value.as_dict())
    assert KEY not in repr(raised.value)


def test_what_is_no_such_server_is_told() -> None:
    """Other JSON, no HTTP, and nothing at all each have their words."""
    with (
        PieceServer([answer_of("200 OK", b'{"hello":1}')]) as server,
        pytest.raises(RunnerFailed, match="no OpenAI"),
    ):
        started(server.url)
    with (
        PieceServer([[b"220 mail ready\r\n"]]) as server,
        pytest.raises(RunnerFailed, match="not speak HTTP"),
    ):
        started(server.url)
    with pytest.raises(RunnerFailed, match="nothing listens"):
        started(server.url)


def test_a_server_without_tls_is_told() -> None:
    """Https at a server that speaks http says so, before anything is sent."""
    with PieceServer([ONE_MODEL]) as server, pytest.raises(EngineFault, match="no TLS"):
        started(server.url.replace("http:", "https:"))


def test_a_trusted_certificate_is_taken_and_another_is_not() -> None:
    """Https works, cancel included, where the certificate is trusted; else nothing is sent."""
    answer = [STREAM_HEAD, event("a"), event("b")]
    with PieceServer([ONE_MODEL, answer], hold_after=2, is_tls=True) as server:
        url = f"https://127.0.0.1:{server.port}"
        engine = OpenAiEngine(url, tls=ssl.create_default_context(cafile=CERTIFICATE))
        list(engine.start(Deadline(PATIENCE_S)))
        events = engine.generate(asked("hello"))
        assert next(events) == TextDelta("a")
        threading.Timer(0.05, engine.cancel).start()
        assert list(events) == [Finished(FinishReason.CANCELLED)]
        assert server.gone.wait(PATIENCE_S)
    with PieceServer([ONE_MODEL], is_tls=True) as server, pytest.raises(EngineFault, match="not trusted"):
        started(f"https://127.0.0.1:{server.port}", key=KEY)
    assert server.requests == []


def test_a_broken_stream_keeps_its_text_and_is_an_error() -> None:
    """The connection closes before the reason: what came stays, the answer is not complete."""
    seen: list[Event] = []
    with PieceServer([ONE_MODEL, [STREAM_HEAD, event("half")]]) as server, pytest.raises(RunnerFailed):
        seen.extend(started(server.url).generate(asked("hello")))
    assert seen == [TextDelta("half")]


def test_a_silent_server_meets_the_deadline() -> None:
    """Nothing more after the first chunk: the request's deadline ends it."""
    answer = [STREAM_HEAD, event("a")]
    with PieceServer([ONE_MODEL, answer], hold_after=2) as server:
        engine = started(server.url)
        with pytest.raises(RunnerTimeout):
            list(engine.generate(asked("hello", Deadline(0.3))))


def test_a_cancel_from_another_thread_leaves_the_server() -> None:
    """The reader wakes up, the answer ends with CANCELLED, and the server sees its client go."""
    with PieceServer([ONE_MODEL, [STREAM_HEAD, event("a"), event("b")]], hold_after=2) as server:
        engine = started(server.url)
        events = engine.generate(asked("hello"))
        assert next(events) == TextDelta("a")
        threading.Thread(target=engine.cancel).start()
        assert list(events) == [Finished(FinishReason.CANCELLED)]
        assert server.gone.wait(PATIENCE_S)


def test_the_environments_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that is named in the environment gets nothing of a conversation with this machine."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:9")
    with PieceServer([ONE_MODEL]) as server:
        assert started(server.url).model == "small"


# --- axllm serve, recorded ----------------------------------------------------------------------------


def test_a_recorded_axllm_is_recognised_and_its_counts_are_unknown() -> None:
    """The list of models tells it; the answer comes out whole, without counts, its reason unknown."""
    recorded = exchanges("s03-sse-exact")[0]
    with PieceServer([[MODELS], recorded.pieces]) as server:
        engine = OpenAiEngine(server.url)
        notices = [e for e in engine.start(Deadline(PATIENCE_S)) if isinstance(e, Notice)]
        events = list(engine.generate(asked("q0")))
    assert [n.level for n in notices] == [Level.WARNING]
    assert not engine.capabilities.exact_counts
    assert text_of(events) == "Hi 你好🫠 end"
    assert events[-1] == Finished(FinishReason.UNKNOWN, Usage())


def test_a_recorded_full_context_is_an_overflow() -> None:
    """The sentence that axllm answers with is no answer, also from a server that someone else started."""
    recorded = next(e for e in exchanges("s06-context-overflow") if b"event-stream" in e.received)
    with PieceServer([[MODELS], recorded.pieces]) as server, pytest.raises(ContextOverflow):
        list(started(server.url).generate(asked("word")))


def test_a_recognised_axllm_is_not_sent_what_it_cannot_carry() -> None:
    """Its command words and its ignored options are refused before anything is sent."""
    with PieceServer([[MODELS]]) as server:
        engine = started(server.url)
        with pytest.raises(PromptRefused):
            engine.generate(asked("reset"))
        with pytest.raises(UsageError, match="--seed"):
            engine.generate(asked("hi", seed=1))
        assert len(server.requests) == 1


def test_a_cancel_during_the_rest_after_a_cancel_sends_nothing() -> None:
    """The next request waits for axllm to let go of the old answer, and can be cancelled meanwhile."""
    recorded = exchanges("s03-sse-exact")[0]
    with PieceServer([[MODELS], recorded.pieces], hold_after=2) as server:
        engine = OpenAiEngine(server.url, settle_s=PATIENCE_S)
        list(engine.start(Deadline(PATIENCE_S)))
        events = engine.generate(asked("q0"))
        next(events)
        events.close()
        following = engine.generate(asked("q1"))
        threading.Timer(0.05, engine.cancel).start()
        assert list(following) == [Finished(FinishReason.CANCELLED)]
        assert len(server.requests) == 2


# --- schemas ------------------------------------------------------------------------------------------

NUMBERS: dict[str, object] = {"type": "array", "items": {"type": "integer"}, "maxItems": 3}


def asked_for(schema: dict[str, object], **sampling: object) -> Request:
    """A request whose answer keeps to a schema."""
    return replace(asked("count", Deadline(PATIENCE_S), **sampling), schema=schema)


@pytest.mark.parametrize(
    ("schema", "sent"),
    [
        ({}, {"type": "json_object"}),
        (
            NUMBERS,
            {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": NUMBERS}},
        ),
    ],
)
def test_a_schema_goes_out_as_response_format(schema: dict[str, object], sent: object) -> None:
    """``{}`` is OpenAI's json_object; any other one is a strict json_schema. Without one nothing is sent."""
    answer = [STREAM_HEAD, event("[1, 2]"), event("", "stop"), b"data: [DONE]\n\n"]
    with PieceServer([ONE_MODEL, answer, answer]) as server:
        engine = started(server.url)
        assert text_of(list(engine.generate(asked_for(schema)))) == "[1, 2]"
        list(engine.generate(asked("count")))
    with_schema, without = (json.loads(request.partition(b"\r\n\r\n")[2]) for request in server.requests[1:])
    assert with_schema["response_format"] == sent
    assert "response_format" not in without


@pytest.mark.parametrize("status", ["400 Bad Request", "422 Unprocessable Entity"])
def test_a_refused_schema_is_the_callers_mistake(status: str) -> None:
    """The server's reason is told; the same answer to a request without a schema is the server's failure."""
    refusal = answer_of(status, b'{"error":{"message":"Invalid schema: additionalProperties is required"}}')
    with PieceServer([ONE_MODEL, refusal, refusal]) as server:
        engine = started(server.url)
        with pytest.raises(UsageError, match=r"127\.0\.0\.1.*additionalProperties is required"):
            list(engine.generate(asked_for(NUMBERS)))
        with pytest.raises(RunnerFailed, match="additionalProperties is required"):
            list(engine.generate(asked("count")))


def test_a_full_context_is_not_taken_for_a_refused_schema() -> None:
    """What has a class of its own keeps it."""
    refusal = answer_of("400 Bad Request", b'{"error":{"message":"maximum context length is 512 tokens"}}')
    with PieceServer([ONE_MODEL, refusal]) as server, pytest.raises(ContextOverflow):
        list(started(server.url).generate(asked_for(NUMBERS)))


def test_a_server_that_ignores_the_schema_is_not_believed() -> None:
    """An answer that ends by itself and is no JSON is an error after its text."""
    answer = [STREAM_HEAD, event("Sure! "), event("", "stop"), b"data: [DONE]\n\n"]
    with PieceServer([ONE_MODEL, answer]) as server:
        events = started(server.url).generate(asked_for(NUMBERS))
        assert next(events) == TextDelta("Sure! ")
        with pytest.raises(RunnerFailed, match="did not keep to the schema"):
            next(events)


def test_axllm_serve_has_no_schemas() -> None:
    """It ignores the field, so it is refused before anything is sent."""
    with PieceServer([[MODELS]]) as server:
        engine = started(server.url)
        with pytest.raises(UsageError, match="JSON schema"):
            engine.generate(asked_for(NUMBERS))
    assert len(server.requests) == 1


# --- llama.cpp's server --------------------------------------------------------------------------------


@pytest.fixture
def llama(small_model: Path) -> Iterator[OpenAiEngine]:
    """An engine at a real llama.cpp server with the small model, which wants a key."""
    from axchat.engines.cpu import worker_environment

    order = {"model": str(small_model), "context": 512, "threads": 1, "key": KEY}
    argv = (sys.executable, "-P", "-m", "axchat.engines.cpu_worker")
    import os

    worker = Worker(argv, worker_environment(os.environ), order)
    try:
        answer = worker.answer(Deadline(PATIENCE_S))
        assert answer is not None
        yield OpenAiEngine(f"http://127.0.0.1:{answer['port']}", key=KEY)
    finally:
        worker.close()


@pytest.mark.model
def test_llama_cpp_answers_with_counts_and_a_true_reason(llama: OpenAiEngine) -> None:
    """Text, exact usage and LENGTH come from the real server; a wrong key and a long prompt are told."""
    list(llama.start(Deadline(PATIENCE_S)))
    events = list(llama.generate(asked("hello", Deadline(PATIENCE_S), max_tokens=8, temperature=0.0)))
    end = events[-1]
    assert isinstance(end, Finished)
    assert text_of(events)
    assert end.reason is FinishReason.LENGTH
    assert end.usage.completion_tokens == 8
    assert end.usage.prompt_tokens
    with pytest.raises(ContextOverflow, match="512"):
        list(llama.generate(asked("word " * 2000, Deadline(PATIENCE_S))))
    with pytest.raises(EngineFault, match="key") as raised:
        list(OpenAiEngine(str(llama.address), "x", key="wrong-key").start(Deadline(PATIENCE_S)))
    assert "wrong-key" not in str(raised.value.as_dict())


PARSING_SERVER = """
from axchat.engines import cpu_worker
usual = cpu_worker.parameters
def parameters(xllamacpp, order):
    chosen = usual(xllamacpp, order)
    chosen.force_pure_content_parser = False
    return chosen
cpu_worker.parameters = parameters
cpu_worker.main()
"""
"""llama.cpp's server as people start it: it reads ``response_format``."""


@pytest.mark.model
def test_llama_cpp_keeps_to_a_schema(small_model: Path) -> None:
    """An answer of the real server parses and has the schema's shape."""
    from axchat.engines.cpu import worker_environment

    order = {"model": str(small_model), "context": 512, "threads": 1, "key": KEY}
    worker = Worker((sys.executable, "-P", "-c", PARSING_SERVER), worker_environment({}), order)
    try:
        answer = worker.answer(Deadline(PATIENCE_S))
        assert answer is not None
        engine = OpenAiEngine(f"http://127.0.0.1:{answer['port']}", key=KEY)
        list(engine.start(Deadline(PATIENCE_S)))
        said = json.loads(text_of(list(engine.generate(asked_for(NUMBERS, max_tokens=200)))))
        assert len(said) <= 3
        assert all(type(number) is int for number in said)
    finally:
        worker.close()


def test_refusal_of_top_k_for_far_servers() -> None:
    """OpenAI's own API refuses top_k, so it is refused before anything is sent; near servers take it."""
    far = OpenAiEngine("https://api.example.com/v1", tls=ssl.create_default_context())
    with pytest.raises(UsageError, match="top-k"):
        refuse_unsupported(far, asked("x", top_k=3))
    refuse_unsupported(OpenAiEngine("http://127.0.0.1:1"), asked("x", top_k=3))
