"""From the body of an OpenAI request to our values, and what of it has no effect. Does no I/O itself."""

from collections.abc import Callable, Mapping, Sequence

from axchat.deadline import duration
from axchat.messages import Message, Role, Sampling
from axchat.server.schemas.openai import (
    ChatRequest,
    CompletionRequest,
    ForeignParameters,
    JsonObjectFormat,
    JsonSchemaFormat,
    SamplingParameters,
)
from axchat.server.schemas.openai_messages import ImagePart, SystemMessage, TextPart, UserMessage

_TOLD = frozenset(ForeignParameters.model_fields) | {
    "frequency_penalty",
    "presence_penalty",
    "reasoning_effort",
    "verbosity",
}
"""Parameters that would change an answer, and do not here."""

_FOR_EVER_S = 100 * 365 * 86400.0
"""Clocks and dates do not hold what a request may ask for."""

_SEEDS = 2**63

_SAYS_NOTHING: tuple[object, ...] = (None, 0)


def chat_messages(body: ChatRequest, keep_image: Callable[[str], str]) -> tuple[Message, ...]:
    """The conversation.

    Args:
        body: checked.
        keep_image: makes a file of the ``data:`` URL of an image and gives its path.
    """
    messages = []
    for message in body.messages:
        role = Role.ASSISTANT
        if isinstance(message, SystemMessage):
            role = Role.SYSTEM
        elif isinstance(message, UserMessage):
            role = Role.USER
        parts = _parts(message.content)
        text = "\n".join(part.text for part in parts if isinstance(part, TextPart))
        images = tuple(keep_image(part.image_url.url) for part in parts if isinstance(part, ImagePart))
        messages.append(Message(role, text, images))
    return tuple(messages)


def has_images(body: ChatRequest) -> bool:
    """Whether files have to be made."""
    return any(isinstance(part, ImagePart) for message in body.messages for part in _parts(message.content))


def completion_messages(body: CompletionRequest) -> tuple[Message, ...]:
    """The prompt, as one user message: the engines of chat models have no other way in."""
    text = body.prompt if isinstance(body.prompt, str) else body.prompt[0]
    return (Message(Role.USER, text),)


def sampling_of(body: SamplingParameters) -> Sampling:
    """How to sample; of OpenAI's two limits the newer ``max_completion_tokens`` comes first."""
    limit = body.max_tokens
    if isinstance(body, ChatRequest) and body.max_completion_tokens is not None:
        limit = body.max_completion_tokens
    stop = [body.stop] if isinstance(body.stop, str) else body.stop
    return Sampling(
        max_tokens=limit,
        temperature=body.temperature,
        top_p=body.top_p,
        top_k=body.top_k,
        # any number is a seed; engines hold 64 bits
        seed=None if body.seed is None else body.seed % _SEEDS if abs(body.seed) >= _SEEDS else body.seed,
        stop=tuple(stop) if stop else None,
    )


def keep_alive_s(body: SamplingParameters) -> float | None:
    """Seconds that the model stays loaded afterwards, below 0 for ever; None leaves it to the holder."""
    told = body.keep_alive
    if told is None:
        return None
    try:
        seconds = duration(told) if isinstance(told, str) else float(told)
    except OverflowError:  # a whole number that no float holds
        seconds = float("inf") if isinstance(told, int) and told > 0 else -1.0
    return -1.0 if seconds > _FOR_EVER_S else seconds


def schema_of(body: ChatRequest) -> Mapping[str, object] | None:
    """The JSON schema that the answer keeps to, ``{}`` for any object; None for any text."""
    wanted = body.response_format
    if isinstance(wanted, JsonObjectFormat):
        return {}
    if isinstance(wanted, JsonSchemaFormat):
        return wanted.json_schema.json_schema or {}
    return None


def think_of(body: SamplingParameters) -> tuple[bool | None, tuple[str, ...]]:
    """What the model is told about thinking, and the parameters that say so; None where they disagree.

    ``chat_template_kwargs`` counts where it holds nothing else: other variables reach no template.
    """
    variables = body.chat_template_kwargs
    alone = isinstance(variables, dict) and len(variables) == 1
    told = {
        "think": body.think,
        "enable_thinking": body.enable_thinking,
        "chat_template_kwargs": variables.get("enable_thinking") if alone else None,
    }
    told = {name: value for name, value in told.items() if isinstance(value, bool)}
    if len(set(told.values())) != 1:
        return None, ()
    return next(iter(told.values())), tuple(told)


def without_effect(body: SamplingParameters) -> tuple[str, ...]:
    """Names of the parameters that would change an answer elsewhere and are not honoured here, sorted."""
    given = (body.model_fields_set & _TOLD) - set(think_of(body)[1])
    return tuple(sorted(name for name in given if getattr(body, name) not in _SAYS_NOTHING))


def _parts(content: str | Sequence[TextPart | ImagePart] | None) -> Sequence[TextPart | ImagePart]:
    if isinstance(content, str):
        return [TextPart(type="text", text=content)]
    return content or []
