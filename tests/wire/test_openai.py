"""OpenAI's chat schema, with the bytes that llama.cpp's server sends."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.errors import AxchatError, RunnerFailed
from axchat.events import EngineTimings, Finished, FinishReason, TextDelta, Usage
from axchat.messages import Message, Role, Sampling
from axchat.wire.openai import ChatStream, chat_body, thinking
from axchat.wire.openai_fields import without_surrogates

# As xllamacpp 2026.10.11549 sent them (id, model and fingerprint left out).
FIRST = '{"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}]}'
TEXT = '{"choices":[{"finish_reason":null,"index":0,"delta":{"content":"One"}}]}'
LENGTH = '{"choices":[{"finish_reason":"length","index":0,"delta":{}}]}'
LAST = (
    '{"choices":[],"usage":{"completion_tokens":16,"prompt_tokens":41,"total_tokens":57,'
    '"prompt_tokens_details":{"cached_tokens":33}},"timings":{"cache_n":33,"prompt_n":8,"prompt_ms":157.616,'
    '"prompt_per_token_ms":19.702,"prompt_per_second":50.75,"predicted_n":16,"predicted_ms":1121.803,'
    '"predicted_per_token_ms":74.78,"predicted_per_second":13.37}}'
)


def body(*messages: Message, sampling: Sampling | None = None, **extra: object) -> dict[str, object]:
    """The parsed request body."""
    parsed = json.loads(chat_body(messages, sampling or Sampling(), **extra))
    assert isinstance(parsed, dict)
    return parsed


def test_body_carries_the_whole_conversation() -> None:
    """Every message goes out with its role, and the stream is asked for its usage."""
    sent = body(Message(Role.SYSTEM, "be brief"), Message(Role.USER, "héllo\n你好"))
    assert sent == {
        "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "héllo\n你好"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_body_sends_only_what_was_chosen() -> None:
    """A sampling value that was left to the engine is absent; 0 is a choice."""
    sent = body(Message(Role.USER, "x"), sampling=Sampling(temperature=0.0, stop=("a", "b")))
    assert sent["temperature"] == 0.0
    assert sent["stop"] == ["a", "b"]
    assert not {"max_tokens", "top_p", "top_k", "seed"} & sent.keys()


def test_body_takes_model_and_extensions() -> None:
    """The model's name and a server's extensions are sent as they are."""
    sent = body(Message(Role.USER, "x"), model="m", timings_per_token=True)
    assert (sent["model"], sent["timings_per_token"]) == ("m", True)


def test_body_is_valid_json_for_bytes_that_are_not_text() -> None:
    """A surrogate in a message becomes U+FFFD, since llama.cpp refuses a lone one."""
    sent = body(Message(Role.USER, "a\udcffb🙂"))
    assert sent["messages"] == [{"role": "user", "content": "a\ufffdb🙂"}]


@given(st.text(st.characters(exclude_categories=())))
def test_text_without_surrogates_can_be_encoded(text: str) -> None:
    """Whatever the text, the result is valid Unicode, and valid text is unchanged."""
    clean = without_surrogates(text)
    clean.encode("utf-8")
    if not any("\ud800" <= c <= "\udfff" for c in text):
        assert clean == text


def test_a_stream_becomes_text_and_one_finished() -> None:
    """Text, reason, counts and timings of llama.cpp's chunks arrive as the server states them."""
    stream = ChatStream()
    events = [e for data in (FIRST, TEXT, LENGTH, LAST, "[DONE]") for e in stream.receive(data)]
    assert events == [
        TextDelta("One"),
        Finished(
            FinishReason.LENGTH,
            Usage(prompt_tokens=41, completion_tokens=16, cached_tokens=33),
            EngineTimings(prefill_s=0.157616, decode_s=1.121803, tokens_per_s=13.37, decode_tokens=15),
        ),
    ]
    assert stream.receive_eof() == []
    assert stream.receive(TEXT) == []


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("stop", FinishReason.STOP),
        ("length", FinishReason.LENGTH),
        ("content_filter", FinishReason.UNKNOWN),
    ],
)
def test_the_reason_is_the_servers(said: str, meant: FinishReason) -> None:
    """A reason we have no word for is unknown, never guessed."""
    stream = ChatStream()
    stream.receive(LENGTH.replace("length", said))
    (finished,) = stream.receive_eof()
    assert isinstance(finished, Finished)
    assert finished.reason is meant


def test_a_stream_without_done_is_complete_when_the_reason_came() -> None:
    """Servers that leave out the last line still finish the answer; counts they leave out are unknown."""
    stream = ChatStream()
    stream.receive(TEXT)
    stream.receive(LENGTH)
    assert stream.receive_eof() == [Finished(FinishReason.LENGTH)]


