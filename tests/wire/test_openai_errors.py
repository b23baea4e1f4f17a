"""Refusals of servers with OpenAI's chat schema, with the bytes that they send."""

import pytest

from axchat.errors import AxchatError, ContextOverflow, EngineFault, ModelError, RunnerFailed
from axchat.wire.openai import ChatStream
from axchat.wire.openai_errors import MAX_MESSAGE_CHARACTERS, error_of

OVERFLOW = (
    b'{"error":{"code":400,"message":"request (20031 tokens) exceeds the available '
    b'context size (8192 tokens), try increasing it","type":"exceed_context_size_error",'
    b'"n_prompt_tokens":20031,"n_ctx":8192}}'
)


def test_context_overflow_states_the_counts() -> None:
    """llama.cpp's refusal of a long prompt keeps both numbers."""
    error = error_of(400, OVERFLOW)
    assert isinstance(error, ContextOverflow)
    assert error.message == "the prompt has 20031 tokens, the context holds 8192"
    assert error.facts == {"prompt_tokens": 20031, "context_tokens": 8192}


def test_context_overflow_inside_a_stream() -> None:
    """The same refusal is found when it arrives as an event."""
    with pytest.raises(ContextOverflow):
        ChatStream().receive(OVERFLOW.decode())


@pytest.mark.parametrize(
    ("status", "raw", "kind", "text"),
    [
        (
            400,
            b'{"error":{"message":"too long","code":"context_length_exceeded"}}',
            ContextOverflow,
            "too long",
        ),
        (
            401,
            b'{"error":{"message":"Invalid API Key"}}',
            EngineFault,
            "refuses the key (401): Invalid API Key",
        ),
        (404, b'{"error":{"message":"no m","code":"model_not_found"}}', ModelError, "no m"),
        (500, b'{"error":"plain"}', RunnerFailed, "(500): plain"),
        (502, b"<html>\nbad\x1b[2J gateway", RunnerFailed, "(502): <html> bad [2J gateway"),
        (500, b"", RunnerFailed, "no reason given"),
        (400, b'{"error":{"type":[1],"code":{}}}', RunnerFailed, "(400)"),
    ],
)
def test_errors_are_named(status: int, raw: bytes, kind: type[AxchatError], text: str) -> None:
    """Each form of an error body gives one line of the right kind, without control characters."""
    error = error_of(status, raw)
    assert type(error) is kind
    assert text in error.message
    assert error.message.isprintable()


def test_a_long_error_is_cut() -> None:
    """A page of text does not become a page of message."""
    assert len(error_of(500, b"x" * 10_000).message) < MAX_MESSAGE_CHARACTERS + 60
