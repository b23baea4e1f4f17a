"""Requests as values: what is answered, and what is refused in which words."""

import json
from typing import Any

import pytest

from axchat.standin.axllm.chat import Refused, chunk, read_chat
from axchat.standin.axllm.json_errors import BadJson, read_json
from axchat.standin.axllm.template import Message, chat_text


def asked(**keys: Any) -> bytes:
    """A body for the model ``m``."""
    return json.dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}], **keys}).encode()


@pytest.mark.parametrize(
    ("keys", "status"),
    [
        ({"model": "other"}, 400),
        ({"model": ""}, 400),
        ({"model": 5}, 500),
        ({"max_tokens": "3"}, 500),
        ({"max_tokens": True}, 500),
        ({"stream": 1}, 500),
        ({"stop": [1]}, 500),
    ],
)
def test_a_wrong_request_is_refused(keys: dict[str, Any], status: int) -> None:
    """A wrong value with 400 and words, a wrong type with 500 and an exception's text."""
    with pytest.raises(Refused) as refused:
        read_chat(asked(**keys), "m")

    assert refused.value.reply.status == status
    assert bool(refused.value.reply.what) == (status == 500)


def test_a_command_cuts_what_was_before_it() -> None:
    """System messages stay; a command at the end is not answered by the model."""
    messages = [
        {"role": "system", "content": "S"},
        {"role": "user", "content": "a"},
        {"role": "user", "content": " clean "},
        {"role": "user", "content": "b"},
    ]
    cut = read_chat(asked(messages=messages), "m")
    last = read_chat(asked(messages=messages[:3]), "m")

    assert cut.messages == (Message("system", "S"), Message("user", "b"))
    assert (cut.is_reset, cut.is_answered) == (True, True)
    assert (last.is_reset, last.is_answered) == (True, False)


def test_a_chunk_has_an_id_of_its_own() -> None:
    """Two chunks of one answer differ in it."""
    first, second = (json.loads(chunk("a", "m", is_last=False)[6:]) for _ in range(2))

    assert first["id"] != second["id"]
    assert first["choices"] == second["choices"]


@pytest.mark.parametrize("body", [b"", b"{", b'"\xff"', b'"\\ud800"', b"{]"])
def test_what_is_no_json_is_named(body: bytes) -> None:
    """Each with a column."""
    with pytest.raises(BadJson, match=r"parse error at line 1, column \d"):
        read_json(body)


def test_only_a_users_message_asks_for_an_answer() -> None:
    """A Qwen3 gets an empty thought before it."""
    user = [Message("user", "hi")]

    assert chat_text(user, "Qwen2_5").endswith("<|im_start|>assistant\n")
    assert chat_text(user, "Qwen3").endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")
    assert chat_text([*user, Message("assistant", "x")], "Qwen2_5").endswith("x<|im_end|>\n")
