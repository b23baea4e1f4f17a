"""What happens during an answer as lines of JSON, one per event; field names are stable."""

from dataclasses import asdict

from axchat.chat.turn import Turn
from axchat.engines.base import Engine
from axchat.errors import AxchatError
from axchat.events import Event, Finished, LoadProgress, Notice, PromptEstimate, Queued, TextDelta
from axchat.ui.json_answer import about, ending, json_line

_NAMES: dict[type[Event], str] = {
    LoadProgress: "load",
    Queued: "queue",
    PromptEstimate: "prompt",
    Notice: "notice",
    TextDelta: "text",
}


def event_line(event: Event) -> str | None:
    """An event as its line, without a newline; None for the end, which ``finished_line`` tells."""
    if isinstance(event, Finished):
        return None
    return json_line({"event": _NAMES[type(event)], **asdict(event)})


def finished_line(turn: Turn, engine: Engine) -> str:
    """The end of an answer: why, counts and times."""
    return json_line({"event": "finished", **ending(turn, engine)})


def error_line(error: AxchatError, engine: Engine | None) -> str:
    """The last line where something failed."""
    return json_line({"event": "error", "error": error.as_dict(), **about(engine)})
