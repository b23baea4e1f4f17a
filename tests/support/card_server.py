"""Stands in for ``axchat serve`` until its routes are mounted: the scripted engine, one request at a time."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from axchat.deadline import Deadline
from axchat.engines.base import Request as Asked
from axchat.engines.scripted import from_settings
from axchat.events import TextDelta
from axchat.messages import Message, Role, Sampling

_card = asyncio.Lock()


def _is_allowed(request: Request) -> bool:
    return request.headers.get("authorization") == f"Bearer {os.environ['AXCHAT_SERVE_KEY']}"


async def _tokens(limit: int) -> AsyncIterator[str]:
    asked = Asked([Message(Role.USER, "hello")], Sampling(max_tokens=limit), Deadline(None))
    async with _card:
        events = from_settings().generate(asked)
        while (event := await asyncio.to_thread(next, events, None)) is not None:
            if isinstance(event, TextDelta):
                yield event.text


def _body(kind: str, choice: dict[str, object]) -> dict[str, object]:
    head = {"id": "chatcmpl-1", "object": kind, "created": int(time.time()), "model": "scripted"}
    return {**head, "choices": [{"index": 0, **choice}]}


async def _events(first: str, rest: AsyncIterator[str]) -> AsyncIterator[str]:
    def event(delta: dict[str, str], reason: str | None = None) -> str:
        chunk = _body("chat.completion.chunk", {"delta": delta, "finish_reason": reason})
        return f"data: {json.dumps(chunk)}\n\n"

    yield event({"role": "assistant", "content": first})
    async for text in rest:
        yield event({"content": text})
    yield event({}, "stop")
    yield "data: [DONE]\n\n"


async def _chat(request: Request) -> Response:
    if not _is_allowed(request):
        return JSONResponse({"error": {"message": "wrong key"}}, 401)
    body = await request.json()
    tokens = _tokens(body["max_tokens"])
    first = await anext(tokens)
    if body.get("stream"):
        return StreamingResponse(_events(first, tokens), media_type="text/event-stream")
    text = first + "".join([text async for text in tokens])
    message = {"role": "assistant", "content": text}
    return JSONResponse(_body("chat.completion", {"message": message, "finish_reason": "stop"}))


async def _models(request: Request) -> Response:
    if not _is_allowed(request):
        return JSONResponse({"error": {"message": "wrong key"}}, 401)
    return JSONResponse({"object": "list", "data": [{"id": "scripted", "object": "model"}]})


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ready"})


if __name__ == "__main__":
    app = Starlette(
        routes=[
            Route("/health", _health),
            Route("/v1/models", _models),
            Route("/v1/chat/completions", _chat, methods=["POST"]),
        ]
    )
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="info")
