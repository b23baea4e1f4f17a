"""Clients of Ollama, unmodified, talk to axchat: ollama-python, LiteLLM, curl, and what Open WebUI sends."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import ollama
import pytest

from axchat.engines.base import Capabilities, Request
from axchat.engines.cpu import CpuEngine
from axchat.engines.scripted import Answer, ScriptedEngine
from axchat.errors import RunnerFailed
from axchat.wire.holder import ModelSpec
from support.holding_engine import HOLD_INSIDE, HoldingEngine
from support.ollama_server import Served, served
from support.serving import PATIENCE_S

HI = [{"role": "user", "content": "one two"}]
THOUGHT = Answer(["<think>", "\nhm", "\n</think>", "\n\n", "Yes", "."])


@pytest.fixture
def engine() -> HoldingEngine:
    """An engine that echoes, and holds when it is told to."""
    return HoldingEngine()


@pytest.fixture
def server(engine: HoldingEngine) -> Iterator[Served]:
    """A server of that engine."""
    with served(lambda _: engine) as served_here:
        yield served_here


@pytest.fixture
def client(server: Served) -> Iterator[ollama.Client]:
    """The official client."""
    with ollama.Client(server.url, timeout=PATIENCE_S) as client:
        yield client


def test_ollama_chats(client: ollama.Client) -> None:
    """One answer and a stream say the same, with counts and durations."""
    whole = client.chat("tiny", HI)
    assert whole.message.content == "echo: one two"
    parts = list(client.chat("tiny:latest", HI, stream=True))
    assert "".join(part.message.content or "" for part in parts) == "echo: one two"
    last = parts[-1]
    assert (last.done, last.done_reason, last.eval_count, last.prompt_eval_count) == (True, "stop", 3, 2)
    assert last.total_duration is not None
    assert last.total_duration > 0
    assert last.load_duration == 0
    assert last.created_at is not None
    assert datetime.fromisoformat(last.created_at).tzinfo is not None


def test_ollama_generates(client: ollama.Client) -> None:
    """Options of the client's own type, most of which mean nothing here, do no harm."""
    options = ollama.Options(num_ctx=4096, num_predict=2, mirostat=1, stop=["never"])
    whole = client.generate("tiny", "one two", system="be brief", options=options)
    assert (whole.response, whole.done_reason) == ("echo: one", "length")
    parts = list(client.generate("tiny", "one two", stream=True))
    assert "".join(part.response or "" for part in parts) == "echo: one two"


def test_ollama_lists_and_loads(client: ollama.Client, server: Served) -> None:
    """List, show, ps, load, keep_alive and unload."""
    (listed,) = client.list().models
    assert listed.model == "tiny:latest"
    assert client.show("tiny").capabilities == ["completion"]
    assert client.ps().models == []
    assert client.generate("tiny", keep_alive="1h30m").done_reason == "load"
    (running,) = client.ps().models
    assert running.name == "tiny:latest"
    assert running.expires_at is not None
    left = running.expires_at.timestamp() - datetime.now().astimezone().timestamp()
    assert 5300 < left < 5400 + PATIENCE_S
    assert client.chat("tiny", keep_alive=0).done_reason == "unload"
    assert server.owner.unload(now=False).wait(PATIENCE_S)
    assert client.ps().models == []


def test_ollama_reports_errors(client: ollama.Client) -> None:
    """The client's error has our text and status."""
    with pytest.raises(ollama.ResponseError, match="model 'none' not found") as caught:
        client.chat("none", HI)
    assert caught.value.status_code == 404
    with pytest.raises(ollama.ResponseError, match="does not support tools"):
        client.chat("tiny", HI, tools=[{"type": "function", "function": {"name": "f"}}])
    with pytest.raises(ollama.ResponseError, match="axchat has no /api/embed") as caught:
        client.embed("tiny", "x")
    assert caught.value.status_code == 501
    with pytest.raises(ollama.ResponseError, match="axchat models pull"):
        client.pull("tiny")