@pytest.mark.parametrize("end", ["", "[DONE]"])
def test_a_stream_without_reason_is_broken(end: str) -> None:
    """An answer that breaks off is an error, not an end."""
    stream = ChatStream()
    stream.receive(TEXT)
    with pytest.raises(RunnerFailed, match="before the answer was complete"):
        stream.receive(end) if end else stream.receive_eof()


def test_a_cancelled_stream_has_the_counts_so_far() -> None:
    """With timings on each chunk a stopped answer has exact counts."""
    stream = ChatStream()
    timings = '"timings":{"cache_n":3,"prompt_n":5,"prompt_ms":50.0,"predicted_n":2,"predicted_per_second":9}'
    stream.receive(TEXT[:-1] + "," + timings + "}")
    assert stream.cancelled() == Finished(
        FinishReason.CANCELLED, Usage(8, 2, 3), EngineTimings(prefill_s=0.05, tokens_per_s=9.0)
    )


def _piece(text: str | None, predicted: int | None) -> str:
    """A chunk with text and, as ``timings_per_token`` asks for, how many tokens there are so far."""
    chunk: dict[str, object] = {"choices": [{"finish_reason": None, "index": 0, "delta": {"content": text}}]}
    return json.dumps(chunk if predicted is None else {**chunk, "timings": {"predicted_n": predicted}})


def test_a_piece_has_the_tokens_since_the_one_before() -> None:
    """A chunk without text (a thought, half a character) counts into the next piece that has some."""
    stream = ChatStream()
    chunks = [_piece(None, 1), _piece("a", 2), _piece("b", 3), _piece(None, 4), _piece("c", 6)]
    said = [event for chunk in chunks for event in stream.receive(chunk)]
    assert [event.tokens for event in said if isinstance(event, TextDelta)] == [2, 1, 3]


@pytest.mark.parametrize(
    ("counts", "told"),
    [([None, None], [None, None]), ([1, None, 5], [1, None, None]), ([3, 2, 4], [3, None, None])],
    ids=["none", "a gap", "backwards"],
)
def test_a_piece_without_a_count_has_unknown_tokens(counts: list[int | None], told: list[int | None]) -> None:
    """What came with a piece is never guessed, also not from the counts around a gap."""
    stream = ChatStream()
    said = [event for count in counts for event in stream.receive(_piece("x", count))]
    assert [event.tokens for event in said if isinstance(event, TextDelta)] == told


def test_one_token_has_no_rate() -> None:
    """llama.cpp divides by almost zero for one token; that rate is left out."""
    stream = ChatStream()
    stream.receive(
        LENGTH[:-1] + ',"timings":{"predicted_n":1,"predicted_ms":0.001,"predicted_per_second":1e6}}'
    )
    (finished,) = stream.receive_eof()
    assert isinstance(finished, Finished)
    assert finished.timings.tokens_per_s is None
    assert finished.timings.decode_tokens is None
    assert finished.usage.completion_tokens == 1


@pytest.mark.parametrize(
    "data", ["{bad", "[1]", "null", '"x"', "[" * 100_000], ids=["bad", "list", "null", "string", "deep"]
)
def test_a_chunk_that_is_none_is_refused(data: str) -> None:
    """What is not a chunk object is a broken protocol."""
    with pytest.raises(RunnerFailed, match="the server sent a chunk"):
        ChatStream().receive(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["choices", "delta", "content", "usage", "timings", "error", "prompt_n", "type"]),
            inner,
        )
    ),
)


@given(st.lists(JSON))
def test_no_chunk_breaks_the_reader(chunks: list[object]) -> None:
    """Any JSON either is understood or raises our own error."""
    stream = ChatStream()
    with contextlib.suppress(AxchatError):
        for chunk in chunks:
            stream.receive(json.dumps(chunk))
    assert stream.cancelled().reason is FinishReason.CANCELLED


def test_counts_of_nothing_are_no_counts() -> None:
    """A server that says 0 tokens of a prompt does not count: axllm serve says 0, 0, 0 of every answer."""
    chat = ChatStream()
    usage = '"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}'
    chat.receive('{"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}],' + usage + "}")
    assert chat.receive_eof() == [Finished(FinishReason.STOP, Usage())]


def test_whether_to_think_is_a_variable_of_the_template() -> None:
    """Undecided sends nothing."""
    assert thinking(None) == {}
    assert thinking(False) == {"chat_template_kwargs": {"enable_thinking": False}}
