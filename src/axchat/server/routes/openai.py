"""OpenAI's API: models, chat completions, text completions. See docs/api.md."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from axchat.engines.base import Request
from axchat.errors import AxchatError, NotSupported, UsageError
from axchat.server.answer import Answer
from axchat.server.clients import client_of
from axchat.server.complaints import complaint
from axchat.server.holder import Holder
from axchat.server.images import ImageFiles
from axchat.server.openai_reply import Form, Question, Reply, StreamedReply, WholeReply
from axchat.server.openai_values import (
    chat_messages,
    completion_messages,
    has_images,
    keep_alive_s,
    sampling_of,
    schema_of,
    think_of,
    without_effect,
)
from axchat.server.refusal import refused
from axchat.server.schemas.openai import (
    ChatRequest,
    CompletionRequest,
    EmbeddingsRequest,
    SamplingParameters,
)
from axchat.server.schemas.openai_answers import (
    ChatCompletion,
    ErrorAnswer,
    Model,
    ModelList,
    TextCompletion,
)
from axchat.wire.holder import ModelSpec
from axchat.wire.openai_answer import Head


class OpenAIRoute(APIRoute):
    """A route whose errors have OpenAI's shape."""

    def get_route_handler(self) -> Callable[[HttpRequest], Coroutine[Any, Any, Response]]:
        """See ``APIRoute``."""
        handler = super().get_route_handler()

        async def handle(http: HttpRequest) -> Response:
            try:
                return await handler(http)
            except AxchatError as error:
                return refused(error)
            except RequestValidationError as error:
                message, param = complaint(error.errors())
                return refused(UsageError(message, param=param))
            except HTTPException as error:  # a body that cannot be read at all
                if error.status_code != 400:
                    raise
                return refused(UsageError(f"the body is not JSON: {error.detail}"))

        return handle


AllowReload = Annotated[
    bool,
    Header(
        alias="X-Axchat-Allow-Reload", description="whether a sampling value may cost a load of the model"
    ),
]
Progress = Annotated[
    Literal["comments", "none"],
    Header(
        alias="X-Axchat-Progress",
        description="`none`: a streamed answer begins with its first text; an error before it is a status",
    ),
]

_ERRORS: dict[int | str, dict[str, Any]] = {"4XX": {"model": ErrorAnswer}, "5XX": {"model": ErrorAnswer}}


def _answers(kind: type) -> dict[int | str, dict[str, Any]]:
    return {200: {"model": kind, "content": {"text/event-stream": {}}}, **_ERRORS}


def openai_router(holder: Holder, *, reasoning_inline: bool = False) -> APIRouter:
    """The routes under ``/v1``.

    Args:
        holder: what they ask.
        reasoning_inline: leave ``<think>`` blocks in the text unless a request says otherwise.
    """
    router = APIRouter(prefix="/v1", route_class=OpenAIRoute, tags=["OpenAI"])
    started_at = int(time.time())

    @router.get("/models", response_model=ModelList, responses=_ERRORS)
    async def models() -> dict[str, object]:
        """The models that requests may name."""
        loaded, known = holder.status().spec, await asyncio.to_thread(holder.models.all)
        return {
            "object": "list",
            "data": [_model(name, spec, spec == loaded, started_at) for name, spec in known.items()],
        }

    @router.get("/models/{name:path}", response_model=Model, responses=_ERRORS)
    async def model(name: str) -> dict[str, object]:
        """One of them."""
        spec = await holder.find(name)
        return _model(name, spec, spec == holder.status().spec, started_at)

    @router.post("/chat/completions", responses=_answers(ChatCompletion), response_class=Response)
    async def chat(
        http: HttpRequest,
        body: ChatRequest,
        allow_reload: AllowReload = False,
        progress: Progress = "comments",
    ) -> Response:
        """Answer a conversation, whole or streamed."""
        wanted = body.reasoning_format
        is_inline = reasoning_inline if wanted is None else wanted == "none"

        async def make(images: ImageFiles) -> Request:
            if has_images(body):
                messages = await asyncio.to_thread(chat_messages, body, images.write)
            else:
                messages = chat_messages(body, images.write)
            return Request(messages, sampling_of(body), schema=schema_of(body), think=think_of(body)[0])

        form = Form(
            _head("chatcmpl", body),
            parts_thought=not is_inline,
            with_usage=_with_usage(body),
            with_comments=progress == "comments",
            ignored=without_effect(body),
            think_names=think_of(body)[1],
        )
        return await _reply(holder, http, body, make, form, allow_reload)

    @router.post("/completions", responses=_answers(TextCompletion), response_class=Response)
    async def completions(
        http: HttpRequest,
        body: CompletionRequest,
        allow_reload: AllowReload = False,
        progress: Progress = "comments",
    ) -> Response:
        """Answer a prompt, as one user message."""

        async def make(_: ImageFiles) -> Request:
            return Request(completion_messages(body), sampling_of(body), think=think_of(body)[0])

        form = Form(
            _head("cmpl", body),
            is_chat=False,
            with_usage=_with_usage(body),
            with_comments=progress == "comments",
            ignored=without_effect(body),
            think_names=think_of(body)[1],
        )
        return await _reply(holder, http, body, make, form, allow_reload)

    @router.post("/embeddings", responses=_ERRORS, response_class=Response)
    async def embeddings(_: EmbeddingsRequest) -> Response:
        """Not supported: the engines make text."""
        raise NotSupported(
            "axchat makes no embeddings: its engines run chat models", hint="use another server"
        )

    return router


async def _reply(
    holder: Holder,
    http: HttpRequest,
    body: SamplingParameters,
    make: Callable[[ImageFiles], Awaitable[Request]],
    form: Form,
    allow_reload: bool,
) -> Reply:
    spec = await holder.find(body.model)

    def ask(request: Request) -> Answer:
        return holder.ask(
            spec,
            request,
            client=client_of(http, body.user),
            keep_alive_s=keep_alive_s(body),
            allows_reload=allow_reload,
        )

    return (StreamedReply if body.stream else WholeReply)(Question(make, ask), form)


def _with_usage(body: SamplingParameters) -> bool:
    return body.stream_options is not None and bool(body.stream_options.include_usage)


def _head(kind: str, body: SamplingParameters) -> Head:
    return Head(f"{kind}-{uuid.uuid4().hex}", body.model, int(time.time()))


def _model(name: str, spec: ModelSpec, is_loaded: bool, started_at: int) -> dict[str, object]:
    return {
        "id": name,
        "object": "model",
        "created": started_at,
        "owned_by": "axchat",
        "axchat": {"engine": spec.engine, "is_loaded": is_loaded},
    }