@pytest.mark.parametrize("stream", [True, False])
def test_ollama_reports_a_failure_in_the_middle(stream: bool) -> None:
    """What was said arrives, then the client raises."""
    broken = Answer(["Hel", "lo"], fault=RunnerFailed("the runner died"), fault_at=2)
    said: list[str] = []

    def talk(client: ollama.Client) -> None:
        parts = client.chat("tiny", HI, stream=True) if stream else [client.chat("tiny", HI)]
        said.extend(part.message.content or "" for part in parts)

    with (
        served(lambda _: ScriptedEngine([broken])) as server,
        ollama.Client(server.url, timeout=PATIENCE_S) as client,
        pytest.raises(ollama.ResponseError, match="the runner died"),
    ):
        talk(client)
    assert "".join(said) == ("Hello" if stream else "")


@pytest.mark.parametrize("think", [None, True, False])
def test_ollama_reads_thoughts(think: bool | None) -> None:
    """A thought is apart unless the client says false."""
    with (
        served(lambda _: ScriptedEngine([THOUGHT])) as server,
        ollama.Client(server.url, timeout=PATIENCE_S) as client,
    ):
        whole = client.chat("tiny", HI, think=think).message
        parts = [part.message for part in client.chat("tiny", HI, think=think, stream=True)]
    apart = think is not False
    assert (whole.thinking, whole.content) == (
        ("hm", "Yes.") if apart else (None, "".join(map(str, THOUGHT.pieces)))
    )
    assert "".join(part.content or "" for part in parts) == whole.content
    assert "".join(part.thinking or "" for part in parts) == (whole.thinking or "")


def test_leaving_the_stream_ends_the_answer(client: ollama.Client, engine: HoldingEngine) -> None:
    """Closing the client's iterator frees the card for the next request."""
    stream = client.chat("tiny", [{"role": "user", "content": HOLD_INSIDE}], stream=True)
    assert next(stream).message.content == "echo:"
    assert engine.begun.get(timeout=PATIENCE_S) == HOLD_INSIDE
    stream.close()  # type: ignore[attr-defined]
    assert engine.ended.get(timeout=PATIENCE_S) == HOLD_INSIDE
    assert client.chat("tiny", HI).message.content == "echo: one two"


def test_ollama_asynchronously(server: Served, engine: HoldingEngine) -> None:
    """The asynchronous client: many at once, a stream, and one that is cancelled."""

    async def talk() -> None:
        async with ollama.AsyncClient(server.url, timeout=PATIENCE_S) as client:
            await converse(client)

    async def converse(client: ollama.AsyncClient) -> None:
        answers = await asyncio.gather(
            *(client.chat("tiny", [{"role": "user", "content": f"number {n}"}]) for n in range(16))
        )
        assert [answer.message.content for answer in answers] == [f"echo: number {n}" for n in range(16)]
        held = asyncio.create_task(_collect(client, HOLD_INSIDE))
        while (await asyncio.to_thread(engine.begun.get, timeout=PATIENCE_S)) != HOLD_INSIDE:
            pass
        held.cancel()
        with pytest.raises(asyncio.CancelledError):
            await held
        assert await _collect(client, "one two") == "echo: one two"

    asyncio.run(talk())


async def _collect(client: ollama.AsyncClient, text: str) -> str:
    said = ""
    async for part in await client.chat("tiny", [{"role": "user", "content": text}], stream=True):
        said += part.message.content or ""
    return said


