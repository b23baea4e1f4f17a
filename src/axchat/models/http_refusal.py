"""What an HTTP status says to somebody who fetches a file. Pure."""

from axchat.errors import ModelError, SourceNotFound, SourceRefused, SourceUnreachable

_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _GONE = 401, 403, 404, 410
_TOO_MANY_REQUESTS, _SERVER_ERRORS = 429, 500
AGAIN = "run the same command again: it goes on from there"


def refusal_of(status: int, message: str, retry_after: str | None) -> ModelError:
    """The error that a status means.

    Args:
        status: 400 or more.
        message: what to tell.
        retry_after: that header; a number of seconds becomes the fact ``retry_after_s`` and part of the hint.
    """
    if status in (_UNAUTHORIZED, _FORBIDDEN):
        return SourceRefused(message, hint="a private or gated file needs HF_TOKEN in the environment")
    if status in (_NOT_FOUND, _GONE):
        return SourceNotFound(message)
    if status != _TOO_MANY_REQUESTS and status < _SERVER_ERRORS:
        return ModelError(message)
    wait = seconds_in(retry_after)
    if wait is None:
        return SourceUnreachable(message, hint=f"wait a little, then {AGAIN}")
    return SourceUnreachable(message, hint=f"it asks to wait {wait} s; then {AGAIN}", retry_after_s=wait)


def seconds_in(retry_after: str | None) -> int | None:
    """The seconds of a Retry-After header; None for a date, nonsense or nothing (RFC 9110, 10.2.3)."""
    text = (retry_after or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None
