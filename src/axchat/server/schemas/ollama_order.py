"""What the body of a request of Ollama's asks for, decided before anything is done. Pure."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from axchat.errors import UsageError
from axchat.messages import Role, Sampling
from axchat.server.schemas.ollama import AskBody, ChatBody, GenerateBody, OllamaMessage
from axchat.wire.keep_alive import keep_alive_s
from axchat.wire.ollama import options_of, schema_of, think_of, thinks
from axchat.wire.ollama_answer import Shape

_SHOWN_CHARACTERS = 100  # of a name in a message

# Ollama's clients send the bytes alone, and a runner goes by a file's name: the content tells.
_KINDS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"BM": "bmp", b"GIF8": "gif"}


@dataclass(frozen=True, slots=True)
class Said:
    """One message; ``images`` are ``data:`` URLs of base64."""

    role: Role
    text: str
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OllamaOrder:
    """A request to answer, to load or to unload.

    Attributes:
        model: as the client names it.
        shape: the endpoint's.
        messages: what is to be answered; empty where the model is only to be loaded or unloaded.
        sampling: what was chosen.
        schema: that the answer keeps to.
        keep_alive_s: see ``Holder.ask``.
        parts_thinking: see ``OllamaAnswer``.
        think: what the model is told about thinking.
        is_stream: whether the answer comes in pieces.
        unknown: what was asked for and is not done, by the client's names.
    """

    model: str
    shape: Shape
    messages: tuple[Said, ...]
    sampling: Sampling
    schema: Mapping[str, Any] | None
    keep_alive_s: float | None
    parts_thinking: bool
    is_stream: bool
    unknown: tuple[str, ...]
    think: bool | None = None

    @property
    def has_images(self) -> bool:
        """Whether any message has a picture."""
        return any(said.images for said in self.messages)

    @property
    def only(self) -> str | None:
        """``load`` or ``unload`` where nothing is to be answered."""
        if self.messages:
            return None
        return "unload" if self.keep_alive_s == 0 else "load"


def chat_order(body: ChatBody) -> OllamaOrder:
    """What ``/api/chat`` is asked for.

    Raises:
        UsageError: what cannot be done as asked.
    """
    messages = body.messages or []
    if body.tools or any(message.tool_calls for message in messages):
        raise UsageError(f'"{_shown(body)}" does not support tools')
    said = tuple(_said(message, f"messages.{at}") for at, message in enumerate(messages))
    return _order(body, Shape.CHAT, said)


def generate_order(body: GenerateBody) -> OllamaOrder:
    """What ``/api/generate`` is asked for.

    Raises:
        UsageError: what cannot be done as asked. A prompt that bypasses the model's own template is refused:
            only the engine knows how this model must be asked.
    """
    if body.suffix:
        raise UsageError(f'"{_shown(body)}" does not support insert')
    if body.raw:
        raise UsageError(
            "raw prompts are not supported: the engine puts a prompt into the model's own template"
        )
    if body.template:
        raise UsageError("template is not supported: the engine uses the model's own")
    if body.context:
        raise UsageError(
            "context is not supported (Ollama deprecates it)", hint="use /api/chat with messages"
        )
    pictures = _pictures(body.images, "images")
    if not body.prompt:
        return _order(body, Shape.GENERATE, ())
    system = (Said(Role.SYSTEM, body.system),) if body.system else ()
    return _order(body, Shape.GENERATE, (*system, Said(Role.USER, body.prompt, pictures)))


def _order(body: AskBody, shape: Shape, messages: tuple[Said, ...]) -> OllamaOrder:
    options = options_of(body.options or {})
    parts_thinking = thinks(body.think)
    asked = {
        "think": isinstance(body.think, str)
        and bool(body.think),  # how much a model thinks is its own matter
        "logprobs": bool(body.logprobs),
        "truncate": bool(body.truncate),
    }
    return OllamaOrder(
        model=body.model,
        shape=shape,
        messages=messages,
        sampling=options.sampling,
        schema=schema_of(body.format),
        keep_alive_s=keep_alive_s(body.keep_alive),
        parts_thinking=parts_thinking,
        think=think_of(body.think),
        is_stream=body.stream is not False,
        unknown=(*options.unknown, *(name for name, is_asked in asked.items() if is_asked)),
    )


def _shown(body: AskBody) -> str:
    return body.model[:_SHOWN_CHARACTERS]


def _said(message: OllamaMessage, where: str) -> Said:
    try:
        role = Role(message.role.lower())
    except ValueError:
        hint = "roles: system, user, assistant"
        raise UsageError(f"{where}.role: no such role here: {message.role[:40]!r}", hint=hint) from None
    return Said(role, message.content or "", _pictures(message.images, f"{where}.images"))


def _pictures(images: Sequence[str] | None, where: str) -> tuple[str, ...]:
    return tuple(_picture(text, f"{where}.{at}") for at, text in enumerate(images or []))


def _picture(text: str, where: str) -> str:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise UsageError(f"{where}: not base64 (a data: address is none either)") from None
    kind = kind_of(data)
    if kind is None:
        raise UsageError(f"{where}: no PNG, JPEG, WebP, GIF or BMP picture")
    return f"data:image/{kind};base64,{text}"


def kind_of(data: bytes) -> str | None:
    """The kind of a picture by its first bytes; None for what is no picture that we know."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return next((kind for magic, kind in _KINDS.items() if data.startswith(magic)), None)