def curl(server: Served, path: str, *options: str) -> str:
    """What curl prints."""
    argv = [
        "curl",
        "--silent",
        "--show-error",
        "--max-time",
        "60",
        "--noproxy",
        "*",
        server.url + path,
        *options,
    ]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def test_curl_without_a_content_type(server: Served) -> None:
    """Ollama's examples let curl send a form's content type."""
    lines = curl(server, "/api/generate", "-d", '{"model": "tiny", "prompt": "one two"}').splitlines()
    assert "".join(json.loads(line)["response"] for line in lines) == "echo: one two"
    body = '{"model": "tiny", "messages": [{"role": "user", "content": "hi"}], "stream": false}'
    assert json.loads(curl(server, "/api/chat", "-d", body))["message"]["content"] == "echo: hi"
    body = '{"model": "tiny"}'
    assert json.loads(curl(server, "/api/show", "-H", "Content-Type:", "-d", body))["capabilities"]
    assert curl(server, "/") == "Ollama is running"


LITELLM = """
import json, sys
import litellm

url, model = sys.argv[1:]
asked = {
    "model": "ollama_chat/" + model,
    "messages": [{"role": "user", "content": "one two"}],
    "api_base": url,
    "num_retries": 0,
}
try:
    whole = litellm.completion(**asked, temperature=0.5, max_tokens=2, seed=1)
except litellm.APIConnectionError as error:
    sys.exit(f"refused: {error}")
parts = list(litellm.completion(**asked, stream=True))
deltas = [part.choices[0].delta for part in parts]
print(json.dumps({
    "text": whole.choices[0].message.content,
    "thought": getattr(whole.choices[0].message, "reasoning_content", None),
    "finish_reason": whole.choices[0].finish_reason,
    "tokens": [whole.usage.prompt_tokens, whole.usage.completion_tokens],
    "stream": "".join(delta.content or "" for delta in deltas),
    "stream_thought": "".join(getattr(delta, "reasoning_content", None) or "" for delta in deltas),
    "stream_finish_reason": parts[-1].choices[0].finish_reason,
}))
"""


def litellm(server: Served, model: str = "tiny") -> subprocess.CompletedProcess[str]:
    """LiteLLM's ollama_chat provider in a process of its own, which must not ask the internet for prices."""
    environment = os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    argv = [sys.executable, "-c", LITELLM, server.url, model]
    return subprocess.run(argv, capture_output=True, text=True, env=environment, timeout=2 * PATIENCE_S)


def test_litellm_completes(server: Served) -> None:
    """An answer with a limit, a stream, counts, and reasons."""
    done = litellm(server)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "text": "echo: one",
        "thought": None,
        "finish_reason": "length",
        "tokens": [2, 2],
        "stream": "echo: one two",
        "stream_thought": "",
        "stream_finish_reason": "stop",
    }


def test_litellm_reads_thoughts() -> None:
    """A thought becomes reasoning_content."""
    with served(lambda _: ScriptedEngine([THOUGHT], capabilities=Capabilities())) as server:
        done = litellm(server)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["thought"], told["text"]) == ("hm", "Yes.")
    assert (told["stream_thought"], told["stream"]) == ("hm", "Yes.")


def test_litellm_reports_errors(server: Served) -> None:
    """Our words reach the user."""
    done = litellm(server, "none")
    assert done.returncode == 1
    assert "model 'none' not found" in done.stderr


