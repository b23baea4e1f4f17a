"""Two servers behind a real HAProxy with the documented configuration: what the end of one costs."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from axchat.engines.scripted import from_settings
from support.debian_tools import Tool
from support.gateway import PATIENCE_S, Program, configured, serve
from support.ports import free_port

SCALE_OUT = Path(__file__).parents[2] / "docs/scale-out"
DOCUMENTED = SCALE_OUT / "haproxy.cfg"
ROUTER = Path(__file__).parents[1] / "support/litellm_router.py"
KEY = "key-of-the-scale-out-test"
REQUESTS = 36
"""At once; at least 30 are under way when a server is killed."""

TOKENS = 16
"""Of an answer: 0.2 s to the first, 0.03 s for each further one."""


@dataclass
class Asked:
    """One request, as its client sees it."""

    number: int
    card: str | None = None
    text: str = ""
    status: int = 0
    error: str = ""
    is_complete: bool = False


@dataclass
class Rack:
    """Two cards and their gateway."""

    folder: Path
    ports: list[int]
    url: str = ""
    cards: dict[str, Program] = field(default_factory=dict)
    gateway: Program | None = None

    def start_card(self, name: str) -> None:
        """Start a server that listens where the gateway looks for this card."""
        port = self.ports[int(name.removeprefix("card")) - 1]
        self.cards[name] = serve(port, self.folder / name, KEY)

    def kill_card(self, name: str) -> None:
        """End a server as a power cut does; gone when this returns."""
        self.cards.pop(name).end(signal.SIGKILL)


@pytest.fixture
def cards(tmp_path: Path) -> Iterator[Rack]:
    """Both cards run."""
    made = Rack(tmp_path, [free_port(), free_port()])
    try:
        for name in ("card1", "card2"):
            made.start_card(name)
        yield made
    finally:
        for program in made.cards.values():
            program.end(signal.SIGKILL)


@pytest.fixture
def rack(debian_tool: Callable[[str], Tool], cards: Rack) -> Iterator[Rack]:
    """Both cards and HAProxy run."""
    tool = debian_tool("haproxy")
    # handed over as it listens already: no request can come too early
    with socket.create_server(("127.0.0.1", 0)) as listening:
        cards.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = cards.folder / "haproxy.cfg"
        config.write_text(configured(DOCUMENTED.read_text(), f"fd@{listening.fileno()}", cards.ports))
        command = [tool.path, "-f", config]
        with Program(command, {**os.environ, **tool.env}, pass_fds=[listening.fileno()]) as cards.gateway:
            yield cards


def _client(rack: Rack, key: str = KEY) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=rack.url,
        headers={"Authorization": f"Bearer {key}", "Host": "gateway.example:8080"},
        timeout=PATIENCE_S * 2,
        limits=httpx.Limits(max_connections=None),
        trust_env=False,
    )


def _body(*, stream: bool, tokens: int = TOKENS, text: str = "hello") -> dict[str, object]:
    return {
        "model": "scripted",
        "stream": stream,
        "max_tokens": tokens,
        "messages": [{"role": "user", "content": text}],
    }


def _expected(tokens: int = TOKENS) -> str:
    from axchat.deadline import Deadline
    from axchat.engines.base import Request
    from axchat.events import TextDelta
    from axchat.messages import Message, Role, Sampling

    request = Request([Message(Role.USER, "hello")], Sampling(max_tokens=tokens), Deadline(None))
    engine = from_settings(load_s=0, first_token_s=0, token_s=0)
    return "".join(event.text for event in engine.generate(request) if isinstance(event, TextDelta))


async def _ask(
    client: httpx.AsyncClient,
    asked: Asked,
    body: dict[str, object],
    *,
    on_text: Callable[[Asked], object] = lambda _: None,
    on_end: Callable[[Asked], object] = lambda _: None,
) -> Asked:
    """One request to its end; what went wrong is in the result."""
    try:
        async with client.stream("POST", "/v1/chat/completions", json=body) as response:
            asked.status = response.status_code
            asked.card = response.headers.get("x-axchat-card")
            if response.status_code != 200 or not body["stream"]:
                whole = json.loads(await response.aread())
                if response.status_code == 200:
                    asked.text = whole["choices"][0]["message"]["content"]
                    asked.is_complete = True
                else:
                    asked.error = whole["error"]["message"]
            else:
                await _read_stream(response, asked, on_text)
    except httpx.HTTPError as error:
        asked.error = type(error).__name__
    if asked.is_complete:
        on_end(asked)
    return asked


async def _read_stream(response: httpx.Response, asked: Asked, on_text: Callable[[Asked], object]) -> None:
    async for line in response.aiter_lines():
        if line == "data: [DONE]":
            asked.is_complete = True
        elif line.startswith("data: "):
            choices = json.loads(line.removeprefix("data: ")).get("choices")
            if choices and (text := choices[0]["delta"].get("content")):
                asked.text += text
                on_text(asked)


def test_the_documented_configuration_is_valid(debian_tool: Callable[[str], Tool], tmp_path: Path) -> None:
    """HAProxy itself has nothing to say about it, as documented except for a place for its log."""
    tool = debian_tool("haproxy")
    config = tmp_path / "haproxy.cfg"
    config.write_text(configured(DOCUMENTED.read_text(), ":8080", [1, 2]))

    done = subprocess.run(
        [tool.path, "-c", "-f", config],
        env={**os.environ, **tool.env},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Configuration file is valid\n"


@pytest.mark.slow
def test_only_the_answer_that_streamed_is_lost_with_a_card(rack: Rack) -> None:
    """One of two servers is killed while it streams, with 20 requests and more under way.

    The one answer that came from it ends with an error; all others, streamed or not, are complete and exact.
    Started again, it answers again.
    """
    states = [Asked(number) for number in range(REQUESTS)]
    under_way: list[int] = []
    lost: list[Asked] = []

    def kill_at_first_text(asked: Asked) -> None:
        if asked.card == "card2" and not lost:
            lost.append(asked)
            under_way.append(sum(not one.is_complete for one in states))
            rack.kill_card("card2")

    async def load() -> None:
        async with _client(rack) as client:
            # every fourth is not streamed
            await asyncio.gather(
                *(
                    _ask(client, one, _body(stream=one.number % 4 != 3), on_text=kill_at_first_text)
                    for one in states
                )
            )

    asyncio.run(load())

    assert under_way[0] >= 20
    failed = [one for one in states if not one.is_complete]
    assert failed == lost
    assert lost[0].error == "RemoteProtocolError"
    assert _expected().startswith(lost[0].text)
    assert {one.text for one in states if one.is_complete} == {_expected()}

    rack.start_card("card2")
    assert rack.gateway
    rack.gateway.wait_for("Server cards/card2 is UP")
    assert _cards_that_answer(rack) == {"card1", "card2"}


def _cards_that_answer(rack: Rack) -> set[str | None]:
    """Who answers two requests at once: with one request for each card, both do."""

    async def both() -> list[Asked]:
        async with _client(rack) as client:
            return await asyncio.gather(
                *(_ask(client, Asked(n), _body(stream=True, tokens=4)) for n in range(2))
            )

    return {one.card for one in asyncio.run(both()) if one.is_complete}


def test_a_card_that_ends_before_the_first_word_costs_nothing(rack: Rack) -> None:
    """A server killed between two answers loses none: what it had just been given goes to the other.

    The requests are large: 200,000 bytes still fit into the buffer from which they are sent again.
    """
    states = [Asked(number) for number in range(12)]
    killed: list[Asked] = []

    def kill_after_an_answer(asked: Asked) -> None:
        if asked.card == "card2" and not killed:
            killed.append(asked)
            rack.kill_card("card2")

    async def load() -> None:
        async with _client(rack) as client:
            body = _body(stream=True, text="x" * 200_000)
            await asyncio.gather(*(_ask(client, one, body, on_end=kill_after_an_answer) for one in states))

    asyncio.run(load())

    assert killed
    cut = [one for one in states if not one.is_complete]
    assert all(one.text for one in cut), "a request was lost before its first word"
    assert len(cut) <= 1
    assert {one.text for one in states if one.is_complete} == {_expected()}


def test_without_a_card_the_gateway_says_so(rack: Rack) -> None:
    """Both servers gone: an error in OpenAI's shape with a time to try again, not a page of HTML."""
    rack.kill_card("card1")
    rack.kill_card("card2")

    with httpx.Client(base_url=rack.url, trust_env=False, timeout=PATIENCE_S) as client:
        answer = client.post("/v1/chat/completions", json=_body(stream=False))

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "10"
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["error"]["code"] == "gateway"


