"""An error as HTTP says it: status, headers, and OpenAI's body."""

import json
import math

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from axchat.errors import AxchatError, DeviceBusy, KeyRefused
from axchat.wire.openai_answer import error_body

DEFAULT_RETRY_S = 5
"""Where nothing was measured: about an answer's length."""

MAX_RETRY_S = 600


def retry_after_s(error: AxchatError) -> int | None:
    """Seconds after which asking again may help; None where it does not by itself."""
    if not isinstance(error, DeviceBusy):
        return None
    told = error.facts.get("retry_after_s")
    seconds = told if isinstance(told, int | float) else DEFAULT_RETRY_S
    return max(1, min(MAX_RETRY_S, math.ceil(seconds)))


def headers_of(error: AxchatError) -> dict[str, str]:
    """``Retry-After`` where it helps to wait.

    OpenAI's own clients ask again by themselves after every 5xx; ``x-should-retry`` spares a dead card that.
    """
    if isinstance(error, KeyRefused):
        return {"WWW-Authenticate": "Bearer"}
    seconds = retry_after_s(error)
    if seconds is not None:
        return {"Retry-After": str(seconds)}
    return {"x-should-retry": "false"} if error.http_status >= 500 else {}


def refused(error: AxchatError) -> Response:
    """The answer to a request that failed before anything was sent."""
    body = json.dumps(error_body(error)).encode("ascii")
    return Response(body, error.http_status, headers_of(error), "application/json")


def unknown_address(http: Request, error: HTTPException) -> Response:
    """The answer where no route is (404), or none for the method (405)."""
    message = f"{error.detail.lower()}: {http.method} {http.url.path[:200]}"
    kind = "not_found_error" if error.status_code == 404 else "invalid_request_error"
    detail = {"message": message, "type": kind, "param": None, "code": "unknown-address"}
    body = json.dumps({"error": detail}).encode("ascii")
    return Response(body, error.status_code, error.headers, "application/json")
