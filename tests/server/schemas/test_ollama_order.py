"""What a request asks for is decided before anything is done: done, left out and named, or refused."""

import base64
from typing import Any

import pytest

from axchat.errors import UsageError
from axchat.messages import Role, Sampling
from axchat.server.schemas.ollama import ChatBody, GenerateBody
from axchat.server.schemas.ollama_order import OllamaOrder, Said, chat_order, generate_order, kind_of
from axchat.wire.keep_alive import FOR_EVER
from axchat.wire.ollama_answer import Shape

PNG = b"\x89PNG\r\n\x1a\n."
PNG_TEXT = base64.b64encode(PNG).decode()
PNG_URL = f"data:image/png;base64,{PNG_TEXT}"


def chat(**fields: Any) -> OllamaOrder:
    """The order of a chat with these fields."""
    return chat_order(ChatBody.model_validate({"model": "m", **fields}))


def generate(**fields: Any) -> OllamaOrder:
    """The order of a prompt with these fields."""
    return generate_order(GenerateBody.model_validate({"model": "m", **fields}))


def test_a_conversation() -> None:
    """Roles in any case, pictures decoded, a missing content is an empty one."""
    order = chat(
        messages=[
            {"role": "System", "content": "be brief"},
            {"role": "user", "content": "what is it?", "images": [PNG_TEXT]},
            {"role": "assistant", "thinking": "hm"},
        ]
    )
    assert order.messages == (
        Said(Role.SYSTEM, "be brief"),
        Said(Role.USER, "what is it?", (PNG_URL,)),
        Said(Role.ASSISTANT, ""),
    )
    assert (order.shape, order.is_stream, order.parts_thinking, order.only) == (Shape.CHAT, True, True, None)
    assert (order.sampling, order.schema, order.keep_alive_s, order.unknown) == (Sampling(), None, None, ())


def test_a_prompt() -> None:
    """A prompt is one message of the user, behind the system prompt if there is one."""
    order = generate(prompt="hi", system="be brief", images=[PNG_TEXT], stream=False)
    assert order.messages == (Said(Role.SYSTEM, "be brief"), Said(Role.USER, "hi", (PNG_URL,)))
    assert (order.shape, order.is_stream) == (Shape.GENERATE, False)


@pytest.mark.parametrize(
    ("keep_alive", "only", "seconds"),
    [
        (None, "load", None),
        ("5m", "load", 300.0),
        (-1, "load", FOR_EVER),
        (0, "unload", 0.0),
        ("0s", "unload", 0.0),
    ],
)
def test_nothing_to_answer_loads_or_unloads(keep_alive: object, only: str, seconds: float | None) -> None:
    """Without messages or prompt the model is loaded, with a keep_alive of 0 unloaded."""
    for order in (chat(keep_alive=keep_alive, messages=[]), generate(keep_alive=keep_alive, prompt="")):
        assert (order.only, order.keep_alive_s) == (only, seconds)


def test_what_is_not_done_is_named() -> None:
    """Options and fields that ask for something we do not have are kept by name."""
    order = chat(
        messages=[{"role": "user", "content": "hi"}],
        options={"num_ctx": 1, "seed": 7},
        think="high",
        logprobs=True,
        truncate=True,
    )
    assert order.unknown == ("num_ctx", "think", "logprobs", "truncate")
    assert order.sampling == Sampling(seed=7)
    assert chat(logprobs=False, truncate=False, think=True).unknown == ()


def test_format_and_think() -> None:
    """A schema is passed on, a thought stays in the text only when the client says so."""
    order = generate(prompt="x", format={"type": "array"}, think=False)
    assert order.schema == {"type": "array"}
    assert not order.parts_thinking
    assert order.think is False
    assert [chat(think=said).think for said in (True, None, "high", "")] == [True, None, None, None]


REFUSED_CHATS: list[tuple[dict[str, Any], str]] = [
    ({"tools": [{"type": "function"}]}, '"m" does not support tools'),
    ({"messages": [{"role": "assistant", "tool_calls": [{}]}]}, '"m" does not support tools'),
    ({"messages": [{"role": "tool", "content": "4"}]}, "messages.0.role: no such role here: 'tool'"),
    ({"messages": [{"role": "user", "images": ["!"]}]}, "messages.0.images.0: not base64"),
    (
        {"messages": [{"role": "user", "images": ["data:image/png;base64,AA=="]}]},
        "messages.0.images.0: not base64",
    ),
    ({"keep_alive": "soon"}, "keep_alive is no duration"),
    ({"think": "a lot"}, "invalid think value"),
    ({"format": "xml"}, "invalid format"),
    ({"options": {"temperature": "hot"}}, 'option "temperature"'),
]


@pytest.mark.parametrize(("fields", "message"), REFUSED_CHATS, ids=str)
def test_a_chat_that_cannot_be_done_is_refused(fields: dict[str, Any], message: str) -> None:
    """What would change the answer and cannot be done is an error."""
    with pytest.raises(UsageError) as caught:
        chat(**fields)
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"suffix": "}"}, '"m" does not support insert'),
        ({"raw": True}, "raw prompts are not supported"),
        ({"template": "{{ .Prompt }}"}, "template is not supported"),
        ({"context": [1, 2]}, "context is not supported"),
        ({"images": ["?"]}, "images.0: not base64"),
        ({"images": [PNG_TEXT, "IyEvYmluL3No"]}, "images.1: no PNG, JPEG, WebP, GIF or BMP picture"),
        ({"images": [""], "prompt": ""}, "images.0: no PNG"),
    ],
    ids=str,
)
def test_a_prompt_that_cannot_be_done_is_refused(fields: dict[str, Any], message: str) -> None:
    """A prompt is put into the model's own template, never around it."""
    with pytest.raises(UsageError) as caught:
        generate(**{"prompt": "x", **fields})
    assert caught.value.message.startswith(message)


def test_empty_fields_ask_for_nothing() -> None:
    """Clients send every field that they know, empty."""
    order = generate(
        prompt="x", suffix="", raw=False, template="", context=[], system="", format="", images=[]
    )
    assert order.messages == (Said(Role.USER, "x"),)


PICTURES = {
    b"\x89PNG\r\n\x1a\n...": "png",
    b"\xff\xd8\xff\xe0...": "jpeg",
    b"RIFF\x10\x00\x00\x00WEBPVP8 ": "webp",
    b"GIF89a...": "gif",
    b"BM......": "bmp",
}


@pytest.mark.parametrize(("data", "kind"), PICTURES.items())
def test_the_kind_is_read_from_the_first_bytes(data: bytes, kind: str) -> None:
    """Ollama's clients do not say what a picture is, so its content does."""
    assert kind_of(data) == kind


@pytest.mark.parametrize(
    "data", [b"", b"\x89PNG", b"RIFF\x10\x00\x00\x00WAVEfmt ", b"#!/bin/sh\n", b"\x7fELF"]
)
def test_anything_else_is_no_picture(data: bytes) -> None:
    """A file is a picture by its content only."""
    assert kind_of(data) is None
