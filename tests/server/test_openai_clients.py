"""Official clients, unmodified, against a real server."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import openai
import pytest

from axchat.engines.base import Capabilities, Engine, Request
from axchat.engines.cpu import CpuEngine
from axchat.engines.scripted import Answer, ScriptedEngine
from axchat.server.waiting import Limits
from support.http_calls import Caller
from support.serving import Serving, serving

PATIENCE_S = 60.0
LONG_S = 3600.0
HI: list[Any] = [{"role": "user", "content": "one two"}]
# a separator of lines and a next-line character: readers of lines split at them
WORDS = ["Grüße ", "日本", " \u2028x\x85y ", "🙂."]
TEXT = "".join(WORDS)

Serve = Callable[..., Serving]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts servers with one model m that end with the test."""
    with ExitStack() as stack:

        def start(engine: Engine, **options: Any) -> Serving:
            return stack.enter_context(serving({"m": engine}, tmp_path, **options))

        yield start


@pytest.fixture
def thinker(serve: Serve) -> Serving:
    """A server whose model thinks before it says a text that is hard to carry."""
    return serve(ScriptedEngine([["<think>", "hm, ", "so</think>", "\n\n", *WORDS]]))


def client(server: Serving, **options: Any) -> openai.OpenAI:
    """OpenAI's own client."""
    return openai.OpenAI(base_url=server.url, api_key="none", timeout=PATIENCE_S, **options)


