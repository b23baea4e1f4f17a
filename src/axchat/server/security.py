"""Who may ask over TCP, and how much: decisions of values, and the application that applies them."""

import asyncio
import hmac
import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from axchat.errors import AxchatError, BodyRefused, Forbidden, KeyRefused
from axchat.server.connections import LOCAL
from axchat.server.refusal import refused

MAX_BODY_BYTES = 32 * 2**20
"""Some photographs as base64, or a conversation that fits no context of these cards a hundred times over."""

BIG_BODY_BYTES = 2**20
BIG_BODIES = 4
"""Bodies above the first are read so many at a time: a board has 4 to 8 GB."""

BODY_TIMEOUT_S = 60.0
"""Even 32 MiB over a slow wireless link come in this time; who dribbles is cut off."""

MAX_DEPTH = 64
"""Objects and arrays within each other; a JSON schema of a tool has some ten."""

OPEN_PATHS = frozenset({"/health"})
"""Need no key: a load balancer asks before it knows any."""

_STRUCTURE = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a request over TCP needs.

    Attributes:
        key: what ``Authorization: Bearer`` has to carry; None for no key.
        hosts: names that ``Host`` may carry; None for any. Other sites may have names that lead here.
        origins: sites whose pages may ask.
    """

    key: bytes | None = None
    hosts: frozenset[str] | None = None
    origins: frozenset[str] = frozenset()


LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


def refusal_of(rules: Rules, path: str, headers: Headers) -> AxchatError | None:
    """Why a request is refused; None when it is not."""
    host = headers.get("host")
    if rules.hosts is not None and host is not None and not _is_ours(host, rules.hosts):
        return Forbidden(
            "the Host header names another machine", hint="ask at the address that axchat serve listens at"
        )
    origin = headers.get("origin")
    if origin is not None and origin not in rules.origins:
        return Forbidden(
            "pages of this origin may not ask here", hint="allow it with the setting serve.origins"
        )
    if rules.key is not None and path not in OPEN_PATHS and not _has_key(headers, rules.key):
        return KeyRefused("the API key is missing or wrong", hint="send Authorization: Bearer KEY")
    return None


def _is_ours(host: str, names: frozenset[str]) -> bool:
    name = re.sub(r":\d*$", "", host).strip("[]").lower().removesuffix(".")
    if name in names:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _has_key(headers: Headers, key: bytes) -> bool:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    # both compared always, and by a digest's rule: how much of a guess is right takes no less time
    is_equal = hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), key)
    return is_equal and scheme.lower() == "bearer"


def is_too_deep(body: bytes) -> bool:
    """Whether arrays and objects stand too deep in each other for the parser's recursion."""
    depth = 0
    for token in _STRUCTURE.finditer(body):
        first = token[0][:1]
        if first in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif first in b"]}":
            depth -= 1
    return False


class Guard:
    """Applies the rules to what comes over TCP, and the limits of a body to everybody.

    Args:
        app: what answers those that may ask.
        rules: see ``Rules``.
    """

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app = app
        self._rules = rules
        self._big = asyncio.Semaphore(BIG_BODIES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        headers = Headers(scope=scope)
        is_local = scope["state"].get(LOCAL, False)
        refusal = None if is_local else refusal_of(self._rules, scope["path"], headers)
        if refusal is not None:
            await refused(refusal)(scope, receive, send)
            return
        try:
            body = await self._body(headers, receive)
        except BodyRefused as error:
            await refused(error)(scope, receive, send)
            return
        if body is not None:
            await self._app(scope, _Replayed(body, receive), send)

    async def _body(self, headers: Headers, receive: Receive) -> bytes | None:
        """The whole body; None when the client went away.

        Raises:
            BodyRefused: it is too large, too slow, or too deep.
        """
        announced = headers.get("content-length", "0")
        if announced.isdecimal() and int(announced) > MAX_BODY_BYTES:
            raise _too_large()
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                body = await self._read(receive)
        except TimeoutError as error:
            raise BodyRefused(
                f"the body did not come within {BODY_TIMEOUT_S:g} s", http_status=408
            ) from error
        if body is not None and is_too_deep(body):
            raise BodyRefused(f"the body is nested deeper than {MAX_DEPTH} levels", http_status=400)
        return body

    async def _read(self, receive: Receive) -> bytes | None:
        pieces, size, is_held = [], 0, False
        try:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                pieces.append(message.get("body", b""))
                size += len(pieces[-1])
                if size > MAX_BODY_BYTES:
                    raise _too_large()
                if not message.get("more_body", False):
                    return b"".join(pieces)
                if size > BIG_BODY_BYTES and not is_held:
                    await self._big.acquire()
                    is_held = True
        finally:
            if is_held:
                self._big.release()


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


def hosts_of(listening: Iterable[str]) -> frozenset[str]:
    """The names that ``Host`` may carry for these addresses."""
    return LOOPBACK_HOSTS | {host.lower() for host in listening}


def origins_of(setting: str | None) -> frozenset[str]:
    """The origins in the setting ``serve.origins``."""
    return frozenset(filter(None, (part.strip().rstrip("/") for part in (setting or "").split(","))))
