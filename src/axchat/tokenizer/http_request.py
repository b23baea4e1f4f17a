"""One HTTP request out of bytes that arrive anyhow; pure."""

import re
from typing import NamedTuple

MAX_HEAD_BYTES = 16 * 1024
MAX_BODY_BYTES = 8 * 1024 * 1024
"""A final /decode of 100,000 ids is below one MB."""

_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,10})[ \t]*(?=\r\n)", re.IGNORECASE)
_LINE = re.compile(rb"([A-Z]{1,10}) (/[!-~]*) HTTP/1\.[01]\Z")


class BadRequest(Exception):
    """The bytes are no request that this service reads."""


class Request(NamedTuple):
    """A whole request; ``path`` has no query."""

    method: str
    path: str
    query: str
    body: bytes


def read_request(data: bytes) -> Request | None:
    """Return the request at the start of ``data``, or None while it is not whole.

    Raises:
        BadRequest: it is not HTTP/1, has a chunked body, or is larger than the limits.
    """
    end = data.find(_END, 0, MAX_HEAD_BYTES)
    if end < 0:
        if len(data) >= MAX_HEAD_BYTES:
            raise BadRequest("the head is too long")
        return None
    line, _, _ = data.partition(b"\r\n")
    said = _LINE.match(line)
    if said is None:
        raise BadRequest("not a request line")
    lengths = _LENGTH.findall(data[: end + 2])
    if len(set(lengths)) > 1 or b"\r\ntransfer-encoding:" in data[: end + 2].lower():
        raise BadRequest("the body's length is not plain")
    length = int(lengths[0]) if lengths else 0
    if length > MAX_BODY_BYTES:
        raise BadRequest("the body is too long")
    start = end + len(_END)
    if len(data) < start + length:
        return None
    path, _, query = said[2].decode("ascii").partition("?")
    return Request(said[1].decode("ascii"), path, query, data[start : start + length])
