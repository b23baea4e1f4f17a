"""When the head of an answer is sent, and what breaks a silence."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from starlette.types import Message, Send

from axchat.engines.base import Request
from axchat.events import Event, Finished, FinishReason, TextDelta
from axchat.server.images import ImageFiles
from axchat.server.openai_reply import Form, Question, Reply, StreamedReply, WholeReply
from axchat.wire.openai_answer import Head
from axchat.wire.openai_chunks import ALIVE

HEAD = Head("chatcmpl-1", "m", 7)


class PlayedAnswer:
    """Plays batches of events; before each it waits for its gate to open."""

    ready = None
    ignored: tuple[str, ...] | None = ("seed",)
    queued_s = load_s = ttft_s = total_s = None

    def __init__(self, batches: Sequence[list[Event]], gate: asyncio.Event | None = None) -> None:
        self.finished: Finished | None = None
        self.is_left = False
        self._batches = batches
        self._gate = gate

    async def __aenter__(self) -> "PlayedAnswer":  # noqa: PYI034
        return self

    async def __aexit__(self, *_: object) -> None:
        self.is_left = True

    async def __aiter__(self) -> AsyncIterator[list[Event]]:
        for batch in self._batches:
            await asyncio.sleep(0)  # as an answer does between two batches
            if self._gate is not None:
                await self._gate.wait()
            if isinstance(batch[-1], Finished):
                self.finished = batch[-1]
            yield batch


async def no_request(_: ImageFiles) -> Request:
    """A request that nobody looks at."""
    return Request(())


async def replied(kind: type[Reply], answer: Any, form: Form, send: Send, receive: Any = None) -> None:
    """Let the reply answer an ASGI request of a client that stays."""

    async def stays() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    reply = kind(Question(no_request, lambda _: answer), form)
    await reply({"type": "http"}, receive or stays, send)


def test_silence_is_broken() -> None:
    """A stream that has nothing to say yet opens with a comment that shows that it lives."""
    sent: list[Message] = []

    async def run() -> None:
        gate = asyncio.Event()

        async def send(message: Message) -> None:
            sent.append(message)
            if message.get("body") == ALIVE:
                gate.set()

        answer = PlayedAnswer([[TextDelta("x"), Finished(FinishReason.STOP)]], gate)
        await replied(StreamedReply, answer, Form(HEAD, alive_every_s=0.001), send)

    asyncio.run(run())
    assert sent[0]["type"] == "http.response.start"
    assert sent[1]["body"] == ALIVE
    assert sent[-1]["more_body"] is False
    assert sent[-1]["body"].endswith(b"data: [DONE]\n\n")


def test_a_batch_is_one_write() -> None:
    """However many tokens come at once, they leave in one piece."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    batches: list[list[Event]] = [[TextDelta(str(n)) for n in range(100)], [Finished(FinishReason.STOP)]]
    asyncio.run(replied(StreamedReply, PlayedAnswer(batches), Form(HEAD), send))
    assert [message["type"] for message in sent] == ["http.response.start", *["http.response.body"] * 2]
    assert sent[1]["body"].count(b"data: ") == 101


def test_a_cancelled_answer_is_no_answer() -> None:
    """An answer that somebody else stopped is never passed off as whole."""
    for kind, status in ((WholeReply, 502), (StreamedReply, 200)):
        sent: list[Message] = []

        async def send(message: Message, sent: list[Message] = sent) -> None:
            sent.append(message)

        answer = PlayedAnswer([[TextDelta("x")], [Finished(FinishReason.CANCELLED)]])
        asyncio.run(replied(kind, answer, Form(HEAD), send))
        assert sent[0]["status"] == status
        assert b"stopped before its end" in b"".join(message.get("body", b"") for message in sent)


def test_a_client_that_leaves_ends_the_answer() -> None:
    """When the client is gone nothing more is sent, and the answer is left, which cancels it."""

    async def run() -> PlayedAnswer:
        answer = PlayedAnswer([[TextDelta("x")]], asyncio.Event())

        async def send(_: Message) -> None:
            raise AssertionError

        async def gone() -> Message:
            return {"type": "http.disconnect"}

        await replied(WholeReply, answer, Form(HEAD), send, gone)
        return answer

    assert asyncio.run(run()).is_left


def test_a_client_that_leaves_later() -> None:
    """The answer is left when the client goes in its midst."""

    async def run() -> PlayedAnswer:
        answer = PlayedAnswer([[TextDelta("x")], [TextDelta("y")]], None)
        said = asyncio.Event()
        answer._batches = Endless()

        async def send(message: Message) -> None:
            if message.get("body"):
                said.set()

        async def goes() -> Message:
            await said.wait()
            return {"type": "http.disconnect"}

        await replied(StreamedReply, answer, Form(HEAD), send, goes)
        return answer

    assert asyncio.run(run()).is_left


class Endless(list[list[Event]]):
    """Batches without end."""

    def __iter__(self) -> Any:
        while True:
            yield [TextDelta("x")]
