"""Our events become the objects that Ollama's clients read; what is not known is left out."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama import ChatResponse, GenerateResponse

from axchat.errors import QueueFull
from axchat.events import (
    EngineTimings,
    Event,
    Finished,
    FinishReason,
    LoadProgress,
    Notice,
    PromptEstimate,
    Queued,
    TextDelta,
    Usage,
)
from axchat.wire.ollama_answer import (
    Measured,
    OllamaAnswer,
    Shape,
    error_object,
    line,
    time_text,
    without_text,
)

NOW = datetime(2026, 11, 28, 12, 0, 0, 1234, tzinfo=UTC)
STAMP = "2026-11-28T12:00:00.001234Z"
END = Finished(FinishReason.STOP, Usage(5, 3, 0), EngineTimings(prefill_s=0.25, decode_s=0.5))
CHAT_HEAD = {"model": "m", "created_at": STAMP}


def answered(
    events: list[Event], *, shape: Shape = Shape.CHAT, parts_thinking: bool = True, cut: bool = True
) -> tuple[list[dict[str, Any]], OllamaAnswer]:
    """The objects of a stream of these events, each alone or all together."""
    answer = OllamaAnswer("m", shape, parts_thinking=parts_thinking)
    batches = [[event] for event in events] if cut else [events]
    return [part for batch in batches for part in answer.receive(batch, NOW)], answer


def test_a_chat_streams_text_and_ends_with_counts() -> None:
    """Each piece of text is an object; the last one has no text but the reason, counts and nanoseconds."""
    parts, answer = answered([TextDelta("Hel"), TextDelta("lo"), END])
    assert parts == [
        CHAT_HEAD | {"message": {"role": "assistant", "content": "Hel"}, "done": False},
        CHAT_HEAD | {"message": {"role": "assistant", "content": "lo"}, "done": False},
    ]
    measured = Measured(total_s=1.5, load_s=0.5, generation_s=1.0, ttft_s=0.3)
    assert answer.last(measured, (), NOW) == CHAT_HEAD | {
        "message": {"role": "assistant", "content": ""},
        "done": True,
        "done_reason": "stop",
        "total_duration": 1_500_000_000,
        "load_duration": 500_000_000,
        "prompt_eval_count": 5,
        "prompt_eval_duration": 250_000_000,
        "eval_count": 3,
        "eval_duration": 500_000_000,
    }


def test_generate_answers_in_response() -> None:
    """/api/generate has the same objects with the text in ``response``."""
    parts, answer = answered([TextDelta("Hi"), END], shape=Shape.GENERATE)
    assert parts == [CHAT_HEAD | {"response": "Hi", "done": False}]
    assert answer.whole(Measured(), (), NOW)["response"] == "Hi"
    assert answer.last(Measured(), (), NOW)["response"] == ""


def test_our_clock_fills_in_what_the_engine_does_not_say() -> None:
    """Without the engine's own times, the prompt took until the first text and the rest is decoding."""
    _, answer = answered([TextDelta("Hi"), Finished(FinishReason.LENGTH, Usage(1, 2))])
    last = answer.last(Measured(generation_s=1.0, ttft_s=0.25), (), NOW)
    assert last["prompt_eval_duration"] == 250_000_000
    assert last["eval_duration"] == 750_000_000
    assert last["done_reason"] == "length"
    assert "total_duration" not in last


def test_a_runner_without_a_prefill_stage_has_its_prompt_on_our_clock() -> None:
    """Time seen at its calls has a batch of answer tokens in it, so our own clock is told."""
    timings = EngineTimings(prefill_s=0.5, rate_includes_prompt=True)
    _, answer = answered([TextDelta("Hi"), Finished(FinishReason.LENGTH, Usage(1, 2), timings)])
    last = answer.last(Measured(generation_s=1.0, ttft_s=0.25), (), NOW)
    assert last["prompt_eval_duration"] == 250_000_000


@pytest.mark.parametrize("reason", [FinishReason.UNKNOWN, FinishReason.CANCELLED])
def test_what_is_not_known_is_left_out(reason: FinishReason) -> None:
    """No count, no duration and no reason is invented."""
    _, answer = answered([TextDelta("Hi"), Finished(reason)])
    assert answer.whole(Measured(), (), NOW) == CHAT_HEAD | {
        "message": {"role": "assistant", "content": "Hi"},
        "done": True,
    }


def test_a_thought_goes_into_thinking() -> None:
    """A block at the beginning is streamed as ``thinking``, what follows as content."""
    events: list[Event] = [TextDelta("<thi"), TextDelta("nk>so"), TextDelta("</think>\n\nYes"), END]
    parts, answer = answered(events)
    messages = [part["message"] for part in parts]
    assert messages == [
        {"role": "assistant", "content": "", "thinking": "so"},
        {"role": "assistant", "content": "Yes"},
    ]
    whole = answer.whole(Measured(), (), NOW)["message"]
    assert whole == {"role": "assistant", "content": "Yes", "thinking": "so"}


