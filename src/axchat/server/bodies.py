"""How much a request may send: size, time, depth, and all that is under way together."""

import asyncio
import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from axchat.errors import AxchatError, BodyRefused, QueueFull
from axchat.server.shapes import refused

MAX_BODY_BYTES = 32 * 2**20
"""Some photographs as base64, or a conversation that fits no context of these cards a hundred times over."""

MAX_HELD_BYTES = 128 * 2**20
"""Bodies of all requests that are read, wait or are answered: a board has 4 to 8 GB."""

BODY_TIMEOUT_S = 60.0
"""Even 32 MiB over a slow wireless link come in this time; who dribbles is cut off."""

MAX_DEPTH = 64
"""Objects and arrays within each other; a JSON schema of a tool has some ten."""

MAX_PARTS = 200_000
"""Strings, arrays and objects of a body: a message has six. As objects they take 20 times the room."""

# never goes back: a string that does not end is one match too, or each of its quotes would begin a search
_PARTS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)


def shape_refusal(body: bytes) -> str | None:
    """Why a body is not given to a parser; None when it is. In time that grows with its size only."""
    if b"\0" in body or body[:2] in {b"\xfe\xff", b"\xff\xfe"}:
        return "the body is not UTF-8"  # parsers guess UTF-16, whose brackets would not be counted here
    depth = 0
    for number, part in enumerate(_PARTS.finditer(body)):
        first = body[part.start()]
        if first in b"[{":
            depth += 1
        elif first in b"]}":
            depth -= 1
        if depth > MAX_DEPTH:
            return f"the body is nested deeper than {MAX_DEPTH} levels"
        if number >= MAX_PARTS:
            return f"the body has more than {MAX_PARTS} parts"
    return None


class Bodies:
    """Reads each request's body, whole and within the limits, before the application sees the request.

    Args:
        app: gets the requests.
        timeout_s: for one body.
        max_held_bytes: of the bodies of all requests under way.
    """

    def __init__(
        self, app: ASGIApp, *, timeout_s: float = BODY_TIMEOUT_S, max_held_bytes: int = MAX_HELD_BYTES
    ) -> None:
        self._app = app
        self._timeout_s = timeout_s
        self._max_held_bytes = max_held_bytes
        self._held_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        share = _Share(self)
        try:
            try:
                body = await self._body(Headers(scope=scope), receive, share)
            except AxchatError as error:
                await refused(scope["path"], error)(scope, receive, send)
                return
            if body is not None:
                await self._app(scope, _Replayed(body, receive), send)
        finally:
            share.give_back()

    async def _body(self, headers: Headers, receive: Receive, share: "_Share") -> bytes | None:
        """The whole body; None when the client went away.

        Raises:
            BodyRefused: it is too large, too slow, or too deep.
            QueueFull: too much of others is under way.
        """
        announced = headers.get("content-length", "0")
        if announced.isdecimal() and int(announced) > MAX_BODY_BYTES:
            raise _too_large()
        try:
            async with asyncio.timeout(self._timeout_s):
                body = await _read(receive, share)
        except TimeoutError as error:
            raise BodyRefused(
                f"the body did not come within {self._timeout_s:g} s", http_status=408
            ) from error
        if body is not None and (why := shape_refusal(body)) is not None:
            raise BodyRefused(why)
        return body

    def hold(self, count: int) -> None:
        """Count bytes of a body that is under way; negative ones are over.

        Raises:
            QueueFull: they would be too many.
        """
        if count > 0 and self._held_bytes + count > self._max_held_bytes:
            raise QueueFull(
                f"requests of {self._held_bytes // 2**20} MiB are under way already", hint="try again later"
            )
        self._held_bytes += count


class _Share:
    """What one request holds of the bytes under way."""

    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies
        self.size = 0

    def take(self, count: int) -> None:
        self._bodies.hold(count)
        self.size += count

    def give_back(self) -> None:
        self._bodies.hold(-self.size)


async def _read(receive: Receive, share: _Share) -> bytes | None:
    pieces = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        piece = message.get("body", b"")
        if share.size + len(piece) > MAX_BODY_BYTES:
            raise _too_large()
        share.take(len(piece))
        pieces.append(piece)
        if not message.get("more_body", False):
            return b"".join(pieces)


class _Replayed:
    """A body that was read already, and after it what the client does."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


def _too_large() -> BodyRefused:
    return BodyRefused(f"the body is larger than {MAX_BODY_BYTES // 2**20} MiB", http_status=413)
