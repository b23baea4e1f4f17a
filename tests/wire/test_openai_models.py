"""What servers with OpenAI's chat schema say of their models."""

import pytest

from axchat.errors import ModelError
from axchat.wire.address import parse_address
from axchat.wire.openai_models import choose_model, properties_of, sizes_of, tokens_of


@pytest.mark.parametrize(
    ("entry", "sizes"),
    [
        ({"meta": {"n_ctx": 1024, "n_ctx_train": 8192}}, (1024, None)),
        ({"meta": {"n_ctx_train": 8192}}, (None, None)),
        ({"max_model_len": 32768}, (32768, None)),
        ({"max_token_len": 2047, "prefill_max_token_num": 1024}, (2047, 1024)),
        ({"context_length": 131072}, (131072, None)),
        ({"max_model_len": None, "context_length": 0}, (None, None)),
        ({"max_model_len": "4096", "meta": []}, (None, None)),
        ({"max_token_len": True}, (None, None)),
        ({}, (None, None)),
    ],
)
def test_sizes_in_a_list_of_models(entry: dict[str, object], sizes: tuple[int | None, int | None]) -> None:
    """Servers have a name each for the context; what a model was trained with is no limit of the server."""
    assert sizes_of(entry) == sizes


def test_a_count_of_llama_cpp() -> None:
    """Its answer, and nothing else, is a count."""
    assert tokens_of(b'{"input_tokens":20,"object":"response.input_tokens"}') == 20
    assert [tokens_of(body) for body in (b"", b"[]", b"{}", b'{"input_tokens":"20"}')] == [None] * 4


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"default_generation_settings": 1}'])
def test_a_server_that_tells_nothing_has_no_known_size(body: bytes) -> None:
    """Another version's words are no reason to fail a load."""
    assert properties_of(body) == (None, False)


ADDRESS = parse_address("http://127.0.0.1:8000")


@pytest.mark.parametrize(
    ("names", "wanted", "chosen"),
    [
        (["small"], None, "small"),
        (["a", "b"], "b", "b"),
        (["a", "b"], "alias", "alias"),
        (None, "any", "any"),
    ],
)
def test_the_only_model_or_the_named_one(names: list[str] | None, wanted: str | None, chosen: str) -> None:
    """A name that a list of several leaves out may be an alias; without a list, the name is believed."""
    entries = None if names is None else [{"id": name} for name in names]
    assert choose_model(entries, wanted, ADDRESS) == chosen


@pytest.mark.parametrize(
    ("names", "wanted", "message", "hint"),
    [
        (["small"], "large", "has no model large", "it has: small"),
        ([], None, "has 0 models", "it has: none"),
        ([f"m{n}" for n in range(25)], None, "has 25 models and none was named", "m19 and 5 more"),
    ],
)
def test_what_there_is_stands_in_the_hint(
    names: list[str], wanted: str | None, message: str, hint: str
) -> None:
    """Of many, the first twenty."""
    with pytest.raises(ModelError, match=message) as raised:
        choose_model([{"id": name} for name in names], wanted, ADDRESS)
    assert hint in (raised.value.hint or "")
