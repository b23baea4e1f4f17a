"""Our events as the objects of Ollama's answers, one a line. Pure: the clock's readings come in as values.

Facts: ollama/ollama api/types.go (``ChatResponse``, ``GenerateResponse``, ``Metrics``), server/routes.go.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from axchat.errors import AxchatError
from axchat.events import Event, Finished, FinishReason, Notice, TextDelta
from axchat.wire.openai_fields import without_surrogates
from axchat.wire.thinking import ThinkingSplitter

# A runner may repeat a warning; a last line of an answer is no log.
MAX_NOTICES = 20

# Every request passes the queue; a wait that nobody notices is not worth a word.
TOLD_WAIT_S = 0.05

_REASONS = {FinishReason.STOP: "stop", FinishReason.LENGTH: "length"}


class Shape(Enum):
    """Which endpoint answers: they differ in where the text stands."""

    CHAT = "chat"
    GENERATE = "generate"


@dataclass(frozen=True, slots=True)
class Measured:
    """What our own clock says of an answer, in seconds; None where it was not reached.

    ``total_s`` counts from the request, ``queued_s`` of it were waited, ``load_s`` went into a load;
    ``generation_s`` is what the model took, ``ttft_s`` of it to the first text.
    """

    total_s: float | None = None
    queued_s: float | None = None
    load_s: float | None = None
    generation_s: float | None = None
    ttft_s: float | None = None


class OllamaAnswer:
    """Builds the objects of one answer: ``receive`` the events, then ``last`` or ``whole``.

    Args:
        model: the name as the client sent it.
        shape: of which endpoint.
        parts_thinking: a ``<think>`` block goes into ``thinking``; otherwise it stays in the text.
    """

    def __init__(self, model: str, shape: Shape, *, parts_thinking: bool) -> None:
        self.finished: Finished | None = None
        self._model = model
        self._shape = shape
        self._parts_thinking = parts_thinking
        self._splitter = ThinkingSplitter()
        self._has_thought = False
        self._thought: list[str] = []
        self._said: list[str] = []
        self._notices: list[str] = []

    def receive(self, events: Iterable[Event], now: datetime) -> list[dict[str, Any]]:
        """The objects of a stream that these events make: one for a thought and one for what is said.

        Text that arrives together leaves together: counts are in the last object, not in their number.
        """
        text = ""
        thought, said = "", ""
        for event in events:
            if isinstance(event, TextDelta):
                text += event.text
            elif isinstance(event, Notice):
                self._notices.append(event.text)
            elif isinstance(event, Finished):
                self.finished = event
        if text:
            thought, said = self._part(without_surrogates(text))
        if self.finished is not None:
            rest = self._splitter.finish()
            self._has_thought = self._has_thought or bool(rest[0])
            if self._parts_thinking:
                thought, said = thought + rest[0], said + rest[1]
        self._thought.append(thought)
        self._said.append(said)
        pairs = [("", thought)] * bool(thought) + [(said, "")] * bool(said)
        return [self._object(now, *pair) | {"done": False} for pair in pairs]

    def last(self, measured: Measured, ignored: tuple[str, ...], now: datetime) -> dict[str, Any]:
        """The object that ends a stream: no text, the reason, counts and durations."""
        return self._object(now, "", "") | self._ending(measured, ignored)

    def whole(self, measured: Measured, ignored: tuple[str, ...], now: datetime) -> dict[str, Any]:
        """The one object of an answer that is not streamed."""
        text = self._object(now, "".join(self._said), "".join(self._thought))
        return text | self._ending(measured, ignored)

    def _part(self, text: str) -> tuple[str, str]:
        thought, said = self._splitter.receive(text)
        self._has_thought = self._has_thought or bool(thought)
        return (thought, said) if self._parts_thinking else ("", text)

    def _object(self, now: datetime, said: str, thought: str) -> dict[str, Any]:
        return _head(self._model, now) | _text(self._shape, said, thought)

    def _ending(self, measured: Measured, ignored: tuple[str, ...]) -> dict[str, Any]:
        if self._has_thought and not self._parts_thinking:
            ignored = (*ignored, "think")  # it was asked not to think
        ours: dict[str, Any] = {}
        if ignored:
            ours["ignored"] = list(ignored)
        if measured.queued_s is not None and measured.queued_s >= TOLD_WAIT_S:
            ours["queued_duration"] = _nanoseconds(measured.queued_s)
        if self._notices:
            ours["notices"] = [without_surrogates(text) for text in self._notices[:MAX_NOTICES]]
        ending = _ending(self.finished or Finished(FinishReason.UNKNOWN), measured)
        return ending | ({"axchat": ours} if ours else {})


def without_text(model: str, shape: Shape, reason: str, now: datetime) -> dict[str, Any]:
    """The answer to a request that only loads or unloads: ``reason`` is ``load`` or ``unload``."""
    return _head(model, now) | _text(shape, "", "") | {"done": True, "done_reason": reason}


def error_object(error: AxchatError) -> dict[str, Any]:
    """An error as Ollama's clients read it: ``error`` is one text; what mends it stands in ``axchat``."""
    ours = {"id": error.id} | ({"hint": error.hint} if error.hint else {})
    return {"error": error.message, "axchat": ours}


def line(value: Mapping[str, Any]) -> bytes:
    """One object as a line of NDJSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def time_text(moment: datetime) -> str:
    """A time as Ollama writes it: RFC 3339 in UTC. ``moment`` knows its zone."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _head(model: str, now: datetime) -> dict[str, Any]:
    return {"model": model, "created_at": time_text(now)}


def _text(shape: Shape, said: str, thought: str) -> dict[str, Any]:
    thinking = {"thinking": thought} if thought else {}
    if shape is Shape.CHAT:
        return {"message": {"role": "assistant", "content": said} | thinking}
    return {"response": said} | thinking


def _ending(finished: Finished, measured: Measured) -> dict[str, Any]:
    """``done`` and what is known of the answer; what is not known is left out."""
    usage, timings = finished.usage, finished.timings
    prompt_s = timings.prompt_s if timings.prompt_s is not None else measured.ttft_s
    decode_s = timings.decode_s
    if decode_s is None and measured.generation_s is not None and measured.ttft_s is not None:
        decode_s = measured.generation_s - measured.ttft_s
    load_s = measured.load_s if measured.load_s is not None else timings.load_s
    known = {
        "done_reason": _REASONS.get(finished.reason),
        "total_duration": _nanoseconds(measured.total_s),
        "load_duration": _nanoseconds(load_s),
        "prompt_eval_count": usage.prompt_tokens,
        "prompt_eval_duration": _nanoseconds(prompt_s),
        "eval_count": usage.completion_tokens,
        "eval_duration": _nanoseconds(decode_s),
    }
    return {"done": True} | {name: value for name, value in known.items() if value is not None}


def _nanoseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1e9)