def test_a_thought_stays_in_the_text_when_think_is_false() -> None:
    """The text is as the model said it, and the answer says that it thought although asked not to."""
    events: list[Event] = [TextDelta("<think>so</think>Yes"), END]
    parts, answer = answered(events, parts_thinking=False)
    assert [part["message"]["content"] for part in parts] == ["<think>so</think>Yes"]
    assert answer.last(Measured(), ("num_ctx",), NOW)["axchat"] == {"ignored": ["num_ctx", "think"]}


def test_think_false_is_obeyed_by_a_model_that_does_not_think() -> None:
    """Nothing is said to be ignored where there was no thought."""
    _, answer = answered([TextDelta("Yes, <think> is a tag"), END], parts_thinking=False)
    assert "axchat" not in answer.last(Measured(), (), NOW)


def test_what_was_held_back_is_not_lost() -> None:
    """A text that only looked like a tag comes out at the end."""
    parts, answer = answered([TextDelta("<thin"), END])
    assert parts[-1]["message"]["content"] == "<thin"
    assert answer.whole(Measured(), (), NOW)["message"]["content"] == "<thin"


def test_progress_is_no_part_of_the_answer() -> None:
    """A queue, a load and an estimate give no object; a notice comes in the last one."""
    events: list[Event] = [Queued(1), LoadProgress(1, 2), PromptEstimate(5), Notice("slow"), END]
    parts, answer = answered(events)
    assert parts == []
    last = answer.last(Measured(queued_s=2.0), ("seed",), NOW)
    assert last["axchat"] == {"ignored": ["seed"], "queued_duration": 2_000_000_000, "notices": ["slow"]}


@given(
    st.lists(st.text(alphabet=st.sampled_from("<think>/ a\n"), max_size=8), max_size=12),
    st.booleans(),
    st.booleans(),
)
def test_batches_do_not_matter(pieces: list[str], parts_thinking: bool, cut: bool) -> None:
    """The texts are the same however events are batched, and without parting they are what was said."""
    events: list[Event] = [*map(TextDelta, pieces), END]
    parts, answer = answered(events, parts_thinking=parts_thinking, cut=cut)
    _, other = answered(events, parts_thinking=parts_thinking, cut=not cut)
    whole = answer.whole(Measured(), (), NOW)["message"]
    assert whole == other.whole(Measured(), (), NOW)["message"]
    assert "".join(part["message"]["content"] for part in parts) == whole["content"]
    assert "".join(part["message"].get("thinking", "") for part in parts) == whole.get("thinking", "")
    if not parts_thinking:
        assert whole["content"] == "".join(pieces)


@given(st.lists(st.text(max_size=5).map(lambda text: text + "\udcff"), max_size=3))
def test_a_line_is_always_json_on_one_line(pieces: list[str]) -> None:
    """Whatever a model says, also bytes that are no UTF-8, is one line of JSON that the client reads back."""
    parts, answer = answered([*map(TextDelta, pieces), END])
    for part in [*parts, answer.whole(Measured(), (), NOW)]:
        raw = line(part)
        assert raw.count(b"\n") == 1
        assert ChatResponse(**json.loads(raw)).message.content is not None


def test_the_official_client_reads_every_object() -> None:
    """The types of the ollama package take each form of object."""
    parts, answer = answered([TextDelta("Hi"), END])
    last = answer.last(Measured(1.0, 0.0, 0.0, 1.0, 0.5), ("seed",), NOW)
    read = [ChatResponse(**part) for part in [*parts, last, without_text("m", Shape.CHAT, "load", NOW)]]
    assert [part.done_reason for part in read] == [None, "stop", "load"]
    assert read[1].eval_count == 3
    unloaded = GenerateResponse(**without_text("m", Shape.GENERATE, "unload", NOW))
    assert (unloaded.done, unloaded.done_reason, unloaded.response) == (True, "unload", "")


def test_an_error_is_one_text() -> None:
    """Clients show ``error``; our id and what mends it stand beside."""
    error = QueueFull("8 requests wait", hint="try later")
    assert error_object(error) == {
        "error": "8 requests wait",
        "axchat": {"id": "queue-full", "hint": "try later"},
    }


def test_times_are_utc() -> None:
    """A time of any zone is written in UTC, as Go writes it."""
    east = datetime(2026, 1, 1, 1, 0, tzinfo=timezone(timedelta(hours=2)))
    assert time_text(east) == "2025-12-31T23:00:00Z"
