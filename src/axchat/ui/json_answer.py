"""One answer, or why there is none, as one JSON object with units in its keys."""

import json
import re
from dataclasses import asdict

from axchat import __version__
from axchat.chat.turn import Turn
from axchat.engines.base import Engine
from axchat.errors import AxchatError

_SURROGATE = re.compile("[\ud800-\udfff]")


def as_json(turn: Turn, engine: Engine) -> str:
    """A finished turn: text, finish_reason, usage, timings by axchat's clock and by the engine's own.

    Bytes of the model that are not UTF-8 stand as U+FFFD here: JSON has no others.
    """
    finished = turn.finished
    assert finished is not None, "only a finished turn is rendered"
    return _dump(
        {
            "text": turn.text,
            "finish_reason": str(finished.reason),
            "usage": asdict(finished.usage),
            "timings": {"ttft_s": turn.ttft_s, "total_s": turn.total_s, "engine": asdict(finished.timings)},
            **_about(engine),
        }
    )


def error_as_json(error: AxchatError, engine: Engine | None, text: str) -> str:
    """An error and what was said before it; without an engine when it failed before one was chosen."""
    return _dump({"error": error.as_dict(), "text": text, **_about(engine)})


def _about(engine: Engine | None) -> dict[str, object]:
    name, model = (engine.name, engine.model) if engine else (None, None)
    return {"engine": name, "model": model, "axchat": __version__}


def _dump(value: dict[str, object]) -> str:
    return _SURROGATE.sub("\ufffd", json.dumps(value, ensure_ascii=False, default=str))
