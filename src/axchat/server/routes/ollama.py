"""Ollama's API: what Open WebUI, ollama-python and editors call. The table of it all: docs/api-ollama.md."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse, Response

from axchat import __version__
from axchat.errors import AxchatError, ModelError, UsageError
from axchat.server.clients import client_of
from axchat.server.holder import Holder
from axchat.server.model_facts import facts_about
from axchat.server.routes.ollama_document import RELOAD_HEADER, document
from axchat.server.routes.ollama_reply import OllamaReply, json_response, refused
from axchat.server.schemas.ollama import ChatBody, GenerateBody, ShowBody, parse
from axchat.server.schemas.ollama_models import listed, running, shown
from axchat.server.schemas.ollama_order import OllamaOrder, chat_order, generate_order
from axchat.wire.holder import ModelSpec
from axchat.wire.ollama import API_VERSION

RUNNING = "Ollama is running"
"""Clients compare the text at / with this one to find the API."""

ABSENT = {
    "pull": "fetch a model with axchat models pull",
    "push": None,
    "create": None,
    "copy": None,
    "delete": "remove the model's files",
    "blobs/{digest:path}": None,
    "embed": "axchat has no embeddings",
    "embeddings": "axchat has no embeddings",
}
"""Endpoints of Ollama that are not here, and what to do instead."""

USER_HEADER = "X-OpenWebUI-User-Id"
"""Open WebUI's word for who asks: its users take turns like clients of their own."""

_MAX_USER_CHARACTERS = 100

_TRUTH = {"true": True, "1": True, "false": False, "0": False}

_ANY = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

Endpoint = Callable[[HttpRequest], Awaitable[Response]]


class _Endpoints:
    """The endpoints, all in the event loop's thread."""

    def __init__(self, holder: Holder) -> None:
        self._holder = holder

    async def root(self) -> Response:
        return PlainTextResponse(RUNNING)

    async def version(self) -> Response:
        return json_response({"version": API_VERSION, "axchat": __version__})

    async def tags(self) -> Response:
        def look() -> list[dict[str, Any]]:
            known = self._holder.models.all()
            facts = {spec: facts_about(spec) for spec in known.values()}
            return [listed(name, facts[spec]) for name, spec in known.items()]

        return json_response({"models": await asyncio.to_thread(look)})

    async def ps(self) -> Response:
        status = self._holder.status()
        models: list[dict[str, Any]] = []
        if status.model is not None and status.spec is not None:
            name = await asyncio.to_thread(self._holder.models.listed_name, status.spec)
            facts = await asyncio.to_thread(facts_about, status.spec)
            models = [running(status, name, status.spec, facts, datetime.now(UTC))]
        return json_response({"models": models})

    async def show(self, http: HttpRequest) -> Response:
        body = parse(ShowBody, await http.body())
        name = body.model or body.name
        if not name:
            raise UsageError("model is required")
        spec, status = await _found(self._holder, name), self._holder.status()
        facts = await asyncio.to_thread(facts_about, spec)
        return json_response(shown(facts, status.capabilities if status.spec == spec else None))

    async def chat(self, http: HttpRequest) -> Response:
        return await self._reply(http, chat_order(parse(ChatBody, await http.body())))

    async def generate(self, http: HttpRequest) -> Response:
        return await self._reply(http, generate_order(parse(GenerateBody, await http.body())))

    async def _reply(self, http: HttpRequest, order: OllamaOrder) -> Response:
        return OllamaReply(
            self._holder,
            await _found(self._holder, order.model),
            order,
            client=client_of(http, http.headers.get(USER_HEADER, "")[:_MAX_USER_CHARACTERS]),
            allows_reload=_allows_reload(http),
        )


def ollama_routes(holder: Holder) -> APIRouter:
    """The routes of Ollama's API; what is not there answers in its shape, too."""
    router = APIRouter(tags=["Ollama"])
    here = _Endpoints(holder)

    def add(path: str, endpoint: Callable[..., Any], methods: list[str], **described: Any) -> None:
        router.add_api_route(path, endpoint, methods=methods, response_model=None, **described)

    telling = {"/": here.root, "/api/version": here.version, "/api/tags": here.tags, "/api/ps": here.ps}
    for path, endpoint in telling.items():
        add(path, endpoint, ["GET"], **document(endpoint.__name__))
        add(path, endpoint, ["HEAD"], include_in_schema=False)
    for asking in (here.show, here.chat, here.generate):
        add(f"/api/{asking.__name__}", _guarded(asking), ["POST"], **document(asking.__name__))
    for name, instead in ABSENT.items():
        add(f"/api/{name}", _absent(name, instead), _ANY, include_in_schema=False)
    add("/api/{path:path}", _nothing, _ANY, include_in_schema=False)
    return router


async def _found(holder: Holder, name: str) -> ModelSpec:
    """The model, or Ollama's words for there is none.

    Raises:
        ModelError: there is none.
    """
    try:
        return await holder.find(name)
    except ModelError as error:
        raise ModelError(f"model '{name[:100]}' not found", hint=error.hint) from error


def _allows_reload(http: HttpRequest) -> bool:
    """Whether a sampling value may cost a load.

    Raises:
        UsageError: the header is no truth value.
    """
    told = http.headers.get(RELOAD_HEADER, "false")
    if told.lower() not in _TRUTH:
        raise UsageError(f"{RELOAD_HEADER} is true or false, not {told[:40]!r}")
    return _TRUTH[told.lower()]


def _guarded(endpoint: Endpoint) -> Endpoint:
    """The endpoint, with errors as Ollama's clients read them."""

    async def answer(http: HttpRequest) -> Response:
        try:
            return await endpoint(http)
        except AxchatError as error:
            return refused(error)

    return answer


def _absent(name: str, instead: str | None) -> Endpoint:
    async def answer(_: HttpRequest) -> Response:
        shown_name = name.partition("/")[0]
        said = f"axchat has no /api/{shown_name}" + (f": {instead}" if instead else "")
        return json_response({"error": said, "axchat": {"id": "not-implemented"}}, 501)

    return answer


_METHODS = {"version": "GET", "tags": "GET", "ps": "GET", "show": "POST", "chat": "POST", "generate": "POST"}


async def _nothing(http: HttpRequest) -> Response:
    path = http.path_params["path"]
    method = _METHODS.get(path)
    if method is not None:
        said = {"error": f"/api/{path} is asked with {method}", "axchat": {"id": "method"}}
        return json_response(said, 405, {"Allow": "GET, HEAD" if method == "GET" else method})
    return json_response(
        {"error": f"no such endpoint: /api/{path[:100]}", "axchat": {"id": "not-found"}}, 404
    )
