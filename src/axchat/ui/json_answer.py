"""One answer, or why there is none, as one JSON object with units in its keys."""

import json
import re
from dataclasses import asdict

from axchat import __version__
from axchat.chat.turn import Turn
from axchat.engines.base import Engine
from axchat.errors import AxchatError

_SURROGATE = re.compile("[\ud800-\udfff]")
# What a terminal obeys, or some take for the end of a line: C1, marks of direction, U+2028 and U+2029.
_UNSAFE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def as_json(turn: Turn, engine: Engine) -> str:
    """A finished turn: text, finish_reason, usage, timings by axchat's clock and by the engine's own.

    Bytes of the model that are not UTF-8 stand as U+FFFD here: JSON has no others.
    """
    return json_line({"text": turn.text, **ending(turn, engine)})


def ending(turn: Turn, engine: Engine) -> dict[str, object]:
    """How a finished turn ended: finish_reason, usage, timings, and who answered."""
    finished = turn.finished
    assert finished is not None, "only a finished turn is rendered"
    return {
        "finish_reason": str(finished.reason),
        "usage": asdict(finished.usage),
        "timings": {"ttft_s": turn.ttft_s, "total_s": turn.total_s, "engine": asdict(finished.timings)},
        **about(engine),
    }


def error_as_json(error: AxchatError, engine: Engine | None, text: str) -> str:
    """An error and what was said before it; without an engine when it failed before one was chosen."""
    return json_line({"error": error.as_dict(), "text": text, **about(engine)})


def about(engine: Engine | None) -> dict[str, object]:
    """Who answers, or was asked: engine, model, and axchat's version."""
    name, model = (engine.name, engine.model) if engine else (None, None)
    return {"engine": name, "model": model, "axchat": __version__}


def json_line(value: dict[str, object]) -> str:
    """One line of JSON without its newline, safe for a terminal: what that would obey is escaped."""
    text = _SURROGATE.sub("\ufffd", json.dumps(value, ensure_ascii=False, default=str))
    return _UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