def test_the_key_goes_through(rack: Rack) -> None:
    """The gateway holds no key: a wrong one is refused by the card, the right one lists the models."""

    async def ask(key: str) -> int:
        async with _client(rack, key) as client:
            return (await client.get("/v1/models")).status_code

    assert asyncio.run(ask("wrong")) == 401
    assert asyncio.run(ask(KEY)) == 200


def test_a_list_of_models_does_not_wait_for_a_card(rack: Rack) -> None:
    """With both cards busy and a request in the queue, a list of models is answered before them."""

    async def load() -> list[str]:
        order: list[str] = []
        async with _client(rack) as client:
            started = asyncio.Event()

            async def generate(number: int) -> None:
                await _ask(
                    client, Asked(number), _body(stream=True, tokens=40), on_text=lambda _: started.set()
                )
                order.append("answer")

            tasks = [asyncio.create_task(generate(number)) for number in range(4)]
            await asyncio.wait_for(started.wait(), PATIENCE_S)
            await client.get("/v1/models")
            order.append("models")
            await asyncio.gather(*tasks)
        return order

    assert asyncio.run(load())[0] == "models"


@pytest.mark.slow
def test_litellm_s_router_tries_the_other_card(cards: Rack) -> None:
    """LiteLLM's router with the documented model list loses at most the answer that streamed.

    The router is the part of LiteLLM's proxy that reads the list; the proxy itself is no part of the tests.
    """
    config = cards.folder / "litellm.yaml"
    text = (SCALE_OUT / "litellm.yaml").read_text().replace("openai/Qwen2.5-1.5B-Instruct", "openai/scripted")
    for number, port in enumerate(cards.ports, 1):
        text = text.replace(f"192.168.1.2{number}:11435", f"127.0.0.1:{port}")
    assert "192.168." not in text
    config.write_text(text)

    env = {**os.environ, "AXCHAT_SERVE_KEY": KEY}
    with Program([sys.executable, ROUTER, config, "32", str(TOKENS)], env) as router:
        router.wait_for(f"first text from http://127.0.0.1:{cards.ports[1]}/")
        cards.kill_card("card2")
        router.wait_for(r"(?m)^\[.*\]$")
        found = json.loads(router.printed.splitlines()[-1])

    failed = [one for one in found if one["error"] is not None]
    assert len(failed) <= 1
    assert all(one["text"] for one in failed), "a request was lost before its first word"
    assert {one["text"] for one in found if one["error"] is None} == {_expected()}