def test_what_open_webui_asks(server: Served) -> None:
    """The calls of Open WebUI's backend, with the fields that it reads and the way in which it reads them.

    Its source (backend/open_webui/routers/ollama.py, utils/response.py) is where they come from.
    """
    with httpx.Client(base_url=server.url, headers={"Content-Type": "application/json"}, timeout=60) as http:
        version = http.get("/api/version").json()["version"]
        assert tuple(map(int, re.sub(r"^v|-.*", "", version).split(".")))
        models = {model["model"]: model for model in http.get("/api/tags").json()["models"]}
        assert models["tiny:latest"]["name"] == "tiny:latest"
        chat = {
            "model": "tiny:latest",
            "messages": HI,
            "stream": True,
            "options": {"temperature": 0.8, "num_ctx": 2048, "stop": ["</s>"]},
            "keep_alive": "5m",
            "format": None,
            "think": None,
            "tools": None,
        }
        with http.stream("POST", "/api/chat", json=chat, headers={"Authorization": "Bearer none"}) as answer:
            parts = [json.loads(line) for line in answer.iter_lines()]
        assert "".join(part["message"]["content"] for part in parts) == "echo: one two"
        last = parts[-1]
        for name in ("prompt_eval_count", "eval_count", "prompt_eval_duration", "eval_duration"):
            assert int(last[name]) >= 0
        for model in http.get("/api/ps").json()["models"]:
            assert int(datetime.fromisoformat(model["expires_at"]).timestamp()) > 0
        assert http.post("/api/show", json={"name": "tiny:latest"}).json()["details"]
        unloaded = http.post("/api/generate", json={"model": "tiny:latest", "keep_alive": 0, "prompt": ""})
        assert unloaded.json()["done_reason"] == "unload"


def test_a_model_that_sees_gets_the_pictures() -> None:
    """The client sends a picture's bytes, and the engine gets a file of them."""
    picture = b"\x89PNG\r\n\x1a\n..."
    seen: list[bytes] = []

    def look(request: Request) -> Answer:
        seen.extend(Path(image).read_bytes() for image in request.messages[-1].images)
        return Answer(["a dot"])

    with (
        served(lambda _: ScriptedEngine(look, capabilities=Capabilities(images=True))) as server,
        ollama.Client(server.url, timeout=PATIENCE_S) as client,
    ):
        message = {"role": "user", "content": "what?", "images": [picture]}
        assert client.chat("tiny", [message]).message.content == "a dot"
        assert client.generate("tiny", "what?", images=[picture]).response == "a dot"
    assert seen == [picture, picture]


@pytest.mark.model
def test_ollama_on_a_real_model(small_model: Path) -> None:
    """The CPU engine: text, exact counts, durations, a schema, what the files say, and what it takes up."""
    cat = {
        "type": "object",
        "properties": {"name": {"type": "string", "maxLength": 20}, "age": {"type": "integer"}},
        "required": ["name", "age"],
        "additionalProperties": False,
    }
    spec = ModelSpec("smollm2", "cpu", str(small_model), (("cpu_context", 2048),))
    with (
        served(lambda _: CpuEngine(small_model, context=2048), spec) as server,
        ollama.Client(server.url, timeout=PATIENCE_S) as client,
    ):
        parts = list(
            client.generate("smollm2", "Say hello.", stream=True, options={"num_predict": 5, "seed": 1})
        )
        last = parts[-1]
        assert "".join(part.response or "" for part in parts)
        assert (last.done_reason, last.eval_count) == ("length", 5)
        assert last.prompt_eval_count is not None
        assert last.prompt_eval_count > 5
        assert min(last.load_duration or 0, last.prompt_eval_duration or 0, last.eval_duration or 0) > 0
        asked = [{"role": "user", "content": "Describe a cat. Answer in JSON."}]
        told = client.chat("smollm2", asked, format=cat, options={"temperature": 0, "num_predict": 120})
        assert json.loads(told.message.content or "").keys() == {"name", "age"}
        told = client.chat("smollm2", asked, format="json", options={"temperature": 0, "num_predict": 5})
        assert (told.message.content or "").startswith("{")
        with pytest.raises(ollama.ResponseError, match="cannot keep to this schema") as caught:
            client.chat("smollm2", asked, format={"type": "nonsense"}, stream=False)
        assert caught.value.status_code == 400
        (running,) = client.ps().models
        assert (running.size, running.size_vram) == (small_model.stat().st_size, 0)
        assert running.context_length == 2048
        shown = client.show("smollm2")
        assert shown.details is not None
        assert (shown.details.family, shown.details.quantization_level) == ("llama", "Q4_1")
        assert shown.modelinfo is not None
        assert shown.modelinfo["llama.context_length"] == 8192
