"""From OpenAI's bodies to our values."""

from typing import Any

import pytest

from axchat.messages import Message, Role, Sampling
from axchat.server.openai_values import (
    chat_messages,
    completion_messages,
    keep_alive_s,
    sampling_of,
    schema_of,
    think_of,
    without_effect,
)
from axchat.server.schemas.openai import ChatRequest, CompletionRequest

PNG = "data:image/png;base64,iVBORw0KGgo="


def chat(**fields: Any) -> ChatRequest:
    """A body with these fields, and one message unless there are some."""
    return ChatRequest.model_validate({"model": "m", "messages": [{"role": "user", "content": "x"}]} | fields)


def no_image(_: str) -> str:
    """Fails a test that keeps an image."""
    raise AssertionError


def test_roles_and_parts() -> None:
    """Developer is system; text parts are joined by line ends; an answer without text is empty."""
    body = chat(
        messages=[
            {"role": "developer", "content": "be brief"},
            {"role": "system", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
            {"role": "user", "content": [{"type": "text", "text": "hi"}], "name": "Jo"},
            {"role": "assistant", "content": None, "tool_calls": [], "refusal": None},
            {"role": "assistant", "content": "so", "reasoning_content": "long thought"},
        ]
    )
    assert chat_messages(body, no_image) == (
        Message(Role.SYSTEM, "be brief"),
        Message(Role.SYSTEM, "a\nb"),
        Message(Role.USER, "hi"),
        Message(Role.ASSISTANT, ""),
        Message(Role.ASSISTANT, "so"),
    )


def test_images_become_files() -> None:
    """Each image of a message is kept in order, beside the text."""
    parts = [
        {"type": "text", "text": "what is"},
        {"type": "image_url", "image_url": {"url": PNG, "detail": "low"}},
        {"type": "text", "text": "this?"},
        {"type": "image_url", "image_url": {"url": PNG}},
    ]
    kept: list[str] = []

    def keep(url: str) -> str:
        kept.append(url)
        return f"/tmp/{len(kept)}.png"

    messages = chat_messages(chat(messages=[{"role": "user", "content": parts}]), keep)
    assert messages == (Message(Role.USER, "what is\nthis?", ("/tmp/1.png", "/tmp/2.png")),)
    assert kept == [PNG, PNG]


@pytest.mark.parametrize("prompt", ["once", ["once"]])
def test_a_prompt_is_one_user_message(prompt: object) -> None:
    """A completion's prompt, alone or as the only one of a list, is what a user says."""
    body = CompletionRequest.model_validate({"model": "m", "prompt": prompt})
    assert completion_messages(body) == (Message(Role.USER, "once"),)


@pytest.mark.parametrize(
    ("fields", "sampling"),
    [
        ({}, Sampling()),
        ({"max_tokens": 5}, Sampling(max_tokens=5)),
        ({"max_tokens": 5, "max_completion_tokens": 7}, Sampling(max_tokens=7)),
        ({"max_tokens": None, "stop": None, "seed": None}, Sampling()),
        ({"max_tokens": 5.0, "n": 1.0}, Sampling(max_tokens=5)),
        ({"seed": 2**63 + 5}, Sampling(seed=5)),
        ({"seed": -(2**63) + 1}, Sampling(seed=-(2**63) + 1)),
        ({"stop": "a"}, Sampling(stop=("a",))),
        ({"stop": ["a", "b"]}, Sampling(stop=("a", "b"))),
        ({"stop": []}, Sampling()),
        (
            {"temperature": 0, "top_p": 1, "top_k": 3, "seed": -1},
            Sampling(temperature=0, top_p=1, top_k=3, seed=-1),
        ),
    ],
)
def test_sampling(fields: dict[str, Any], sampling: Sampling) -> None:
    """What was chosen is passed on, null is not chosen, the newer limit comes first."""
    assert sampling_of(chat(**fields)) == sampling


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (None, None),
        (0, 0.0),
        (90, 90.0),
        ("5m", 300.0),
        ("-1", -1.0),
        (1e300, -1.0),
        (10**400, -1.0),
        (-(10**400), -1.0),
        ("9" * 400 + "h", -1.0),
    ],
)
def test_keep_alive(told: object, seconds: float | None) -> None:
    """A number is seconds, a text a duration; what no clock holds is for ever."""
    assert keep_alive_s(chat(keep_alive=told)) == seconds


SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("wanted", "schema"),
    [
        (None, None),
        ({"type": "text"}, None),
        ({"type": "json_object"}, {}),
        ({"type": "json_schema", "json_schema": {"name": "x"}}, {}),
        ({"type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": SCHEMA}}, SCHEMA),
    ],
)
def test_schema(wanted: object, schema: object) -> None:
    """A response format is a schema, ``{}`` for any object."""
    assert schema_of(chat(response_format=wanted)) == schema


def test_without_effect() -> None:
    """What would change an answer elsewhere is named; what says nothing, or changes nothing, is not."""
    body = chat(
        presence_penalty=0.5,
        frequency_penalty=0,
        verbosity="low",
        reasoning_effort=None,
        min_p=0.1,
        chat_template_kwargs={"enable_thinking": False},
        enable_thinking=False,
        user="jo",
        metadata={"a": "b"},
        store=True,
        logit_bias={},
        seed=1,
    )
    assert without_effect(body) == ("min_p", "presence_penalty", "verbosity")


@pytest.mark.parametrize(
    ("given", "think", "names"),
    [
        ({}, None, ()),
        ({"think": True}, True, ("think",)),
        ({"enable_thinking": False}, False, ("enable_thinking",)),
        ({"chat_template_kwargs": {"enable_thinking": True}}, True, ("chat_template_kwargs",)),
        ({"think": True, "enable_thinking": True}, True, ("think", "enable_thinking")),
        ({"think": True, "enable_thinking": False}, None, ()),
        ({"think": "high"}, None, ()),
        ({"chat_template_kwargs": {"enable_thinking": True, "x": 1}}, None, ()),
        ({"chat_template_kwargs": "x"}, None, ()),
    ],
)
def test_what_other_servers_call_thinking(
    given: dict[str, object], think: bool | None, names: tuple[str, ...]
) -> None:
    """A truth value under any of their names is honoured; what says more, or contradicts, has no effect."""
    body = chat(**given)
    assert think_of(body) == (think, names)
    assert not set(names) & set(without_effect(body))
    if not names:
        assert without_effect(body) == tuple(sorted(name for name, value in given.items() if value))
