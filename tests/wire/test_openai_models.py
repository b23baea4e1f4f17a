"""What servers with OpenAI's chat schema say of their models."""

import pytest

from axchat.wire.openai_models import properties_of, sizes_of, tokens_of


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
