"""A streamed answer as server-sent events."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from axchat.events import (
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
from axchat.wire.openai import ChatStream
from axchat.wire.openai_answer import Ending, Head
from axchat.wire.openai_chunks import AnswerChunks, comment_of, error_event
from axchat.wire.sse import SseReader

HEAD = Head("chatcmpl-1", 'm"1', 7)
ENDING = Ending(Finished(FinishReason.LENGTH, Usage(3, 2)), ignored=("seed",))


def written(chunks: AnswerChunks, *batches: list[Event]) -> bytes:
    """A whole stream."""
    return b"".join(chunks.receive(batch) for batch in batches) + chunks.ending(ENDING)


def read(stream: bytes) -> list[dict[str, Any]]:
    """Its chunks; the end mark is checked and left out."""
    data = SseReader().receive(stream)
    assert data[-1] == "[DONE]"
    return [json.loads(item) for item in data[:-1]]


def text_of(chunks: list[dict[str, Any]], name: str) -> str:
    """What all chunks say under one name."""
    deltas = [choice.get("delta", choice) for chunk in chunks for choice in chunk["choices"]]
    return "".join(delta.get(name) or "" for delta in deltas)


def test_a_chat() -> None:
    """Role first, one chunk for each piece, the reason last, then the end mark."""
    chunks = read(written(AnswerChunks(HEAD), [TextDelta("Hel"), TextDelta("lo")], [TextDelta(".")]))
    assert [chunk["choices"][0]["delta"] for chunk in chunks] == [
        {"role": "assistant", "content": ""},
        {"content": "Hel"},
        {"content": "lo"},
        {"content": "."},
        {},
    ]
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None] * 4 + ["length"]
    assert {(chunk["id"], chunk["object"], chunk["created"], chunk["model"]) for chunk in chunks} == {
        ("chatcmpl-1", "chat.completion.chunk", 7, 'm"1')
    }
    assert chunks[-1]["axchat"]["ignored"] == ["seed"]
    assert all("usage" not in chunk for chunk in chunks)


def test_who_speaks_comes_with_the_first_text() -> None:
    """Nothing that looks like a token comes while the request waits; an empty answer has its opening too."""
    chunks = AnswerChunks(HEAD)
    assert chunks.receive([Queued(1)]) == b": queued 1\n\n"
    assert b'"role"' in chunks.receive([TextDelta("x")])
    assert b'"role"' not in chunks.receive([TextDelta("y")])
    deltas = [chunk["choices"][0]["delta"] for chunk in read(written(AnswerChunks(HEAD)))]
    assert deltas == [{"role": "assistant", "content": ""}, {}]


def test_usage_when_asked() -> None:
    """With include_usage a last chunk without choices holds it and every other says null."""
    chunks = read(written(AnswerChunks(HEAD, with_usage=True), [TextDelta("x")]))
    assert [chunk["usage"] for chunk in chunks[:-1]] == [None] * 3
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["total_tokens"] == 5


def test_a_text_completion() -> None:
    """A completion has no opening chunk, and a thought stays in its text."""
    chunks = read(written(AnswerChunks(HEAD, is_chat=False), [TextDelta("<think>a</think>b")]))
    assert chunks[0] == {
        "id": "chatcmpl-1",
        "object": "text_completion",
        "created": 7,
        "model": 'm"1',
        "choices": [{"index": 0, "text": "<think>a</think>b", "logprobs": None, "finish_reason": None}],
    }
    assert chunks[1]["choices"][0] == {"index": 0, "text": "", "logprobs": None, "finish_reason": "length"}


def test_thought() -> None:
    """A block becomes reasoning_content, or stays in the text when it shall."""
    answer: list[Event] = [TextDelta("<thi"), TextDelta("nk>so </th"), TextDelta("ink>\nYes <")]
    parted = read(written(AnswerChunks(HEAD), answer))
    assert text_of(parted, "reasoning_content") == "so"
    assert text_of(parted, "content") == "Yes <"
    cut = read(written(AnswerChunks(HEAD), [TextDelta("<think>so </th")]))
    assert text_of(cut, "reasoning_content") == "so </th"
    inline = read(written(AnswerChunks(HEAD, parts_thought=False), answer))
    assert text_of(inline, "content") == "<think>so </think>\nYes <"


@given(st.lists(st.text(st.characters(blacklist_categories=())), max_size=6))
@example(["a\udcff"])
def test_any_text_survives(texts: list[str]) -> None:
    """Whatever is said arrives, through a reader that splits at every line end of Unicode too."""
    stream = written(AnswerChunks(HEAD, parts_thought=False), [TextDelta(text) for text in texts])
    said = "".join(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") for text in texts)
    assert text_of(read(stream), "content") == said
    lines = [line for line in stream.decode("ascii").splitlines() if line]
    assert all(line.startswith("data: ") for line in lines)


def test_our_own_client_reads_it() -> None:
    """Our reader of such streams gets text, reason and counts back."""
    chat, events = ChatStream(), []
    stream = written(AnswerChunks(HEAD, with_usage=True), [Queued(1), TextDelta("Hello")])
    for data in SseReader().receive(stream):
        events += chat.receive(data)
    assert events[0] == TextDelta("Hello")
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert (finished.reason, finished.usage) == (FinishReason.LENGTH, Usage(3, 2))


@pytest.mark.parametrize(
    ("event", "comment"),
    [
        (Queued(3, 12.4), "queued 3, about 12 s"),
        (Queued(0, 0.1), "queued 0, about 1 s"),
        (Queued(1), "queued 1"),
        (LoadProgress(2, 5), "loading 40 %"),
        (LoadProgress(0, 0, remaining_s=9.6), "loading, about 10 s"),
        (PromptEstimate(100, 40, 8.0), "reading 60 tokens, about 8 s"),
        (Notice("two\nlines\u2028x"), "notice: two lines x"),
    ],
)
def test_comments(event: Queued | LoadProgress | PromptEstimate | Notice, comment: str) -> None:
    """A waiting client is told on one line, which readers of events skip."""
    assert comment_of(event) == comment
    chunks = AnswerChunks(HEAD)
    assert chunks.receive([event]) == f": {comment}\n\n".encode()
    assert SseReader().receive(f": {comment}\n\n".encode()) == []


def test_without_comments() -> None:
    """A client may be spared comments; notices are told at the end all the same."""
    chunks = AnswerChunks(HEAD, with_comments=False)
    assert chunks.receive([Queued(1), Notice("n")]) == b""
    assert chunks.notices == ["n"]


def test_finished_waits_for_the_ending() -> None:
    """The last event writes nothing by itself: what the clock measured comes with the ending."""
    chunks = AnswerChunks(HEAD)
    assert chunks.receive([ENDING.finished]) == b""
    assert chunks.finished == ENDING.finished


def test_error_event() -> None:
    """A late error is one event, and the end mark follows."""
    assert error_event({"error": {"code": "x"}}) == b'data: {"error":{"code":"x"}}\n\ndata: [DONE]\n\n'
