"""Our answers in OpenAI's shapes."""

import json

import pytest

from axchat.errors import BodyRefused, ContextOverflow, DeviceFailed, ModelError, QueueFull, UsageError
from axchat.events import EngineTimings, Finished, FinishReason, Usage
from axchat.wire.openai_answer import (
    Clocked,
    Ending,
    Head,
    about,
    chat_completion,
    error_body,
    finish_reason,
    text_completion,
    usage_of,
)
from axchat.wire.openai_errors import error_of

HEAD = Head("chatcmpl-1", "m", 7)
ENDING = Ending(
    Finished(
        FinishReason.STOP,
        Usage(prompt_tokens=30, completion_tokens=11, cached_tokens=10),
        EngineTimings(prefill_s=0.5, decode_s=2.0, tokens_per_s=5.0),
    ),
    Clocked(queued_s=0.25, load_s=None, ttft_s=0.6, total_s=3.0),
    ignored=("seed",),
    notices=("slow",),
)


def test_usage_is_exact_and_has_what_axllm_clients_read() -> None:
    """Counts are the engine's; the fields of axllm's clients stand beside them."""
    assert usage_of(ENDING) == {
        "prompt_tokens": 30,
        "completion_tokens": 11,
        "total_tokens": 41,
        "prompt_tokens_details": {"cached_tokens": 10},
        "prefill_tokens": 20,
        "ttft_ms": 600.0,
        "prefill_tps": 40.0,
        "decode_tps": 5.0,
    }


@pytest.mark.parametrize("usage", [Usage(), Usage(prompt_tokens=3), Usage(completion_tokens=3)])
def test_no_usage_without_exact_counts(usage: Usage) -> None:
    """An engine that does not know both counts gives no usage rather than a guess."""
    ending = Ending(Finished(FinishReason.STOP, usage))
    assert usage_of(ending) is None
    assert chat_completion(HEAD, "x", "", ending)["usage"] is None


def test_a_rate_that_counts_the_prompt_is_not_the_decode_rate() -> None:
    """A legacy runner's figure over prompt and answer is left out; the time of decoding gives the rate."""
    timings = EngineTimings(tokens_per_s=99.0, rate_includes_prompt=True)
    usage = Usage(prompt_tokens=3, completion_tokens=11)
    assert about(Ending(Finished(FinishReason.STOP, usage, timings)))["decode_tps"] is None
    timings = EngineTimings(tokens_per_s=99.0, decode_s=2.0, decode_tokens=10, rate_includes_prompt=True)
    assert about(Ending(Finished(FinishReason.STOP, usage, timings)))["decode_tps"] == 5.0


@pytest.mark.parametrize(
    ("timings", "rate"),
    [
        (EngineTimings(prefill_s=0.5), 20.0),
        (EngineTimings(ttft_s=0.25, prefill_s=0.5), 40.0),
        (EngineTimings(prefill_s=0.5, rate_includes_prompt=True), None),
    ],
    ids=["an engine's prefill", "a runner's ttft", "no prefill stage"],
)
def test_the_prefill_rate_is_the_runners_own(timings: EngineTimings, rate: float | None) -> None:
    """Time seen at a runner's calls has a batch of answer tokens in it, so what it prints goes first."""
    ending = Ending(Finished(FinishReason.STOP, Usage(prompt_tokens=10), timings))
    assert about(ending)["prefill_tps"] == rate


def test_times_that_nobody_measured_are_null() -> None:
    """Nothing is invented where neither clock measured."""
    told = about(Ending(Finished(FinishReason.UNKNOWN)))
    assert told == {
        "finish_reason": "unknown",
        "queued_ms": None,
        "load_ms": None,
        "total_ms": None,
        "ignored": [],
        "notices": [],
        "ttft_ms": None,
        "prefill_tps": None,
        "decode_tps": None,
    }


def test_the_engines_ttft_stands_in_for_ours() -> None:
    """Without a measurement of our own, TTFT and prefill rate are the engine's."""
    finished = Finished(FinishReason.STOP, Usage(8, 2), EngineTimings(ttft_s=0.4))
    told = about(Ending(finished))
    assert (told["ttft_ms"], told["prefill_tps"]) == (400.0, 20.0)


def test_chat_completion() -> None:
    """A thought is reasoning_content, and only where there is one; what had no effect is told."""
    whole = chat_completion(HEAD, "Yes.", "so", ENDING)
    assert whole["choices"] == [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "Yes.",
                "refusal": None,
                "reasoning_content": "so",
            },
            "logprobs": None,
            "finish_reason": "stop",
        }
    ]
    assert whole["object"] == "chat.completion"
    assert (whole["id"], whole["model"], whole["created"]) == ("chatcmpl-1", "m", 7)
    assert whole["axchat"] == about(ENDING)
    assert about(ENDING)["ignored"] == ["seed"]
    assert about(ENDING)["notices"] == ["slow"]
    assert "reasoning_content" not in json.dumps(chat_completion(HEAD, "Yes.", "", ENDING))


def test_text_completion() -> None:
    """A completion holds the text as it was said."""
    whole = text_completion(HEAD, " <think>x</think>", ENDING)
    assert whole["object"] == "text_completion"
    assert whole["choices"] == [
        {"index": 0, "text": " <think>x</think>", "logprobs": None, "finish_reason": "stop"}
    ]


def test_bytes_that_were_not_utf8_become_replacement_characters() -> None:
    """Lone surrogates never reach a client: strict JSON readers refuse them."""
    for whole in (
        chat_completion(HEAD, "a\udcff", "b\udc80", ENDING),
        text_completion(HEAD, "a\udcff", ENDING),
    ):
        assert "\\ud" not in json.dumps(whole)
        assert "\\ufffd" in json.dumps(whole)


@pytest.mark.parametrize(
    ("reason", "word"),
    [(FinishReason.STOP, "stop"), (FinishReason.LENGTH, "length"), (FinishReason.UNKNOWN, "stop")],
)
def test_finish_reason(reason: FinishReason, word: str) -> None:
    """OpenAI has no word for a runner that does not tell; the object axchat says it."""
    assert finish_reason(reason) == word


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (UsageError("no", param="n"), "invalid_request_error", "usage"),
        (ModelError("no"), "not_found_error", "model"),
        (QueueFull("no"), "rate_limit_error", "queue-full"),
        (DeviceFailed("no"), "server_error", "device-failed"),
        (BodyRefused("no", http_status=413), "invalid_request_error", "body-refused"),
    ],
)
def test_errors(error: UsageError, kind: str, code: str) -> None:
    """An error has OpenAI's shape, our id as code and the parameter where one is wrong."""
    assert error_body(error) == {
        "error": {"message": "no", "type": kind, "param": error.facts.get("param"), "code": code}
    }


def test_hint_is_in_the_message() -> None:
    """Clients show the message only, so the way out stands in it."""
    error = error_body(DeviceFailed("card is dead", hint="axchat doctor"))["error"]
    assert isinstance(error, dict)
    assert error["message"] == "card is dead; axchat doctor"


def test_overflow_is_understood_by_our_own_client() -> None:
    """Our engine for such servers reads back the error and its counts."""
    error = ContextOverflow("too long", prompt_tokens=90, context_tokens=64)
    back = error_of(400, json.dumps(error_body(error)).encode())
    assert isinstance(back, ContextOverflow)
    assert (back.facts["prompt_tokens"], back.facts["context_tokens"]) == (90, 64)
