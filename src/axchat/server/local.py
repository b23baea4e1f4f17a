"""The private routes, for axchat's own commands on the Unix socket: orders in, lines of events out."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from axchat import __version__
from axchat.axcl.smi import Card
from axchat.deadline import NEVER, Deadline
from axchat.engines.base import Request
from axchat.errors import AxchatError, HolderFailed, HolderOutdated, ModelError, UsageError
from axchat.server.answer import Answer
from axchat.server.holder import Holder
from axchat.wire import holder as wire


def create_local(
    holder: Holder, *, started_at: float, device: int, latest_card: Callable[[], Card | None] = lambda: None
) -> Starlette:
    """The application of the private routes.

    Args:
        holder: what it talks to.
        started_at: when the holder was started, seconds of the wall clock.
        device: the card's index.
        latest_card: what was read of the card last, if that is not long ago; does not wait.
    """
    running: dict[str, Answer] = {}

    async def generate(http: HttpRequest) -> Response:
        order = _order(await http.body())
        _check_version(order.version, holder)
        spec = order.spec or holder.models.default()
        answer = holder.ask(
            spec,
            _request(order),
            client=order.client,
            keep_alive_s=order.keep_alive_s,
            allows_reload=order.allows_reload,
            is_lenient=False,
        )
        running[answer.job.id] = answer
        return AnswerLines(answer, lambda: running.pop(answer.job.id, None))

    async def count(http: HttpRequest) -> Response:
        """Beside the queue: it must not wait for anybody's answer."""
        order = _order(await http.body())
        spec, request = order.spec or holder.models.default(), _request(order)
        tokens = None if request is None else await asyncio.to_thread(holder.owner.count, spec, request)
        return JSONResponse({"tokens": tokens})

    async def cancel(http: HttpRequest) -> Response:
        answer = running.get(str((await http.json()).get("id")))
        if answer is not None:
            holder.owner.cancel(answer.job)
        return JSONResponse({"is_running": answer is not None})

    async def status(_: HttpRequest) -> Response:
        card = latest_card()
        return JSONResponse(
            {
                "version": __version__,
                "protocol": wire.PROTOCOL,
                "pid": os.getpid(),
                "is_background": holder.is_background,
                "started_at": started_at,
                "device": device,
                "default": _default(holder),
                "celsius": None if card is None else card.temperature_c,
                **_status_values(holder),
            }
        )

    async def stop(http: HttpRequest) -> Response:
        is_now = bool((await http.json()).get("now"))
        if holder.is_background:
            asyncio.get_running_loop().call_soon(holder.end, is_now)
        else:
            await holder.unload(now=is_now)
        return JSONResponse({"pid": os.getpid(), "ends": holder.is_background})

    def route(path: str, endpoint: Callable[..., Any], method: str) -> Route:
        return Route(wire.API + path, endpoint, methods=[method])

    return Starlette(
        routes=[
            route("/generate", generate, "POST"),
            route("/count", count, "POST"),
            route("/cancel", cancel, "POST"),
            route("/status", status, "GET"),
            route("/stop", stop, "POST"),
        ],
        exception_handlers={AxchatError: _refuse},
    )


def _order(body: bytes) -> wire.Order:
    try:
        return wire.decode_order(body)
    except ValueError as error:
        raise HolderFailed(
            f"the holder (axchat {__version__}) does not understand this command: {error}",
            hint="end it and try again: axchat stop",
        ) from error


def _check_version(version: str, holder: Holder) -> None:
    """An idle holder that nobody keeps on purpose makes room for one of the command's version."""
    status = holder.status()
    if version != __version__ and holder.is_background and not status.queue and not status.is_busy:
        raise HolderOutdated(f"the holder is axchat {__version__}, the command is {version}")


def _request(order: wire.Order) -> Request | None:
    if order.messages is None:
        return None
    if not order.messages:
        raise UsageError("there is no message to answer")
    deadline = NEVER if order.timeout_s is None else Deadline(order.timeout_s)
    return Request(order.messages, order.sampling, deadline, order.schema, order.think)


class AnswerLines(StreamingResponse):
    """An answer as lines; the client that goes away ends it, also one that goes before the first.

    Args:
        answer: asked already.
        forget: called when it is over.
    """

    def __init__(self, answer: Answer, forget: Callable[[], object]) -> None:
        super().__init__(_lines(answer), media_type="application/x-ndjson")
        self._answer = answer
        self._forget = forget

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        try:
            await super().__call__(scope, receive, send)
        finally:  # an iterator that was never begun has no end of its own
            self._answer.close()
            self._forget()


async def _lines(answer: Answer) -> AsyncIterator[bytes]:
    is_ready_told = False
    try:
        async with answer:
            yield wire.line("job", id=answer.job.id, version=__version__)
            async for batch in answer:
                lines = []
                if answer.ready is not None and not is_ready_told:
                    is_ready_told = True
                    lines.append(_ready(answer))
                lines += map(wire.encode_event, batch)
                yield b"".join(lines)
    except AxchatError as error:
        yield wire.encode_error(error)


def _ready(answer: Answer) -> bytes:
    assert answer.ready is not None
    able = asdict(answer.ready.capabilities)
    able["sampling"], able["reloads"] = sorted(able["sampling"]), sorted(able["reloads"])
    return wire.line(
        "ready",
        engine=answer.ready.engine,
        model=answer.ready.model,
        capabilities=able,
        ignored=answer.ready.ignored,
        load_s=answer.ready.load_s,
    )


def _default(holder: Holder) -> dict[str, object] | None:
    try:
        return asdict(holder.models.default())
    except ModelError:
        return None


def _status_values(holder: Holder) -> dict[str, object]:
    status = holder.status()
    spec = None if status.spec is None else asdict(status.spec)
    return {
        "state": status.state.value,
        "spec": spec,
        "model": status.model,
        "since": status.since,
        "load_s": status.load_s,
        "load_percent": status.load_percent,
        "load_left_s": status.load_left_s,
        "expires_at": status.expires_at,
        "remaining_cmm_mib": status.remaining_cmm_mib,
        "queue": status.queue,
        "is_busy": status.is_busy,
        "answered": status.answered,
        "error": None if status.error is None else status.error.as_dict(),
    }


async def _refuse(_: HttpRequest, error: Exception) -> Response:
    assert isinstance(error, AxchatError)
    return JSONResponse({"error": _plain(error.as_dict())}, status_code=error.http_status)


def _plain(values: dict[str, object]) -> dict[str, object]:
    """What JSON can hold; a fact that it cannot is told as text."""
    import json

    plain: dict[str, object] = json.loads(json.dumps(values, default=str))
    return plain
