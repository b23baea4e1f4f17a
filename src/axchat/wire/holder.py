"""What the holder and its clients say to each other on the Unix socket: JSON objects, one in a line. Pure.

A request is answered by lines ``{"event": ...}``: first ``job`` with the id to cancel it by, then the
events of ``axchat.events``, ``ready`` when the model is loaded, and as the last one ``finished`` or
``failed``. Lone surrogates (bytes that were not UTF-8) survive, because JSON escapes them.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, TypeVar

from axchat.errors import AxchatError, EngineFault
from axchat.events import (
    EngineTimings,
    Event,
    Finished,
    FinishReason,
    Level,
    LoadProgress,
    Notice,
    PromptEstimate,
    Queued,
    TextDelta,
    Usage,
)
from axchat.messages import Message, Role, Sampling

PROTOCOL = 1
"""Raised when a client and a holder of different versions would not understand each other."""

API = "/axchat/v1"
"""Where the private routes are; only the Unix socket has them."""

Option = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """What is to be loaded; two equal values are the same loaded model.

    Attributes:
        name: what clients of the HTTP APIs call it.
        engine: the registry's name of the engine.
        path: model directory, run script or file, absolute; None for engines without one.
        options: names and values of the settings that the engine is made with, sorted.
    """

    name: str
    engine: str
    path: str | None
    options: tuple[tuple[str, Option], ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """One request to the holder.

    Attributes:
        spec: the model; None for whatever is loaded.
        messages: the conversation; None asks for the load only.
        sampling: what was chosen.
        schema: see ``engines.base.Request``.
        timeout_s: seconds for all of it, None for ever.
        keep_alive_s: how long the model stays loaded afterwards; None leaves it to the holder.
        allows_reload: whether a sampling value may cost a load.
        client: who asks, for a fair queue.
        version: of the client.
        think: see ``engines.base.Request``.
    """

    spec: ModelSpec | None
    messages: tuple[Message, ...] | None
    sampling: Sampling = field(default_factory=Sampling)
    schema: Mapping[str, object] | None = None
    timeout_s: float | None = None
    keep_alive_s: float | None = None
    allows_reload: bool = False
    client: str = ""
    version: str = ""
    think: bool | None = None


def encode_order(order: Order) -> bytes:
    """The order as the body of a request."""
    return json.dumps({"protocol": PROTOCOL, **asdict(order)}).encode("ascii")


def decode_order(body: bytes) -> Order:
    """The order in the body of a request.

    Raises:
        ValueError: it is none; says what is wrong.
    """
    try:
        given = json.loads(body)
        if given["protocol"] != PROTOCOL:
            raise ValueError(f"protocol {given['protocol']!r} is not {PROTOCOL}")
        messages = given["messages"]
        return Order(
            spec=None if given["spec"] is None else decode_spec(given["spec"]),
            messages=None if messages is None else tuple(_message(message) for message in messages),
            sampling=_sampling(given["sampling"]),
            think=given.get("think"),  # clients before 0.6 do not send it
            **{name: given[name] for name in _PLAIN},
        )
    except (TypeError, KeyError, RecursionError) as error:
        raise ValueError(f"not an order: {type(error).__name__}: {error}") from error


_PLAIN = ("schema", "timeout_s", "keep_alive_s", "allows_reload", "client", "version")


def decode_spec(given: Mapping[str, Any]) -> ModelSpec:
    """A ``ModelSpec`` as ``asdict`` and JSON left it."""
    return ModelSpec(
        given["name"],
        given["engine"],
        given["path"],
        tuple((name, value) for name, value in given["options"]),
    )


def _message(given: Mapping[str, Any]) -> Message:
    return Message(Role(given["role"]), given["text"], tuple(given["images"]))


def _sampling(given: Mapping[str, Any]) -> Sampling:
    stop = given["stop"]
    return Sampling(**{**given, "stop": None if stop is None else tuple(stop)})


_KINDS: dict[str, type[Any]] = {
    "load": LoadProgress,
    "queued": Queued,
    "text": TextDelta,
    "notice": Notice,
    "prompt": PromptEstimate,
    "finished": Finished,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def encode_event(event: Event) -> bytes:
    """One event as a line."""
    if isinstance(event, TextDelta):  # the one that comes for every token
        text = json.dumps(event.text).encode("ascii")
        if event.tokens is None:
            return b'{"event": "text", "text": %s}\n' % text
        return b'{"event": "text", "text": %s, "tokens": %d}\n' % (text, event.tokens)
    return line(_NAMES[type(event)], **asdict(event))


def line(name: str, **values: object) -> bytes:
    """Any line: its event's name and values that JSON can hold."""
    return json.dumps({"event": name, **values}, default=str).encode("ascii") + b"\n"


def decode_event(given: Mapping[str, Any]) -> Event | None:
    """The event of a parsed line; None for a line that is none of ``axchat.events``.

    Raises:
        ValueError: it lacks what such an event has.
    """
    name = given.get("event")
    if name == "text":
        return TextDelta(
            given["text"], given.get("tokens")
        )  # not every engine, nor every older holder, tells it
    kind = _KINDS.get(str(name))
    if kind is None:
        return None
    try:
        if kind is Finished:
            usage, timings = _known(Usage, given["usage"]), _known(EngineTimings, given["timings"])
            return Finished(FinishReason(given["reason"]), usage, timings)
        event: Event = _known(kind, given)
        return Notice(event.text, Level(event.level)) if isinstance(event, Notice) else event
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a {name} event: {error}") from error


_T = TypeVar("_T")


def _known(kind: type[_T], given: Mapping[str, Any]) -> _T:
    """The value, without fields that a newer holder may have added."""
    names = {known.name for known in fields(kind)}  # type: ignore[arg-type]  # all kinds here are dataclasses
    return kind(**{name: value for name, value in given.items() if name in names})


def encode_error(error: AxchatError, name: Literal["failed", "error"] = "failed") -> bytes:
    """An error as a line."""
    return line(name, error=error.as_dict())


def decode_error(given: Mapping[str, Any]) -> AxchatError:
    """The error that ``as_dict`` described, as the class that its id names."""
    hint, facts = given.get("hint"), given.get("facts")
    kind = _classes().get(str(given.get("id")), EngineFault)
    return kind(
        str(given.get("message", "the holder failed")),
        hint=None if hint is None else str(hint),
        **({str(name): value for name, value in facts.items()} if isinstance(facts, dict) else {}),
    )


def _classes() -> dict[str, type[AxchatError]]:
    found, todo = {}, [AxchatError]
    while todo:
        kind = todo.pop()
        found[kind.id] = kind
        todo += kind.__subclasses__()
    return found
