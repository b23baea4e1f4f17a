"""What an HTTP status says to somebody who fetches a file. Pure."""

import re
from typing import Protocol

from axchat.errors import ModelError, SourceNotFound, SourceRefused, SourceUnreachable

_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _GONE = 401, 403, 404, 410
_TOO_MANY_REQUESTS, _SERVER_ERRORS = 429, 500
_SECONDS = re.compile(r"[0-9]{1,6}")
_LIMIT = re.compile(r";\s*r\s*=\s*([0-9]{1,9})\s*;\s*t\s*=\s*([0-9]{1,9})")
AGAIN = "run the same command again: it goes on from there"


class Headers(Protocol):
    """Those of an answer; names in any case."""

    def get(self, name: str, /) -> str | None:
        """The value of a header."""


def refusal_of(status: int, message: str, wait_s: int | None) -> ModelError:
    """The error that a status means.

    Args:
        status: 400 or more.
        message: what to tell.
        wait_s: how long the server asks to wait; becomes the fact ``retry_after_s`` and part of the hint.
    """
    if status in (_UNAUTHORIZED, _FORBIDDEN):
        return SourceRefused(message, hint="a private or gated file needs HF_TOKEN in the environment")
    if status in (_NOT_FOUND, _GONE):
        return SourceNotFound(message)
    if status != _TOO_MANY_REQUESTS and status < _SERVER_ERRORS:
        return ModelError(message)
    if wait_s is None:
        return SourceUnreachable(message, hint=f"wait a little, then {AGAIN}")
    return SourceUnreachable(message, hint=f"it asks to wait {wait_s} s; then {AGAIN}", retry_after_s=wait_s)


def wait_in(headers: Headers) -> int | None:
    """The seconds that an answer asks to wait; None when it says nothing, or names a date.

    Retry-After (RFC 9110, 10.2.3), else the hub's ``RateLimit: "api";r=0;t=55`` with nothing remaining
    (huggingface_hub, utils/_http.py).
    """
    text = (headers.get("Retry-After") or "").strip()
    limit = _LIMIT.search(headers.get("RateLimit") or "")
    if not text and limit and int(limit[1]) == 0:
        text = limit[2]
    return int(text) if _SECONDS.fullmatch(text) else None
