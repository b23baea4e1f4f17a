"""What ``axllm serve`` gets wrong, read from its recorded bytes."""

import http.client
import io
from typing import Any, cast

import pytest

from axchat.errors import ContextOverflow, PromptRefused, RunnerFailed
from axchat.events import Event, Finished, FinishReason, TextDelta, Usage
from axchat.messages import Message, Role
from axchat.wire.axllm_serve import LONGEST_UNBROKEN_BYTES, AxllmChat, refuse_messages
from axchat.wire.sse import SseReader
from support.recorded_http import Exchange, exchanges


class _Bytes:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *_: object) -> io.BytesIO:
        """What http.client reads."""
        return io.BytesIO(self._data)


def body_of(exchange: Exchange) -> bytes:
    """The decoded body of a recorded answer."""
    response = http.client.HTTPResponse(cast("Any", _Bytes(exchange.received)))
    response.begin()
    return response.read()


def read(exchange: Exchange, max_tokens: int | None = None) -> list[Event]:
    """The events of a recorded stream."""
    chat = AxllmChat(max_tokens)
    return [event for data in SseReader().receive(body_of(exchange)) for event in chat.receive(data)]


def streams(name: str) -> list[Exchange]:
    """The streamed answers in a recording."""
    return [e for e in exchanges(name) if b"text/event-stream" in e.received]


def text_of(events: list[Event]) -> str:
    """The answer's text."""
    return "".join(e.text for e in events if isinstance(e, TextDelta))


def test_recorded_streams_come_out_whole() -> None:
    """Text, an empty answer and control characters arrive as recorded; counts and reason stay unknown."""
    answers = [read(stream) for stream in streams("s03-sse-exact")]
    assert text_of(answers[0]) == "Hi 你好🫠 end"
    assert answers[1] == [Finished(FinishReason.UNKNOWN, Usage())]
    assert text_of(answers[2]).startswith("\n\nprompt >> \x1b[31m")


def test_a_recorded_answer_of_max_tokens_is_length() -> None:
    """Three chunks of at most three tokens are the limit; the server says stop."""
    stream = next(e for e in streams("s02-params") if b'"max_tokens": 3' in e.sent)
    events = read(stream, 3)
    assert text_of(events) == " one two three"
    assert events[-1] == Finished(FinishReason.LENGTH)


def test_one_token_is_one_chunk_although_two_come() -> None:
    """For max_tokens 1 the server makes two tokens; the second is left out."""
    stream = next(e for e in streams("s02-params") if b'"max_tokens": 2' in e.sent)
    events = read(stream, 1)
    assert text_of(events) == " one"
    assert events[-1] == Finished(FinishReason.LENGTH)


def test_a_full_context_is_no_answer() -> None:
    """The recorded sentence as a whole answer is a ContextOverflow."""
    with pytest.raises(ContextOverflow):
        read(streams("s06-context-overflow")[0])


def test_a_stream_without_a_reason_is_broken_off() -> None:
    """The recorded end by the server's own time limit is not a complete answer."""
    with pytest.raises(RunnerFailed, match="time limit"):
        read(streams("s20-stream-timeout-alone")[0])


@pytest.mark.parametrize("unit", ["x", "7", "字", " ", "\n"])
def test_unbroken_text_is_refused_above_a_bound(unit: str) -> None:
    """A run of text, or of blanks, that would crash the tokenizer is refused with numbers."""
    size = len(unit.encode())
    fits = unit * (LONGEST_UNBROKEN_BYTES // size)
    refuse_messages([Message(Role.USER, fits)])
    with pytest.raises(PromptRefused, match=str(LONGEST_UNBROKEN_BYTES)):
        refuse_messages([Message(Role.SYSTEM, fits + unit)])


def test_long_text_with_blanks_is_sent() -> None:
    """A megabyte of words is no reason to refuse."""
    refuse_messages([Message(Role.USER, "word " * 200_000)])


def test_only_user_messages_are_commands() -> None:
    """The server looks for its commands in what the user said, as the whole message."""
    refuse_messages([Message(Role.ASSISTANT, "reset"), Message(Role.USER, "reset it please")])
    with pytest.raises(PromptRefused):
        refuse_messages([Message(Role.USER, "\treset ")])