class TestOpenAI:
    """OpenAI's Python client."""

    def test_models(self, thinker: Serving) -> None:
        """It lists and finds models."""
        with client(thinker) as api:
            assert [model.id for model in api.models.list()] == ["m"]
            assert api.models.retrieve("m").owned_by == "axchat"
            with pytest.raises(openai.NotFoundError, match="not found"):
                api.models.retrieve("other")

    def test_whole(self, thinker: Serving) -> None:
        """A whole answer has text, thought, reason and counts."""
        with client(thinker) as api:
            got = api.chat.completions.create(model="m", messages=HI)
        assert got.choices[0].message.content == TEXT
        assert got.choices[0].message.model_extra == {"reasoning_content": "hm, so"}
        assert got.choices[0].finish_reason == "stop"
        assert got.usage is not None
        assert (got.usage.prompt_tokens, got.usage.completion_tokens) == (2, 8)

    def test_streamed(self, thinker: Serving) -> None:
        """A streamed answer is the same text, and the last chunk has the counts."""
        with client(thinker) as api:
            chunks = list(
                api.chat.completions.create(
                    model="m", messages=HI, stream=True, stream_options={"include_usage": True}
                )
            )
        said = [choice.delta for chunk in chunks for choice in chunk.choices]
        assert "".join(delta.content or "" for delta in said) == TEXT
        assert "".join((delta.model_extra or {}).get("reasoning_content", "") for delta in said) == "hm, so"
        assert chunks[-1].usage is not None
        assert chunks[-1].usage.total_tokens == 10

    def test_stream_helper(self, thinker: Serving) -> None:
        """Its helper that puts a stream together gives the whole answer."""
        with client(thinker) as api, api.chat.completions.stream(model="m", messages=HI) as stream:
            final = stream.get_final_completion()
        assert final.choices[0].message.content == TEXT

    def test_an_answer_goes_back_as_it_came(self, serve: Serve) -> None:
        """What it gives as a message can be sent in the next turn."""
        engine = ScriptedEngine([["<think>a</think>", "b"]])
        server = serve(engine)
        with client(server) as api:
            message = api.chat.completions.create(model="m", messages=HI).choices[0].message
            api.chat.completions.create(model="m", messages=[*HI, message.model_dump(), *HI])
            api.chat.completions.create(model="m", messages=[*HI, message, *HI])
        assert [m.text for m in engine.requests[1].messages] == ["one two", "b", "one two"]
        assert engine.requests[1].messages == engine.requests[2].messages

    def test_async(self, serve: Serve) -> None:
        """Its asynchronous form asks many at once; each gets its own whole answer."""
        server = serve(ScriptedEngine(lambda request: Answer(["to ", request.messages[0].text])))

        async def ask_all() -> list[str | None]:
            async with openai.AsyncOpenAI(base_url=server.url, api_key="none", timeout=PATIENCE_S) as api:

                async def ask(number: int) -> str:
                    stream = await api.chat.completions.create(
                        model="m", messages=[{"role": "user", "content": str(number)}], stream=True
                    )
                    return "".join([c.choices[0].delta.content or "" async for c in stream])

                return await asyncio.gather(*map(ask, range(20)))

        assert asyncio.run(ask_all()) == [f"to {number}" for number in range(20)]

    def test_cancel(self, serve: Serve) -> None:
        """Leaving a stream frees the card for the next request."""
        server = serve(ScriptedEngine([["a", "b"], ["c"]], token_s=LONG_S))
        with client(server) as api:
            with api.chat.completions.create(model="m", messages=HI, stream=True) as stream:
                assert next(
                    chunk.choices[0].delta.content for chunk in stream if chunk.choices[0].delta.content
                )
            assert api.chat.completions.create(model="m", messages=HI).choices[0].message.content == "c"

    def test_async_cancel(self, serve: Serve) -> None:
        """So does a task that is cancelled while it waits for a whole answer."""
        begun = threading.Event()

        def answer(_: Request) -> Answer:
            is_first = not begun.is_set()
            begun.set()
            return Answer(["a", "b"] if is_first else ["c"])

        server = serve(ScriptedEngine(answer, token_s=LONG_S))

        async def ask() -> str | None:
            async with openai.AsyncOpenAI(base_url=server.url, api_key="none", timeout=PATIENCE_S) as api:
                task = asyncio.create_task(api.chat.completions.create(model="m", messages=HI))
                assert await asyncio.to_thread(begun.wait, PATIENCE_S)
                task.cancel()
                return (await api.chat.completions.create(model="m", messages=HI)).choices[0].message.content

        assert asyncio.run(ask()) == "c"

    def test_errors(self, serve: Serve) -> None:
        """Errors are its own classes, with our id as code; an error inside a stream is raised too."""
        from axchat.errors import RunnerFailed

        answer = Answer(["a"], fault=RunnerFailed("it crashed"), fault_at=1)
        server = serve(ScriptedEngine(lambda _: answer))
        with client(server, max_retries=0) as api:
            with pytest.raises(openai.BadRequestError) as wrong:
                api.chat.completions.create(model="m", messages=HI, n=2)
            assert (wrong.value.code, wrong.value.param) == ("usage", "n")
            with pytest.raises(openai.APIError, match="it crashed"):
                list(api.chat.completions.create(model="m", messages=HI, stream=True))
            with pytest.raises(openai.InternalServerError) as failed:
                api.chat.completions.create(model="m", messages=HI)
            assert failed.value.code == "runner-failed"

    def test_a_full_queue_is_tried_again(self, serve: Serve) -> None:
        """It waits as long as Retry-After says and asks again by itself, so a full queue is only a delay."""
        server = serve(ScriptedEngine([["a", "b"], ["c"]], token_s=LONG_S), limits=Limits(max_queue=1))
        body = {"model": "m", "messages": HI, "stream": True}
        with client(server) as api, ThreadPoolExecutor() as pool:
            with Caller(server.port, "/v1/chat/completions", body) as first:
                first.read_until(b'"a"')
                with Caller(server.port, "/v1/chat/completions", body) as second:
                    second.read_until(b": queued 1")
                    third = pool.submit(api.chat.completions.create, model="m", messages=HI)
                    assert server.owner.refused.acquire(timeout=PATIENCE_S)
                assert server.owner.given_up.acquire(timeout=PATIENCE_S)
            assert third.result(PATIENCE_S).choices[0].message.content == "c"

    def test_no_embeddings(self, thinker: Serving) -> None:
        """Embeddings fail at once, without being tried again."""
        with client(thinker) as api, pytest.raises(openai.InternalServerError) as refused:
            api.embeddings.create(model="m", input="x")
        assert refused.value.status_code == 501

    def test_completions(self, thinker: Serving) -> None:
        """Text completions work, streamed and whole."""
        with client(thinker) as api:
            whole = api.completions.create(model="m", prompt="one").choices[0].text
            streamed = "".join(
                c.choices[0].text for c in api.completions.create(model="m", prompt="one", stream=True)
            )
        assert whole == streamed == "<think>hm, so</think>\n\n" + TEXT

    def test_structured_output(self, serve: Serve) -> None:
        """Its parser of structured output sends a schema, and gets a value of its model."""
        import pydantic

        class Weather(pydantic.BaseModel):
            town: str
            degrees: int

        engine = ScriptedEngine(['{"town": "Ulm", "degrees": 7}'], capabilities=Capabilities(schema=True))
        with client(serve(engine)) as api:
            got = api.chat.completions.parse(model="m", messages=HI, response_format=Weather)
        assert got.choices[0].message.parsed == Weather(town="Ulm", degrees=7)
        schema = engine.requests[0].schema
        assert schema is not None
        assert schema["required"] == ["town", "degrees"]


