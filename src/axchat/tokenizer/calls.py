"""What the runner's calls mean and what their answers look like: the legacy and the uid protocol; pure.

Source: runner-console facts, vendor tokenizer HTTP servers, and part II section 6.
"""

import json
from collections.abc import Sequence
from typing import Any

from axchat.tokenizer.base import Prompt


def reply_head(length: int) -> bytes:
    """Return the head of an answer of ``length`` bytes."""
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
        b"Content-Length: %d\r\n\r\n" % length
    )


DRIP_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)
"""Of an answer whose length is not known yet; chunks are accepted by the runner's HTTP library."""


def chunk(data: bytes) -> bytes:
    """Return one HTTP chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data)


LAST_CHUNK = b"0\r\n\r\n"


def read_body(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a body; an empty one for anything else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def ids_of(body: dict[str, Any]) -> tuple[int, ...] | None:
    """Return the ids of a /decode body, or None when it has none."""
    ids = body.get("token_ids")
    if not isinstance(ids, list) or not all(type(token) is int for token in ids):
        return None
    return tuple(ids)


def encode_reply(prompt: Prompt) -> bytes:
    """Return the answer to /encode; ``diff`` is there for both protocols, a legacy runner ignores it."""
    diff = prompt.token_ids if prompt.diff is None else prompt.diff
    return _dump({"token_ids": list(prompt.token_ids), "diff": list(diff)})


def decode_reply(text: str) -> bytes:
    """Return the answer to /decode; a lone surrogate, which the runner's parser refuses, becomes ``?``."""
    return _dump({"text": text.encode("utf-8", "replace").decode()})


def reset_reply(ids: Sequence[int]) -> bytes:
    """Return the answer to both forms of /reset."""
    return _dump({"token_ids": list(ids), "success": True})


def value_reply(name: str, value: object) -> bytes:
    """Return the answer to a question for one value."""
    return _dump({name: value})


def _dump(value: dict[str, object]) -> bytes:
    return json.dumps(value).encode("ascii")
