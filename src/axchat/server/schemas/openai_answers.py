"""What OpenAI's clients get, for the OpenAPI document; answers themselves are made in ``axchat.wire``."""

from typing import Literal

from pydantic import BaseModel


class PromptTokensDetails(BaseModel):
    """Tokens of the prompt that were not read again."""

    cached_tokens: int


class Usage(BaseModel):
    """Exact counts; ``prefill_tokens`` and below as clients of ``axllm serve`` read them."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: PromptTokensDetails | None = None
    prefill_tokens: int | None = None
    ttft_ms: float | None
    prefill_tps: float | None
    decode_tps: float | None


class About(BaseModel):
    """What OpenAI's objects have no place for."""

    finish_reason: Literal["stop", "length", "unknown"]
    queued_ms: float | None
    load_ms: float | None
    total_ms: float | None
    ttft_ms: float | None
    prefill_tps: float | None
    decode_tps: float | None
    ignored: list[str]
    notices: list[str]


class AnswerMessage(BaseModel):
    """What the model said; ``reasoning_content`` is there only where it thought."""

    role: Literal["assistant"]
    content: str
    refusal: None
    reasoning_content: str | None = None


class ChatChoice(BaseModel):
    """The one answer."""

    index: Literal[0]
    message: AnswerMessage
    logprobs: None
    finish_reason: Literal["stop", "length"]


class ChatCompletion(BaseModel):
    """A whole answer of a chat."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[ChatChoice]
    usage: Usage | None
    axchat: About


class TextChoice(BaseModel):
    """The one completion."""

    index: Literal[0]
    text: str
    logprobs: None
    finish_reason: Literal["stop", "length"]


class TextCompletion(BaseModel):
    """A whole text completion."""

    id: str
    object: Literal["text_completion"]
    created: int
    model: str
    choices: list[TextChoice]
    usage: Usage | None
    axchat: About


class AboutModel(BaseModel):
    """Which engine drives the model, and whether it is loaded now."""

    engine: str
    is_loaded: bool


class Model(BaseModel):
    """A model that requests may name; ``created`` is when this process was started."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: Literal["axchat"]
    axchat: AboutModel


class ModelList(BaseModel):
    """All of them; what is loaded comes first."""

    object: Literal["list"]
    data: list[Model]


class ErrorDetail(BaseModel):
    """``code`` is axchat's id of the error (docs/faults.md), ``message`` holds the way out."""

    message: str
    type: str
    param: str | None
    code: str


class ErrorAnswer(BaseModel):
    """OpenAI's shape of an error."""

    error: ErrorDetail