@pytest.mark.model
def test_structured_output_of_a_real_model(serve: Serve, small_model: Path) -> None:
    """OpenAI's client gets a value of its class from the small model on the CPU, streamed and whole."""
    import pydantic

    class Weather(pydantic.BaseModel):
        is_warm: bool
        degrees: Literal[20, 21, 22]

    server = serve(CpuEngine(small_model, context=512))
    ask: Any = {"model": "m", "messages": HI, "response_format": Weather, "max_tokens": 100, "temperature": 0}
    with client(server) as api:
        whole = api.chat.completions.parse(**ask).choices[0].message.parsed
        with api.chat.completions.stream(**ask) as stream:
            streamed = stream.get_final_completion().choices[0].message.parsed
        assert isinstance(whole, Weather)
        assert streamed == whole
        wrong: Any = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "nonsense"}}}
        with pytest.raises(openai.BadRequestError, match="cannot keep to this schema"):
            api.chat.completions.create(model="m", messages=HI, response_format=wrong)


def run_python(program: str, *arguments: str, **environment: str) -> str:
    """What a client in a process of its own prints: its imports and settings stay out of the tests'."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE_S,
        env=os.environ | environment,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


LITELLM = """
import json, sys
import litellm
hi = [{"role": "user", "content": "one two"}]
ask = dict(model="openai/m", api_base=sys.argv[1], api_key="none", messages=hi)
whole = litellm.completion(**ask)
parts = list(litellm.completion(**ask, stream=True, stream_options={"include_usage": True}))
try:
    litellm.completion(**(ask | {"model": "openai/other"}))
except litellm.exceptions.NotFoundError as error:
    failure = str(error)
print(json.dumps({
    "whole": whole.choices[0].message.content,
    "thought": whole.choices[0].message.reasoning_content,
    "total": whole.usage.total_tokens,
    "streamed": "".join(p.choices[0].delta.content or "" for p in parts if p.choices),
    "streamed_total": [p.usage.total_tokens for p in parts if getattr(p, "usage", None)],
    "failure": failure,
}))
"""


def test_litellm(thinker: Serving) -> None:
    """LiteLLM carries text, thought, counts and errors, streamed and not."""
    # its list of prices comes from the network otherwise
    printed = run_python(LITELLM, thinker.url, LITELLM_LOCAL_MODEL_COST_MAP="True")
    told = json.loads(printed.splitlines()[-1])
    assert told["whole"] == told["streamed"] == TEXT
    assert told["thought"] == "hm, so"
    assert told["total"] == 10
    assert told["streamed_total"] == [10]
    assert "not found" in told["failure"]


def test_llm(thinker: Serving, tmp_path: Path) -> None:
    """The ``llm`` command, with the server as a model of its extra-openai-models.yaml."""
    (tmp_path / "extra-openai-models.yaml").write_text(
        f"- model_id: card\n  model_name: m\n  api_base: {thinker.url}\n  api_key_name: none\n"
    )
    environment = os.environ | {"LLM_USER_PATH": str(tmp_path), "PYTHONUTF8": "1"}

    def llm(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "llm", *arguments],
            capture_output=True,
            timeout=2 * PATIENCE_S,
            env=environment,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.decode()

    assert llm("-m", "card", "--key", "none", "one two") == TEXT + "\n"
    assert llm("-m", "card", "--key", "none", "--no-stream", "one two") == TEXT + "\n"
    usage = json.loads(llm("logs", "--json", "-n", "1"))[0]
    assert (usage["input_tokens"], usage["output_tokens"]) == (2, 8)


def test_curl(thinker: Serving) -> None:
    """The line in the documentation prints server-sent events, the end mark last."""
    body = json.dumps({"model": "m", "messages": HI, "stream": True})
    done = subprocess.run(
        ["curl", "-sS", "-N", f"{thinker.url}/chat/completions", "--json", body],
        capture_output=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.decode("ascii").split("\n\n")
    assert lines[-2:] == ["data: [DONE]", ""]
    assert sum(line.startswith("data: {") for line in lines) > len(WORDS)


def test_the_command(holder_home: Path) -> None:
    """A real ``axchat serve`` on a port of its own answers OpenAI's client and ends politely with SIGTERM."""
    command = [sys.executable, "-m", "axchat", "serve", "-e", "scripted", "--port", "0"]
    child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert child.stderr is not None
        url = next(line.split()[-1] for line in child.stderr if "listening at http" in line)
        with openai.OpenAI(base_url=f"{url}/v1", api_key="none", timeout=PATIENCE_S) as api:
            name = next(iter(api.models.list())).id
            stream = api.chat.completions.create(
                model=name, messages=HI, stream=True, temperature=0.5, stream_options={"include_usage": True}
            )
            chunks = list(stream)
        said = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
        assert "no model read your message of 2 words" in said
        told = [chunk.model_extra["axchat"] for chunk in chunks if "axchat" in (chunk.model_extra or {})]
        assert [about["ignored"] for about in told] == [["temperature"]]
        assert chunks[-1].usage is not None
    finally:
        child.terminate()
        child.communicate(timeout=PATIENCE_S)
    assert child.returncode == 0
