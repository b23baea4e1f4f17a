"""Our answers as OpenAI's objects: ``chat.completion`` and ``text_completion``, usage, errors. Pure.

Shapes: OpenAI's API reference and the types of its Python client 3.57. Fields of our own stand in ``usage``
under the names that clients of ``axllm serve`` read (``ttft_ms``, ``prefill_tps``, ``decode_tps``,
``prefill_tokens``) and in one object ``axchat``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from axchat.errors import AxchatError, ContextOverflow
from axchat.events import Finished, FinishReason
from axchat.wire.openai_fields import without_surrogates

CHAT = "chat.completion"
CHUNK = "chat.completion.chunk"
TEXT = "text_completion"

_TYPES = {401: "authentication_error", 403: "permission_error"}
_TYPES |= {404: "not_found_error", 429: "rate_limit_error", 501: "not_supported_error"}


@dataclass(frozen=True, slots=True)
class Head:
    """What every object of one answer says of itself; ``created`` in seconds since 1970."""

    id: str
    model: str
    created: int

    def fields(self, kind: str) -> dict[str, object]:
        """The first fields of an object of this kind."""
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": without_surrogates(self.model),
        }


@dataclass(frozen=True, slots=True)
class Clocked:
    """What axchat's own clock measured of one answer, in seconds; None where there was nothing to measure.

    ``ttft_s`` runs from the start of the generation to its first text, without queue and load; ``total_s``
    from the request's arrival to the end.
    """

    queued_s: float | None = None
    load_s: float | None = None
    ttft_s: float | None = None
    total_s: float | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """All that is known at the end of an answer.

    ``ignored`` names parameters of the request that had no effect, ``notices`` is what the user should know.
    """

    finished: Finished
    clocked: Clocked = Clocked()
    ignored: Sequence[str] = ()
    notices: Sequence[str] = ()


def finish_reason(reason: FinishReason) -> str:
    """OpenAI's word for why an answer is complete.

    It has none for a runner that does not tell: that is ``stop`` here, and ``unknown`` in the object
    ``axchat``. A cancelled answer is not complete and has no word: callers answer with an error.
    """
    return "length" if reason is FinishReason.LENGTH else "stop"


def usage_of(ending: Ending) -> dict[str, object] | None:
    """The object ``usage``; None where the engine has no exact counts of prompt and answer."""
    usage = ending.finished.usage
    if usage.prompt_tokens is None or usage.completion_tokens is None:
        return None
    found: dict[str, object] = {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
    }
    if usage.cached_tokens is not None:
        found["prompt_tokens_details"] = {"cached_tokens": usage.cached_tokens}
        found["prefill_tokens"] = usage.prompt_tokens - usage.cached_tokens
    return found | _rates(ending)


def about(ending: Ending) -> dict[str, object]:
    """The object ``axchat``: the engine's own finish reason, times in ms, what had no effect, notices."""
    clocked = ending.clocked
    return {
        "finish_reason": ending.finished.reason.value,
        "queued_ms": _ms(clocked.queued_s),
        "load_ms": _ms(clocked.load_s),
        "total_ms": _ms(clocked.total_s),
        "ignored": list(ending.ignored),
        "notices": [without_surrogates(notice) for notice in ending.notices],
        **_rates(ending),
    }


def chat_completion(head: Head, said: str, thought: str, ending: Ending) -> dict[str, object]:
    """A whole ``chat.completion``; ``thought`` becomes ``reasoning_content`` where there is one."""
    message: dict[str, object] = {"role": "assistant", "content": without_surrogates(said), "refusal": None}
    if thought:
        message["reasoning_content"] = without_surrogates(thought)
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": finish_reason(ending.finished.reason),
    }
    return _whole(head, CHAT, choice, ending)


def text_completion(head: Head, said: str, ending: Ending) -> dict[str, object]:
    """A whole ``text_completion``; the text is exactly what the model said."""
    choice = {
        "index": 0,
        "text": without_surrogates(said),
        "logprobs": None,
        "finish_reason": finish_reason(ending.finished.reason),
    }
    return _whole(head, TEXT, choice, ending)


def error_body(error: AxchatError) -> dict[str, object]:
    """An error in OpenAI's shape: ``code`` is our id, ``message`` holds the hint, ``param`` what is wrong.

    A prompt that does not fit has the type and the counts that llama.cpp's server gives it.
    """
    hint = f"; {error.hint}" if error.hint else ""
    found: dict[str, object] = {
        "message": without_surrogates(f"{error.message}{hint}"),
        "type": _TYPES.get(error.http_status, _type_otherwise(error.http_status)),
        "param": error.facts.get("param"),
        "code": error.id,
    }
    if isinstance(error, ContextOverflow):
        found |= _overflow(error.facts)
    return {"error": found}


def _type_otherwise(status: int) -> str:
    return "server_error" if status >= 500 else "invalid_request_error"


def _overflow(facts: Mapping[str, object]) -> dict[str, object]:
    counts = {"n_prompt_tokens": facts.get("prompt_tokens"), "n_ctx": facts.get("context_tokens")}
    return {"type": "exceed_context_size_error"} | {k: v for k, v in counts.items() if v is not None}


def _whole(head: Head, kind: str, choice: dict[str, object], ending: Ending) -> dict[str, object]:
    return {
        **head.fields(kind),
        "choices": [choice],
        "usage": usage_of(ending),
        "axchat": about(ending),
    }


def _rates(ending: Ending) -> dict[str, object]:
    """TTFT by our clock, else the engine's; rates by the engine's clock only."""
    usage, timings, clocked = ending.finished.usage, ending.finished.timings, ending.clocked
    ttft_s = clocked.ttft_s if clocked.ttft_s is not None else timings.ttft_s
    prefilled = None if usage.prompt_tokens is None else usage.prompt_tokens - (usage.cached_tokens or 0)
    decode_tps = None if timings.rate_includes_prompt else timings.tokens_per_s
    if decode_tps is None and timings.decode_tokens is not None and timings.decode_s is not None:
        decode_tps = _rate(timings.decode_tokens, timings.decode_s)
    return {
        "ttft_ms": _ms(ttft_s),
        "prefill_tps": _rounded(_rate(prefilled, timings.prompt_s)),
        "decode_tps": _rounded(decode_tps),
    }


def _rate(tokens: int | None, seconds: float | None) -> float | None:
    if tokens is None or seconds is None or tokens <= 0 or seconds <= 0:
        return None
    return tokens / seconds


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)


def _rounded(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 3)
