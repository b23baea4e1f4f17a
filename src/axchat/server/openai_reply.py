"""The answer to one OpenAI request, whole or as server-sent events, as an ASGI response.

One place decides when the head is sent. Before it, an error is a status; after it, an event of the stream. A
stream's head goes out with its first byte: a comment while the request waits, or the first text.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from axchat.engines.base import Request
from axchat.errors import AxchatError, RunnerFailed
from axchat.events import Finished, FinishReason, Notice, TextDelta
from axchat.server.answer import Answer
from axchat.server.client_gone import unless_gone
from axchat.server.images import ImageFiles
from axchat.server.refusal import refused
from axchat.wire.openai_answer import (
    Clocked,
    Ending,
    Head,
    chat_completion,
    error_body,
    text_completion,
)
from axchat.wire.openai_chunks import ALIVE, AnswerChunks, error_event
from axchat.wire.thinking import ThinkingSplitter

IGNORED_HEADER = "X-Axchat-Ignored"
"""Names the request's parameters that had no effect."""

ALIVE_EVERY_S = 15.0
"""A comment after this much silence; proxies cut a silent connection after 30 to 60 s."""

_STREAM_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, slots=True)
class Form:
    """How the client wants the answer.

    Attributes:
        head: what its objects say of themselves.
        is_chat: a chat's or a text completion's objects.
        parts_thought: a ``<think>`` block becomes ``reasoning_content``.
        with_usage: a streamed answer ends with the counts.
        with_comments: a stream tells how long the wait still is.
        ignored: parameters that have no effect with any engine.
        think_names: parameters that turned thinking on or off; ignored where the model has no switch for it.
        alive_every_s: a stream says that it lives after this much silence.
    """

    head: Head
    is_chat: bool = True
    parts_thought: bool = True
    with_usage: bool = False
    with_comments: bool = True
    ignored: tuple[str, ...] = ()
    think_names: tuple[str, ...] = ()
    alive_every_s: float = ALIVE_EVERY_S


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: ``make`` the request, with files for its images, and ``ask`` it."""

    make: Callable[[ImageFiles], Awaitable[Request]]
    ask: Callable[[Request], Answer]


class Reply(Response):
    """Asks when it is called, and stops asking when the client goes away.

    Args:
        question: see ``Question``.
        form: see ``Form``.
    """

    def __init__(self, question: Question, form: Form) -> None:
        super().__init__()
        self._question = question
        self._form = form

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; see the module."""
        await unless_gone(receive, self._reply(scope, receive, send))

    async def _reply(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise NotImplementedError

    def _ending(self, finished: Finished | None, answer: Answer, notices: list[str]) -> Ending:
        """What is known at the end.

        Raises:
            RunnerFailed: it was cancelled, and not by this client: what was said is not the whole answer.
        """
        if finished is None or finished.reason is FinishReason.CANCELLED:
            raise RunnerFailed("the answer was stopped before its end", hint="ask again")
        clocked = Clocked(answer.queued_s, answer.load_s, answer.ttft_s, answer.total_s)
        return Ending(finished, clocked, self._ignored(answer), notices)

    def _ignored(self, answer: Answer) -> tuple[str, ...]:
        names = set(answer.ignored or ())
        if "think" in names:
            names = names - {"think"} | set(self._form.think_names)
        return tuple(sorted({*self._form.ignored, *names}))

    def _ignored_header(self, answer: Answer | None) -> dict[str, str]:
        names = self._form.ignored if answer is None else self._ignored(answer)
        return {IGNORED_HEADER: ", ".join(names)} if names else {}


class WholeReply(Reply):
    """One JSON object when the answer is complete."""

    async def _reply(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._answered()
        except AxchatError as error:
            response = refused(error)
        await response(scope, receive, send)

    async def _answered(self) -> Response:
        texts: list[str] = []
        notices: list[str] = []
        with ImageFiles() as images:
            request = await self._question.make(images)
            async with self._question.ask(request) as answer:
                async for batch in answer:
                    texts += [event.text for event in batch if isinstance(event, TextDelta)]
                    notices += [event.text for event in batch if isinstance(event, Notice)]
                ending = self._ending(answer.finished, answer, notices)
        return Response(
            json.dumps(self._object("".join(texts), ending)).encode("ascii"),
            headers=self._ignored_header(answer),
            media_type="application/json",
        )

    def _object(self, text: str, ending: Ending) -> dict[str, object]:
        if not self._form.is_chat:
            return text_completion(self._form.head, text, ending)
        thought = ""
        if self._form.parts_thought:
            splitter = ThinkingSplitter()
            (thought, text), (more_thought, more) = splitter.receive(text), splitter.finish()
            thought, text = thought + more_thought, text + more
        return chat_completion(self._form.head, text, thought, ending)


class StreamedReply(Reply):
    """Server-sent events, as the answer comes."""

    async def _reply(self, scope: Scope, receive: Receive, send: Send) -> None:
        out = _Stream(send)
        try:
            with ImageFiles() as images:
                request = await self._question.make(images)
                async with self._question.ask(request) as answer:
                    last = await self._streamed(answer, out)
        except AxchatError as error:
            if not out.is_open:
                await refused(error)(scope, receive, send)
                return
            last = error_event(error_body(error))
        await out.end(last)

    async def _streamed(self, answer: Answer, out: "_Stream") -> bytes:
        """Send all but the end of the stream, which is returned."""
        form = self._form
        chunks = AnswerChunks(
            form.head,
            is_chat=form.is_chat,
            parts_thought=form.parts_thought,
            with_usage=form.with_usage,
            with_comments=form.with_comments,
        )
        alive = asyncio.ensure_future(self._keep_alive(answer, out)) if form.with_comments else None
        try:
            async for batch in answer:
                if data := chunks.receive(batch):
                    await out.send(data, self._ignored_header(answer))
        finally:
            if alive is not None:
                alive.cancel()
                await asyncio.wait({alive})
        last = chunks.ending(self._ending(chunks.finished, answer, chunks.notices))
        if not out.is_open:
            await out.open(self._ignored_header(answer))
        return last

    async def _keep_alive(self, answer: Answer, out: "_Stream") -> None:
        while True:
            sent = out.sent
            await asyncio.sleep(self._form.alive_every_s)
            if out.sent == sent:
                await out.send(ALIVE, self._ignored_header(answer))


class _Stream:
    """The body of a streamed response, opened by its first bytes."""

    def __init__(self, send: Send) -> None:
        self.is_open = False
        self.sent = 0
        self._send = send

    async def open(self, headers: dict[str, str]) -> None:
        """Send the head."""
        self.is_open = True
        head = Response(headers=_STREAM_HEADERS | headers, media_type="text/event-stream")
        lines = [line for line in head.raw_headers if line[0] != b"content-length"]
        await self._send({"type": "http.response.start", "status": 200, "headers": lines})

    async def send(self, data: bytes, headers: dict[str, str]) -> None:
        """Send bytes, and the head before the first."""
        self.sent += 1
        if not self.is_open:
            await self.open(headers)
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self, data: bytes) -> None:
        """Send the last bytes."""
        await self._send({"type": "http.response.body", "body": data, "more_body": False})
