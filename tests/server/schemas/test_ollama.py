"""Bodies are read whatever their content type; a wrong one is refused in one line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.errors import UsageError
from axchat.server.schemas.ollama import ChatBody, GenerateBody, ShowBody, parse

MODEL = b'{"model": "m", '

WRONG = {
    b"": "missing request body",
    b" \n": "missing request body",
    b"{": "Invalid JSON",
    b"\xff": "Invalid JSON",
    b"[" * 100_000: "Invalid JSON",
    b"[]": "Input should be an object",
    b'"x"': "Input should be an object",
    MODEL + b'"stream": "true"}': "stream: Input should be a valid boolean",
    MODEL + b'"stream": 1}': "stream: Input should be a valid boolean",
    b'{"model": 1}': "model is required",
    b'{"model": ""}': "model is required",
    b"{}": "model is required",
    MODEL + b'"messages": {}}': "messages: Input should be a valid array",
    MODEL + b'"messages": [{"role": "user", "content": [{"type": "text"}]}]}': "messages.0.content: Input",
    MODEL + b'"messages": [{"content": "x"}]}': "messages.0.role: Field required",
    MODEL
    + b'"messages": [{"role": "user", "images": "x"}]}': "messages.0.images: Input should be a valid array",
    MODEL + b'"options": [1]}': "options: Input should be an object",
}


@pytest.mark.parametrize("raw", WRONG, ids=lambda raw: raw[:60].decode("latin-1"))
def test_a_wrong_body_is_refused_in_one_line(raw: bytes) -> None:
    """The line names the field and does not repeat what was sent."""
    with pytest.raises(UsageError) as caught:
        parse(ChatBody, raw)
    assert caught.value.message.startswith(WRONG[raw])
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 300


def test_unknown_fields_and_nulls_are_no_matter() -> None:
    """A newer client may send fields that we have never heard of, and null for what it leaves to us."""
    body = parse(
        ChatBody, b'{"model": "m", "shift": true, "options": null, "messages": null, "stream": null}'
    )
    assert body == ChatBody(model="m")


def test_show_has_two_names() -> None:
    """Older clients say name."""
    assert parse(ShowBody, b'{"name": "m"}').name == "m"


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["prompt", "options", "images", "x"]), inner, max_size=4)
        ),
    )
)
def test_any_json_is_read_or_refused(value: object) -> None:
    """Nothing but a body or a refusal comes out."""
    try:
        parse(GenerateBody, json.dumps(value).encode())
    except UsageError:
        return
