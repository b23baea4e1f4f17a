"""JSON read as the server's library does, with its words for errors (recorded axllm-s02-raw-bodies)."""

import json
import re
from typing import Any

_LONE_SURROGATE = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])")
_BOM = b"\xef\xbb\xbf"


class BadJson(Exception):
    """The text is no JSON."""


def read_json(body: bytes) -> Any:
    """Return the value of a body; a byte order mark is skipped. Raises BadJson."""
    body = body.removeprefix(_BOM)
    if not body:
        raise _error(
            1,
            "attempting to parse an empty input; check that your input string or stream "
            "contains the expected JSON",
        )
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        read = body[body.rfind(b'"', 0, error.start) : error.start + 1].decode("utf-8", "replace")
        raise _syntax(
            error.start + 1, f"invalid string: ill-formed UTF-8 byte; last read: '{read}'"
        ) from error
    if lone := _LONE_SURROGATE.search(text):
        read = text[text.rfind('"', 0, lone.start()) : lone.end() + 1]
        wanted = "surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF"
        raise _syntax(lone.end() + 1, f"invalid string: {wanted}; last read: '{read}'")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(text):
            what = "unexpected end of input; expected '[', '{', or a literal"
            raise _syntax(len(body) + 1, what) from error
        column = len(text[: error.pos].encode()) + 1
        raise _syntax(column, f"invalid literal; last read: '{text[error.pos]}'") from error


def _syntax(column: int, what: str) -> BadJson:
    return _error(column, f"syntax error while parsing value - {what}")


def _error(column: int, what: str) -> BadJson:
    return BadJson(f"[json.exception.parse_error.101] parse error at line 1, column {column}: {what}")
