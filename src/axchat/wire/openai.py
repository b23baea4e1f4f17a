"""OpenAI's chat schema: a request body from our values, events from a stream of chunks. Pure.

Extensions of llama.cpp's server are understood where they are present (its ``timings`` object, its
``exceed_context_size_error``); seen with xllamacpp 2026.10.11549.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from axchat.errors import AxchatError, ContextOverflow, EngineFault, ModelError, RunnerFailed
from axchat.events import EngineTimings, Event, Finished, FinishReason, TextDelta, Usage
from axchat.messages import Message, Sampling

END_OF_STREAM = "[DONE]"
# An error message is shown on one line; a server may put a page of HTML into it.
MAX_MESSAGE_CHARACTERS = 300

# What a counter or a clock can say; more (1e400 parses to infinity) is garbage.
_LARGEST_NUMBER = 2**53

# vLLM, LM Studio, Ollama and OpenAI itself say it in words only, sometimes.
_SAYS_OVERFLOW = re.compile(
    r"maximum context length|context (length|size|window)|exceeds? .*\bcontext\b", re.IGNORECASE
)
_SAYS_NO_MODEL = re.compile(r"model\b.{0,200}\b(not found|does not exist|is not available)", re.IGNORECASE)

_REASONS = {"stop": FinishReason.STOP, "length": FinishReason.LENGTH}


def chat_body(
    messages: Sequence[Message], sampling: Sampling, *, model: str | None = None, **extra: object
) -> bytes:
    """The JSON body of a streamed ``/v1/chat/completions``.

    Only sampling values that were chosen are sent, so that the server's own defaults hold otherwise.
    Lone surrogates in a message (bytes that were not UTF-8) become U+FFFD: JSON cannot carry them,
    and llama.cpp refuses the whole request.

    Args:
        messages: the whole conversation.
        sampling: what was chosen.
        model: the server's name of the model; left out when None.
        extra: further fields, sent as they are.
    """
    body: dict[str, object] = {
        "messages": [{"role": m.role.value, "content": without_surrogates(m.text)} for m in messages],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if model is not None:
        body["model"] = model
    body.update(sampling.chosen())
    body.update(extra)
    return json.dumps(body).encode("ascii")


def response_format(schema: Mapping[str, object]) -> dict[str, object]:
    """The field ``response_format`` for a JSON schema; ``{}`` is any object.

    Strict, so that a server which cannot keep to the schema refuses it (OpenAI's own does).
    """
    if not schema:
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}


def without_surrogates(text: str) -> str:
    """The text with each lone surrogate replaced by U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class ChatStream:
    """Turns the data strings of one streamed answer into events, ending with one ``Finished``.

    ``reasoning_content`` and tool calls are not part of the answer text and are left out. A piece's tokens
    are the growth of llama.cpp's ``predicted_n`` since the piece before, thoughts included; the end token,
    which comes with no text, is in the usage only.
    """

    def __init__(self) -> None:
        self._reason: FinishReason | None = None
        self._usage: Mapping[str, object] = {}
        self._timings: Mapping[str, object] = {}
        self._told: int | None = 0
        self.is_finished = False

    def receive(self, data: str) -> list[Event]:
        """Take the data of one server-sent event.

        Raises:
            AxchatError: the server reports an error (see ``error_of``), or sent what is not a chunk.
        """
        if self.is_finished:
            return []
        if data.strip() == END_OF_STREAM:
            return self.receive_eof()
        try:
            chunk = json.loads(data)
        except (ValueError, RecursionError) as exc:
            raise RunnerFailed(f"the server sent a chunk that is not JSON: {_one_line(data)}") from exc
        if not isinstance(chunk, dict):
            raise RunnerFailed(f"the server sent a chunk that is not an object: {_one_line(data)}")
        if "error" in chunk:
            raise error_of(200, data.encode("utf-8", "replace"))
        self._usage = _mapping(chunk.get("usage")) or self._usage
        timings = _mapping(chunk.get("timings"))
        self._timings = timings or self._timings
        return self._choices(chunk.get("choices"), _count(timings.get("predicted_n")))

    def receive_eof(self) -> list[Event]:
        """The stream ended; returns the ``Finished`` unless it was given before.

        Raises:
            RunnerFailed: it ended before the server said that the answer is complete.
        """
        if self.is_finished:
            return []
        if self._reason is None:
            raise RunnerFailed("the stream ended before the answer was complete")
        return [self._finish(self._reason)]

    @property
    def has_reason(self) -> bool:
        """Whether the server has said why the answer ends."""
        return self._reason is not None

    def cancelled(self) -> Finished:
        """The end of an answer that we stopped, with the counts that the server had sent so far."""
        return self._finish(FinishReason.CANCELLED)

    def _choices(self, choices: object, predicted: int | None) -> list[Event]:
        if not isinstance(choices, list) or not choices:
            return []
        choice = _mapping(choices[0])
        reason = choice.get("finish_reason")
        if isinstance(reason, str):
            self._reason = _REASONS.get(reason, FinishReason.UNKNOWN)
        text = _mapping(choice.get("delta")).get("content")
        if not isinstance(text, str) or not text:
            return []
        return [TextDelta(without_surrogates(text), self._tokens(predicted))]

    def _tokens(self, predicted: int | None) -> int | None:
        """The tokens since the piece before; None for good once a piece came without a count."""
        told = self._told
        if told is None or predicted is None or predicted < told:
            self._told = None
            return None
        self._told = predicted
        return predicted - told

    def _finish(self, reason: FinishReason) -> Finished:
        self.is_finished = True
        return Finished(reason, _usage(self._usage, self._timings), _timings(self._timings))


def _usage(usage: Mapping[str, object], timings: Mapping[str, object]) -> Usage:
    cached = _count(_mapping(usage.get("prompt_tokens_details")).get("cached_tokens"))
    if cached is None:
        cached = _count(timings.get("cache_n"))
    prompt = _count(usage.get("prompt_tokens"))
    if prompt is None and (evaluated := _count(timings.get("prompt_n"))) is not None:
        prompt = evaluated + (cached or 0)
    completion = _count(usage.get("completion_tokens"))
    if completion is None:
        completion = _count(timings.get("predicted_n"))
    if prompt == 0:
        # No prompt has no tokens: axllm serve says 0, 0, 0 of every answer (runner-console I 7).
        return Usage()
    return Usage(prompt_tokens=prompt, completion_tokens=completion, cached_tokens=cached)


def _timings(timings: Mapping[str, object]) -> EngineTimings:
    # llama.cpp starts its decode clock after the first token: one token has no rate.
    predicted = _count(timings.get("predicted_n"))
    has_rate = (predicted or 0) > 1
    decode_s = _seconds(timings.get("predicted_ms"))
    return EngineTimings(
        prefill_s=_seconds(timings.get("prompt_ms")),
        decode_s=decode_s,
        decode_tokens=predicted - 1 if predicted and has_rate and decode_s is not None else None,
        tokens_per_s=_number(timings.get("predicted_per_second")) if has_rate else None,
    )


def error_of(status: int, body: bytes, retry_after: str | None = None) -> AxchatError:
    """The error that a server's answer means; OpenAI's and llama.cpp's forms are understood.

    Args:
        status: of HTTP; 200 for an error inside a stream.
        body: of the answer.
        retry_after: the field of that name.
    """
    error = _error_object(body)
    message = _one_line(str(error.get("message") or body.decode("utf-8", "replace"))) or "no reason given"
    kinds = {str(error.get("type")), str(error.get("code"))}
    if kinds & {"exceed_context_size_error", "context_length_exceeded"}:
        return _overflow(error, message)
    if status in (400, 413) and _SAYS_OVERFLOW.search(message):
        return _overflow(error, message)
    if status in (401, 403):
        return EngineFault(
            f"the server refuses the key ({status}): {message}",
            hint="set AXCHAT_OPENAI_KEY, or the setting openai.key_file",
            status=status,
        )
    if "model_not_found" in kinds or (status in (400, 404) and _SAYS_NO_MODEL.search(message)):
        return ModelError(f"the server does not have the model: {message}", status=status)
    if status == 404:
        return RunnerFailed(
            f"the server has no chat completions at this address (404): {message}",
            hint="check the address; it usually ends with /v1",
            status=status,
        )
    if status in (429, 503):
        wait = retry_after.strip() if retry_after else ""
        hint = f"try again in {wait} s" if wait.isascii() and wait.isdigit() else "try again later"
        return EngineFault(f"the server is busy ({status}): {message}", hint=hint, status=status)
    if 500 <= status < 600:
        return RunnerFailed(f"the server failed ({status}): {message}", hint="see its own log", status=status)
    return RunnerFailed(f"the server refused the request ({status}): {message}", status=status)


def models_of(body: bytes) -> list[Mapping[str, object]]:
    """The entries of ``/v1/models`` that have an ``id``, in the server's order.

    Raises:
        RunnerFailed: it is no list of models, so what answers is no OpenAI-compatible server.
    """
    try:
        listed = json.loads(body)["data"]
        return [entry for entry in listed if isinstance(entry["id"], str)]
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise RunnerFailed(
            "what answers there is no OpenAI-compatible server: its /v1/models is no list of models",
            hint="check the address",
        ) from exc


_CONTEXT = ("max_model_len", "max_token_len", "context_length")
"""What vLLM, newer builds of ``axllm serve`` (runner-console 7) and brokers such as OpenRouter call it."""


def sizes_of(entry: Mapping[str, object]) -> tuple[int | None, int | None]:
    """The context and the longest prompt, in tokens, that an entry of ``/v1/models`` tells.

    llama.cpp's ``meta.n_ctx`` is what the server was started with; ``n_ctx_train`` beside it is no limit.
    """
    told = [_mapping(entry.get("meta")).get("n_ctx"), *(entry.get(name) for name in _CONTEXT)]
    context = next((count for count in map(_count, told) if count), None)
    return context, _count(entry.get("prefill_max_token_num")) or None


def is_llama_cpp(entry: Mapping[str, object]) -> bool:
    """Whether llama.cpp's server lists this model: it counts prompts (``input_tokens``)."""
    return entry.get("owned_by") == "llamacpp"


def tokens_of(body: bytes) -> int | None:
    """The count in llama.cpp's answer to ``/chat/completions/input_tokens``; None for any other answer."""
    try:
        return _count(_mapping(json.loads(body)).get("input_tokens"))
    except (ValueError, RecursionError):
        return None


def thinking(think: bool | None) -> dict[str, Any]:
    """The field that tells the chat template of llama.cpp, vLLM or SGLang whether to think; none for None."""
    return {} if think is None else {"chat_template_kwargs": {"enable_thinking": think}}


def _overflow(error: Mapping[str, object], message: str) -> ContextOverflow:
    prompt, context = _count(error.get("n_prompt_tokens")), _count(error.get("n_ctx"))
    if prompt is not None and context is not None:
        message = f"the prompt has {prompt} tokens, the context holds {context}"
    return ContextOverflow(
        message,
        hint="shorten the prompt or start a new conversation",
        prompt_tokens=prompt,
        context_tokens=context,
    )


def _error_object(body: bytes) -> Mapping[str, object]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    error = _mapping(parsed).get("error")
    return {"message": error} if isinstance(error, str) else _mapping(error)


def _one_line(text: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in text[: 4 * MAX_MESSAGE_CHARACTERS])
    line = " ".join(printable.split())
    return line if len(line) <= MAX_MESSAGE_CHARACTERS else line[: MAX_MESSAGE_CHARACTERS - 1] + "…"


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= _LARGEST_NUMBER else None


def _count(value: object) -> int | None:
    number = _number(value)
    return None if number is None or number != int(number) else int(number)


def _seconds(milliseconds: object) -> float | None:
    number = _number(milliseconds)
    return None if number is None else number / 1000
