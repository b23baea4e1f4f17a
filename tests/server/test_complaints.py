"""What is wrong with a body, in one line."""

from typing import Any

import pydantic
import pytest

from axchat.server.complaints import complaint
from axchat.server.schemas.openai import ChatRequest, CompletionRequest

HI = [{"role": "user", "content": "hi"}]


def said(body: object, kind: type[pydantic.BaseModel] = ChatRequest) -> tuple[str, str | None]:
    """The complaint about a body."""
    with pytest.raises(pydantic.ValidationError) as caught:
        kind.model_validate(body)
    return complaint(caught.value.errors(include_url=False))


@pytest.mark.parametrize(
    ("fields", "message", "param"),
    [
        ({"max_token": 5}, "max_token: no such parameter", "max_token"),
        ({"n": 2}, "n: input should be 1", "n"),
        ({"tools": [{"type": "function"}]}, "tools: not supported", "tools"),
        ({"logit_bias": {"5": 1}}, "logit_bias: not supported", "logit_bias"),
        ({"audio": {}}, "audio: not supported", "audio"),
        ({"logprobs": True}, "logprobs: input should be False", "logprobs"),
        ({"temperature": 3}, "temperature: input should be less than or equal to 2", "temperature"),
        ({"temperature": "1"}, "temperature: input should be a valid number", "temperature"),
        ({"temperature": float("nan")}, "temperature: input should be a finite number", "temperature"),
        ({"stream": "true"}, "stream: input should be a valid boolean", "stream"),
        ({"max_tokens": 0}, "max_tokens: input should be greater than or equal to 1", "max_tokens"),
        ({"n": True}, "n: input should be a valid integer", "n"),
        ({"logprobs": 0}, "logprobs: input should be a valid boolean", "logprobs"),
        ({"top_k": 1.5}, "top_k: input should be a valid integer", "top_k"),
        ({"seed": True}, "seed: input should be a valid integer", "seed"),
        ({"stop": ["a", "", "b"]}, "stop[1]: string should have at least 1 character", "stop[1]"),
        (
            {"stop": list("abcde")},
            "stop: list should have at most 4 items after validation, not 5",
            "stop",
        ),
        (
            {"keep_alive": "5 minutes"},
            "keep_alive: no duration: write 5m, 1h30m, 90 (seconds), 0 or -1 (for ever)",
            "keep_alive",
        ),
        ({"messages": 5}, "messages: input should be a valid list", "messages"),
        (
            {"messages": []},
            "messages: list should have at least 1 item after validation, not 0",
            "messages",
        ),
        ({"messages": [{"role": "user"}]}, "messages[0].content: field required", "messages[0].content"),
        (
            {"messages": [*HI, {"role": "tool", "content": "x"}]},
            "messages[1]: 'tool' is none of 'system', 'developer', 'user', 'assistant'",
            "messages[1]",
        ),
        (
            {"messages": [{"role": "user", "content": 7}]},
            "messages[0].content: input should be a valid string",
            "messages[0].content",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "text"}]}]},
            "messages[0].content[0].text: field required",
            "messages[0].content[0].text",
        ),
        (
            {"messages": [{"role": "system", "content": [{"type": "text"}]}]},
            "messages[0].content[0].text: field required",
            "messages[0].content[0].text",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]},
            "messages[0].content[0]: 'input_audio' is none of 'text', 'image_url'",
            "messages[0].content[0]",
        ),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{}]}]},
            "messages[0].tool_calls: not supported",
            "messages[0].tool_calls",
        ),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "a b"}}},
            "response_format.json_schema.name: string should match pattern '^[a-zA-Z0-9_-]{1,64}$'",
            "response_format.json_schema.name",
        ),
        (
            {"response_format": {"type": "json_object", "schema": {}}},
            "response_format.schema: no such parameter",
            "response_format.schema",
        ),
    ],
)
def test_chat(fields: dict[str, Any], message: str, param: str) -> None:
    """One line names the place and the reason."""
    assert said({"model": "m", "messages": HI} | fields) == (message, param)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a.png",
        "file:///etc/passwd",
        "data:image/png;base64,====",
        "data:image/png;base64,AAA",
        "data:image/svg;base64,AAAA",
        "data:text/plain;base64,AAAA",
        " data:image/png;base64,AAAA",
        "data:image/png;base64,AAAA\n",
        "data:image/png;base64,AAAA../..",
    ],
)
def test_only_images_in_the_request(url: str) -> None:
    """Anything but a whole image in base64 is refused, so nothing is ever fetched or read."""
    parts = [{"type": "image_url", "image_url": {"url": url}}]
    message, param = said({"model": "m", "messages": [{"role": "user", "content": parts}]})
    assert message.endswith("nothing is fetched")
    assert param == "messages[0].content[0].image_url.url"


def test_not_an_object() -> None:
    """A body that is no object is told so."""
    message, param = said([])
    assert message == "the body has to be a JSON object, sent as Content-Type: application/json"
    assert param is None


def test_a_header_is_named_as_it_is_sent() -> None:
    """Not as part of the body."""
    error = {
        "type": "bool_parsing",
        "loc": ("header", "X-Axchat-Allow-Reload"),
        "msg": "Input should be true",
    }
    assert complaint([error]) == (
        "X-Axchat-Allow-Reload: input should be true",
        "X-Axchat-Allow-Reload",
    )


def test_not_json() -> None:
    """A body that cannot be parsed is told so, with the parser's reason."""
    error = {"type": "json_invalid", "loc": ("body", 7), "msg": "x", "ctx": {"error": "Expecting value"}}
    assert complaint([error]) == ("the body is not JSON: Expecting value", None)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"echo": True}, "echo: input should be False"),
        ({"suffix": "x"}, "suffix: input should be ''"),
        ({"best_of": 3}, "best_of: input should be 1"),
        ({"logprobs": 2}, "logprobs: not supported"),
        ({"prompt": [1]}, "prompt[0]: input should be a valid string"),
        ({"prompt": ["a", "b"]}, "prompt: list should have at most 1 item after validation, not 2"),
        ({"messages": HI}, "messages: no such parameter"),
    ],
)
def test_completion(fields: dict[str, Any], message: str) -> None:
    """What a completion cannot do is refused by name."""
    assert said({"model": "m", "prompt": "x"} | fields, CompletionRequest)[0] == message


def test_a_long_value_is_cut() -> None:
    """An error does not repeat a megabyte."""
    message, _ = said({"model": "m", "messages": [{"role": "x" * 10_000}]})
    assert len(message) < 250
