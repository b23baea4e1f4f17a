"""OpenAI's chat schema: a request body from our values, events from a stream of chunks. Pure.

Extensions of llama.cpp's server are understood where they are present (its ``timings`` object, its
``exceed_context_size_error``); seen with xllamacpp 2026.10.11549.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from axchat.errors import RunnerFailed
from axchat.events import EngineTimings, Event, Finished, FinishReason, TextDelta, Usage
from axchat.messages import Message, Sampling
from axchat.wire.openai_errors import error_of, one_line
from axchat.wire.openai_fields import END_OF_STREAM, count_of, mapping_of, number_of, without_surrogates

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


def thinking(think: bool | None) -> dict[str, Any]:
    """The field that tells the chat template of llama.cpp, vLLM or SGLang whether to think; none for None."""
    return {} if think is None else {"chat_template_kwargs": {"enable_thinking": think}}


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
            raise RunnerFailed(f"the server sent a chunk that is not JSON: {one_line(data)}") from exc
        if not isinstance(chunk, dict):
            raise RunnerFailed(f"the server sent a chunk that is not an object: {one_line(data)}")
        if "error" in chunk:
            raise error_of(200, data.encode("utf-8", "replace"))
        self._usage = mapping_of(chunk.get("usage")) or self._usage
        timings = mapping_of(chunk.get("timings"))
        self._timings = timings or self._timings
        return self._choices(chunk.get("choices"), count_of(timings.get("predicted_n")))

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
        choice = mapping_of(choices[0])
        reason = choice.get("finish_reason")
        if isinstance(reason, str):
            self._reason = _REASONS.get(reason, FinishReason.UNKNOWN)
        text = mapping_of(choice.get("delta")).get("content")
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
    cached = count_of(mapping_of(usage.get("prompt_tokens_details")).get("cached_tokens"))
    if cached is None:
        cached = count_of(timings.get("cache_n"))
    prompt = count_of(usage.get("prompt_tokens"))
    if prompt is None and (evaluated := count_of(timings.get("prompt_n"))) is not None:
        prompt = evaluated + (cached or 0)
    completion = count_of(usage.get("completion_tokens"))
    if completion is None:
        completion = count_of(timings.get("predicted_n"))
    if prompt == 0:
        # No prompt has no tokens: axllm serve says 0, 0, 0 of every answer (runner-console I 7).
        return Usage()
    return Usage(prompt_tokens=prompt, completion_tokens=completion, cached_tokens=cached)


def _timings(timings: Mapping[str, object]) -> EngineTimings:
    # llama.cpp starts its decode clock after the first token: one token has no rate.
    predicted = count_of(timings.get("predicted_n"))
    has_rate = (predicted or 0) > 1
    decode_s = _seconds(timings.get("predicted_ms"))
    return EngineTimings(
        prefill_s=_seconds(timings.get("prompt_ms")),
        decode_s=decode_s,
        decode_tokens=predicted - 1 if predicted and has_rate and decode_s is not None else None,
        tokens_per_s=number_of(timings.get("predicted_per_second")) if has_rate else None,
    )


def _seconds(milliseconds: object) -> float | None:
    number = number_of(milliseconds)
    return None if number is None else number / 1000
