"""Ollama's endpoints over HTTP: what is there answers in Ollama's words, and so does what is not."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from axchat.engines.base import Capabilities
from axchat.engines.scripted import ScriptedEngine
from axchat.server.routes.ollama import ABSENT
from axchat.wire.holder import ModelSpec
from support.holding_engine import HoldingEngine
from support.ollama_server import SCRIPTED, Served, served

ASK = {"model": "tiny", "messages": [{"role": "user", "content": "one two"}], "stream": False}


@pytest.fixture
def server() -> Iterator[Served]:
    """Two models whose engine echoes."""
    with served(lambda _: HoldingEngine(), SCRIPTED, ModelSpec("other", "scripted", None)) as served_here:
        yield served_here


@pytest.fixture
def http(server: Served) -> Iterator[httpx.Client]:
    """A client of that server."""
    with httpx.Client(base_url=server.url, timeout=60) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/api/version", "/api/tags", "/api/ps"])
def test_probes(http: httpx.Client, path: str) -> None:
    """Clients look for the API with GET or HEAD."""
    got = http.get(path)
    assert got.status_code == 200
    head = http.head(path)
    assert (head.status_code, head.content) == (200, b"")
    if path == "/":
        assert got.text == "Ollama is running"


def test_the_version_is_numbers(http: httpx.Client) -> None:
    """Open WebUI parts it at the points and compares numbers."""
    version = http.get("/api/version").json()["version"]
    assert tuple(map(int, version.split("."))) >= (0, 6, 4)


def test_tags_ps_and_show(http: httpx.Client) -> None:
    """All models are listed, the loaded one runs, each can be shown by its name with and without a tag."""
    names = [model["name"] for model in http.get("/api/tags").json()["models"]]
    assert names == ["tiny:latest", "other:latest"]
    assert http.get("/api/ps").json() == {"models": []}
    assert http.post("/api/chat", json=ASK).status_code == 200
    assert [model["name"] for model in http.get("/api/ps").json()["models"]] == ["tiny:latest"]
    for body in ({"model": "other"}, {"name": "other:latest"}):
        shown = http.post("/api/show", json=body).json()
        assert shown["capabilities"] == ["completion"]
        assert shown["model_info"] == {}


def test_pictures_are_known_of_the_loaded_model() -> None:
    """That a model sees is told once it is loaded, and of no other."""
    able = Capabilities(images=True)
    seeing = ModelSpec("seeing", "scripted", None)
    with (
        served(lambda _: ScriptedEngine([["hi"]], capabilities=able), SCRIPTED, seeing) as server,
        httpx.Client(base_url=server.url, timeout=60) as http,
    ):
        http.post("/api/generate", json={"model": "seeing"})
        assert "vision" in http.post("/api/show", json={"model": "seeing"}).json()["capabilities"]
        assert "vision" not in http.post("/api/show", json={"model": "tiny"}).json()["capabilities"]


@pytest.mark.parametrize("name", ABSENT)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_what_is_not_there_says_so(http: httpx.Client, name: str, method: str) -> None:
    """Endpoints of Ollama that axchat does not have answer 501 in Ollama's shape."""
    answer = http.request(method, "/api/" + name.replace("{digest:path}", "sha256:ab/cd"))
    assert answer.status_code == 501
    assert answer.json()["error"].startswith(f"axchat has no /api/{name.partition('/')[0]}")


def test_other_paths_and_methods(http: httpx.Client) -> None:
    """An unknown path is 404, a wrong method 405 with the right one, both as JSON."""
    answer = http.post("/api/nothing/here", content=b"x")
    assert (answer.status_code, answer.json()["error"]) == (404, "no such endpoint: /api/nothing/here")
    answer = http.get("/api/chat")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    answer = http.post("/api/tags")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert "GET" in answer.json()["error"]


@pytest.mark.parametrize("path", ["/api/chat", "/api/generate", "/api/show"])
@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"", 400, "missing request body"),
        (b"{", 400, "Invalid JSON"),
        (b"{}", 400, "model is required"),
        (b'{"model": "../../etc/passwd"}', 404, "model '../../etc/passwd' not found"),
        (b'{"model": "/etc/passwd"}', 404, "model '/etc/passwd' not found"),
        (b'{"model": "tiny:7b"}', 404, "model 'tiny:7b' not found"),
    ],
)
def test_wrong_requests(http: httpx.Client, path: str, body: bytes, status: int, error: str) -> None:
    """A bad body is 400, an unknown model 404; a name is never a path."""
    answer = http.post(path, content=body)
    assert answer.status_code == status
    assert answer.json()["error"].startswith(error)
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


def test_loading_and_unloading(http: httpx.Client, server: Served) -> None:
    """Nothing to answer loads; keep_alive tells for how long; 0 unloads."""

    def ask(path: str, **body: Any) -> Any:
        return http.post(path, json={"model": "tiny", **body}).json()

    loaded = ask("/api/chat", messages=[], keep_alive=-1)
    assert (loaded["done"], loaded["done_reason"], loaded["message"]["content"]) == (True, "load", "")
    assert http.get("/api/ps").json()["models"][0]["expires_at"].startswith("23")
    loaded = ask("/api/generate", keep_alive="1h")
    assert (loaded["done"], loaded["done_reason"], loaded["response"]) == (True, "load", "")
    status = server.holder.status()
    assert status.expires_at is not None
    assert status.since is not None
    assert 3500 < status.expires_at - status.since < 3700
    unloaded = ask("/api/generate", prompt="", keep_alive=0)
    assert (unloaded["done"], unloaded["done_reason"]) == (True, "unload")
    assert server.owner.unload(now=False).wait(60)
    assert http.get("/api/ps").json() == {"models": []}


