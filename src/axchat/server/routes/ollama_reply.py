"""One answer of Ollama's chat or generate on its way to a client, from the queue to the last byte."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from axchat.engines.base import Request
from axchat.errors import AxchatError, RunnerFailed
from axchat.events import Finished, FinishReason
from axchat.messages import Message
from axchat.server.answer import Answer
from axchat.server.client_gone import unless_gone
from axchat.server.holder import Holder
from axchat.server.images import ImageFiles
from axchat.server.refusal import headers_of
from axchat.server.schemas.ollama_order import OllamaOrder
from axchat.wire.holder import ModelSpec
from axchat.wire.ollama import ignored_names
from axchat.wire.ollama_answer import Measured, OllamaAnswer, error_object, line, without_text

IGNORED_HEADER = "X-Axchat-Ignored"
NDJSON = "application/x-ndjson"
JSON = "application/json; charset=utf-8"

# The last two keep a proxy from holding lines back.
_STREAM_HEAD = (
    (b"content-type", NDJSON.encode()),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
)


def refused(error: AxchatError) -> Response:
    """An error as the whole answer, in Ollama's shape."""
    return json_response(error_object(error), error.http_status, headers_of(error))


def json_response(
    value: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """One object as the whole answer."""
    return Response(line(value), status, headers, media_type=JSON)


class OllamaReply(Response):
    """Asks the holder and answers; a client that goes away at any time ends it.

    The head is sent with the first text, as Ollama does: until then a failure has its own status, and what
    was ignored is known for ``IGNORED_HEADER``.

    Args:
        holder: what is asked.
        spec: the model.
        order: what is asked for.
        client: whose it is, for the fair queue.
        allows_reload: whether a sampling value may cost a load.
    """

    def __init__(
        self, holder: Holder, spec: ModelSpec, order: OllamaOrder, *, client: str, allows_reload: bool = False
    ) -> None:
        super().__init__(media_type=NDJSON)
        self._holder = holder
        self._spec = spec
        self._order = order
        self._client = client
        self._allows_reload = allows_reload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        await unless_gone(receive, self._reply(scope, receive, send))

    async def _reply(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def whole(response: Response) -> None:
            await response(scope, receive, send)

        try:
            with ImageFiles() as images:
                request = await _made(self._order, images)
                answer = self._ask(request)
                try:
                    await self._answer(answer, whole, send)
                finally:
                    await _over(answer, waits=self._order.has_images)
        except AxchatError as error:
            await whole(refused(error))

    def _ask(self, request: Request | None) -> Answer:
        return self._holder.ask(
            self._spec,
            request,
            client=self._client,
            keep_alive_s=self._order.keep_alive_s,
            allows_reload=self._allows_reload,
        )

    async def _answer(
        self, answer: Answer, whole: Callable[[Response], Coroutine[Any, Any, None]], send: Send
    ) -> None:
        """Send the answer.

        Raises:
            AxchatError: it failed, and nothing was sent yet.
        """
        order = self._order
        if order.only is not None:
            await _drained(answer)
            await whole(json_response(without_text(order.model, order.shape, order.only, _now())))
            return
        writer = OllamaAnswer(order.model, order.shape, parts_thinking=order.parts_thinking)
        if order.is_stream:
            await self._stream(answer, writer, send)
            return
        async for batch in answer:
            writer.receive(batch, _now())
        _check_end(writer.finished)
        body = writer.whole(_measured(answer), self._ignored(answer), _now())
        await whole(json_response(body, headers=self._told(answer)))

    async def _stream(self, answer: Answer, writer: OllamaAnswer, send: Send) -> None:
        is_begun = False
        try:
            async for batch in answer:
                parts = writer.receive(batch, _now())
                if not is_begun and (parts or writer.finished is not None):
                    is_begun = True
                    await _send_head(send, self._told(answer))
                if parts:
                    await _send(send, b"".join(map(line, parts)))
            _check_end(writer.finished)
            last = writer.last(_measured(answer), self._ignored(answer), _now())
        except AxchatError as error:
            if not is_begun:
                raise
            last = error_object(error)
        await _send(send, line(last), is_last=True)

    def _ignored(self, answer: Answer) -> tuple[str, ...]:
        # whether a model thought although it was told not to is seen in its answer (OllamaAnswer)
        ignored = [name for name in answer.ignored or () if name != "think" or self._order.think]
        return ignored_names(tuple(ignored), self._order.unknown)

    def _told(self, answer: Answer) -> dict[str, str]:
        ignored = self._ignored(answer)
        return {IGNORED_HEADER: ", ".join(ignored)} if ignored else {}


async def _made(order: OllamaOrder, images: ImageFiles) -> Request | None:
    """The engine's request."""
    if not order.has_images:
        return _request(order, images)
    writing = asyncio.ensure_future(asyncio.to_thread(_request, order, images))
    try:
        return await asyncio.shield(writing)
    except asyncio.CancelledError:
        await asyncio.wait({writing})  # a thread cannot be cancelled, and must not write after the clean-up
        raise


def _request(order: OllamaOrder, images: ImageFiles) -> Request | None:
    """The engine's request; writes its pictures. Blocking."""
    if not order.messages:
        return None
    messages = [
        Message(said.role, said.text, tuple(map(images.write, said.images))) for said in order.messages
    ]
    return Request(tuple(messages), order.sampling, schema=order.schema, think=order.think)


def _check_end(finished: Finished | None) -> None:
    """Raise RunnerFailed for an answer that somebody else stopped: what was said is not the whole of it."""
    if finished is None or finished.reason is FinishReason.CANCELLED:
        raise RunnerFailed("the answer was stopped before its end", hint="ask again")


def _measured(answer: Answer) -> Measured:
    ready = answer.ready
    load_s = None if ready is None else ready.load_s or 0.0
    generation_s = None
    if answer.total_s is not None and answer.queued_s is not None and load_s is not None:
        generation_s = answer.total_s - answer.queued_s - load_s
    return Measured(answer.total_s, answer.queued_s, load_s, generation_s, answer.ttft_s)


async def _send_head(send: Send, headers: Mapping[str, str]) -> None:
    raw = [(key.lower().encode("ascii"), text.encode("ascii")) for key, text in headers.items()]
    await send({"type": "http.response.start", "status": 200, "headers": [*_STREAM_HEAD, *raw]})


async def _send(send: Send, body: bytes, *, is_last: bool = False) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": not is_last})


async def _drained(answer: Answer) -> None:
    async for _ in answer:
        pass


async def _over(answer: Answer, *, waits: bool) -> None:
    """End the answer; ``waits`` until its engine is through, which may still look at the pictures."""
    answer.close()
    if waits and not answer.job.is_over:
        with contextlib.suppress(AxchatError):  # whatever became of it: nobody wants to know any more
            await _drained(answer)


def _now() -> datetime:
    return datetime.now(UTC)
