"""What OpenAI's clients may send: the bodies of requests, checked strictly (table in docs/api.md).

Every field of OpenAI's API is in one of three groups: honoured, without effect, or refused by a type that
only takes the value that means nothing. Other servers' parameters are listed by name; an unknown one is
refused, as OpenAI does.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from axchat.server.schemas.openai_messages import ChatMessage, Nothing

MAX_STOPS = 4
"""As OpenAI's API."""

_INT32 = 2**31 - 1

_NUMBER = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
DURATION = rf"^\s*[+-]?(?:{_NUMBER}|(?:{_NUMBER}(?:ns|us|µs|ms|s|m|h))+)\s*$"
"""What ``axchat.deadline.duration`` reads."""


def _whole(value: object) -> object:
    """A whole number as JSON has it: 1.0 is one, true is none."""
    if isinstance(value, bool):
        raise PydanticCustomError("int_type", "Input should be a valid integer")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _boolean(value: object) -> object:
    """Python takes 0 for False."""
    if value is None or isinstance(value, bool):
        return value
    raise PydanticCustomError("bool_type", "Input should be a valid boolean")


Count = Annotated[int, Field(ge=1, le=_INT32), BeforeValidator(_whole)]
One = Annotated[Literal[1], BeforeValidator(_whole)]
No = Annotated[Literal[False], BeforeValidator(_boolean)]


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, serialize_by_alias=True)


class JsonSchema(_Body):
    """A JSON schema for the whole answer; it is always kept to strictly."""

    name: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]
    description: str | None = None
    json_schema: dict[str, Any] | None = Field(None, alias="schema")
    strict: bool | None = None


class TextFormat(_Body):
    """Any text."""

    type: Literal["text"]


class JsonObjectFormat(_Body):
    """Any JSON object."""

    type: Literal["json_object"]


class JsonSchemaFormat(_Body):
    """JSON that keeps to a schema."""

    type: Literal["json_schema"]
    json_schema: JsonSchema


ResponseFormat = Annotated[TextFormat | JsonObjectFormat | JsonSchemaFormat, Field(discriminator="type")]


class StreamOptions(_Body):
    """``include_usage`` adds a last chunk with the counts; chunks are never padded."""

    include_usage: bool | None = None
    include_obfuscation: bool | None = None


class ForeignParameters(_Body):
    """Parameters of other servers and gateways: taken, without effect, and named as such in the answer."""

    add_generation_prompt: Any = None
    cache_prompt: Any = None
    chat_template_kwargs: Any = None
    enable_thinking: Any = None
    ignore_eos: Any = None
    include_reasoning: Any = None
    length_penalty: Any = None
    min_p: Any = None
    min_tokens: Any = None
    mirostat: Any = None
    mirostat_eta: Any = None
    mirostat_tau: Any = None
    num_ctx: Any = None
    options: Any = None
    provider: Any = None
    reasoning: Any = None
    repeat_last_n: Any = None
    repeat_penalty: Any = None
    repetition_penalty: Any = None
    return_progress: Any = None
    samplers: Any = None
    skip_special_tokens: Any = None
    spaces_between_special_tokens: Any = None
    think: Any = None
    thinking: Any = None
    thinking_mode: Any = None
    timings_per_token: Any = None
    transforms: Any = None
    typical_p: Any = None


class SamplingParameters(ForeignParameters):
    """What chat and text completions share."""

    model: Annotated[str, Field(min_length=1)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: Count | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=0, le=_INT32), BeforeValidator(_whole)] | None = None
    seed: Annotated[int, BeforeValidator(_whole)] | None = None
    keep_alive: Annotated[str, Field(pattern=DURATION)] | int | float | None = None
    stop: (
        Annotated[str, Field(min_length=1)]
        | Annotated[list[Annotated[str, Field(min_length=1)]], Field(max_length=MAX_STOPS)]
        | None
    ) = None
    # One answer to each request: the card generates one at a time.
    n: One | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    user: str | None = None
    logit_bias: Annotated[dict[str, Any], Field(max_length=0)] | None = None


class ChatRequest(SamplingParameters):
    """The body of ``POST /v1/chat/completions``."""

    messages: Annotated[list[ChatMessage], Field(min_length=1)]
    max_completion_tokens: Count | None = None
    response_format: ResponseFormat | None = None
    reasoning_format: Literal["none", "auto", "deepseek"] | None = None

    reasoning_effort: str | None = None
    verbosity: str | None = None

    metadata: dict[str, Any] | None = None
    store: bool | None = None
    service_tier: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: dict[str, Any] | None = None
    prompt_cache_retention: str | None = None
    prediction: dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None

    logprobs: No | None = None
    top_logprobs: Annotated[Literal[0], BeforeValidator(_whole)] | None = None
    tools: Nothing = None
    tool_choice: Literal["none", "auto"] | None = None
    functions: Nothing = None
    function_call: Literal["none", "auto"] | None = None
    modalities: list[Literal["text"]] | None = None
    audio: None = None
    web_search_options: None = None
    moderation: None = None


class CompletionRequest(SamplingParameters):
    """The body of ``POST /v1/completions``; the prompt becomes one user message."""

    prompt: str | Annotated[list[str], Field(min_length=1, max_length=1)]

    suffix: Literal[""] | None = None
    echo: No | None = None
    best_of: One | None = None
    logprobs: None = None


class EmbeddingsRequest(BaseModel):
    """The body of ``POST /v1/embeddings``; nothing of it is read."""

    model_config = ConfigDict(extra="allow")