def test_keep_alive_goes_with_each_answer(http: httpx.Client, server: Served) -> None:
    """Not only requests that load may say how long the model stays."""
    for told, seconds in {"10m": 600.0, 0: 0.0, -1: -1.0, None: None}.items():
        http.post("/api/chat", json=ASK | {"keep_alive": told})
        assert server.owner.submitted.get(timeout=60).keep_alive_s == seconds


def test_unloading_another_model_leaves_the_loaded_one(http: httpx.Client) -> None:
    """A model that is not loaded is not loaded to be unloaded."""
    http.post("/api/chat", json=ASK)
    unloaded = http.post("/api/chat", json={"model": "other", "keep_alive": 0}).json()
    assert unloaded["done_reason"] == "unload"
    assert [model["name"] for model in http.get("/api/ps").json()["models"]] == ["tiny:latest"]


def test_an_answer_in_one_piece(http: httpx.Client) -> None:
    """Without a stream there is one object with text, counts and durations."""
    answer = http.post("/api/chat", json=ASK)
    body = answer.json()
    assert body["message"] == {"role": "assistant", "content": "echo: one two"}
    assert (body["model"], body["done"], body["done_reason"]) == ("tiny", True, "stop")
    assert (body["prompt_eval_count"], body["eval_count"]) == (2, 3)
    assert body["total_duration"] > body["load_duration"] > 0
    assert "x-axchat-ignored" not in answer.headers
    again = http.post("/api/chat", json=ASK).json()
    assert again["load_duration"] == 0


def test_a_stream_is_the_default(http: httpx.Client) -> None:
    """Without stream the answer comes as NDJSON, the last line with the counts."""
    answer = http.post("/api/generate", json={"model": "tiny:latest", "prompt": "one two"})
    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert "".join(line["response"] for line in lines) == "echo: one two"
    assert [line["done"] for line in lines] == [False] * (len(lines) - 1) + [True]
    assert {line["model"] for line in lines} == {"tiny:latest"}
    assert lines[-1]["eval_count"] == 3


@pytest.mark.parametrize("stream", [True, False])
def test_what_is_ignored_is_told_twice(http: httpx.Client, stream: bool) -> None:
    """Sampling that the engine does not have, and options that nobody has, are named in head and body."""
    options = {"seed": 1, "num_predict": 2, "num_ctx": 4096, "x\r\nSet-Cookie: a": 1}
    answer = http.post("/api/chat", json=ASK | {"stream": stream, "options": options})
    last = json.loads(answer.text.splitlines()[-1])
    assert last["axchat"]["ignored"] == ["seed", "num_ctx", "?"]
    assert answer.headers["x-axchat-ignored"] == "seed, num_ctx, ?"
    assert "set-cookie" not in answer.headers
    assert (last["done_reason"], last["eval_count"]) == ("length", 2)


def test_a_reload_has_to_be_asked_for(http: httpx.Client, server: Served) -> None:
    """A sampling value that is read at the load changes only where the client accepts another load."""
    for told, allows in {"true": True, "1": True, "False": False, None: False}.items():
        headers = {} if told is None else {"X-Axchat-Allow-Reload": told}
        assert http.post("/api/chat", json=ASK, headers=headers).status_code == 200
        assert server.owner.submitted.get(timeout=60).allows_reload is allows
    refused = http.post("/api/chat", json=ASK, headers={"X-Axchat-Allow-Reload": "maybe"})
    assert (refused.status_code, refused.json()["error"][:21]) == (400, "X-Axchat-Allow-Reload")


@pytest.mark.parametrize("path", ["/api/chat", "/api/generate", "/api/show"])
def test_a_foreign_page_is_refused(http: httpx.Client, server: Served, path: str) -> None:
    """A body is read whatever its type, and a browser sends some types for any page without asking."""
    body = b'{"model": "tiny", "prompt": "x", "messages": [{"role": "user", "content": "x"}]}'
    foreign = {"Origin": "https://evil.example", "Content-Type": "text/plain"}
    answer = http.post(path, content=body, headers=foreign)
    assert (answer.status_code, answer.json()["axchat"]["id"]) == (403, "forbidden")
    assert "access-control-allow-origin" not in answer.headers
    assert server.owner.submitted.empty()
    assert http.post(path, content=body).status_code == 200


def test_users_of_open_webui_take_turns(http: httpx.Client, server: Served) -> None:
    """Behind one address, each user has a place of his own in the fair queue."""
    for user in ("ada", "bob", "ada"):
        http.post("/api/chat", json=ASK, headers={"X-OpenWebUI-User-Id": user})
    ada, bob, again = (server.owner.submitted.get(timeout=60).client for _ in range(3))
    assert ada == again != bob


def test_a_schema_that_the_engine_cannot_keep_is_refused(http: httpx.Client) -> None:
    """A format is never dropped silently: an answer of another form would break the client."""
    answer = http.post("/api/chat", json=ASK | {"format": "json"})
    assert answer.status_code == 400
    assert "JSON schema" in answer.json()["error"]
    assert answer.json()["axchat"]["id"] == "usage"


def test_pictures_for_a_blind_model_are_refused(http: httpx.Client) -> None:
    """A picture is not dropped either."""
    asked = ASK | {"messages": [{"role": "user", "content": "x", "images": ["iVBORw0KGgo="]}]}
    answer = http.post("/api/chat", json=asked)
    assert answer.status_code == 400
    assert "images" in answer.json()["error"]
