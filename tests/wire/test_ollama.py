"""What a request of Ollama's API asks for becomes our values, or is refused in one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.errors import UsageError
from axchat.messages import Sampling
from axchat.wire.ollama import (
    MAX_IGNORED,
    ignored_names,
    listed_name,
    options_of,
    schema_of,
    thinks,
)


def test_every_option_that_we_have_is_taken() -> None:
    """Six options become sampling; a JSON number is good where a float is wanted and the other way round."""
    options = {
        "temperature": 0,
        "top_p": 0.9,
        "top_k": 40.0,
        "seed": 42,
        "num_predict": 100.9,
        "stop": ["\n", "user:"],
    }
    assert options_of(options).sampling == Sampling(100, 0.0, 0.9, 40, 42, ("\n", "user:"))
    assert options_of(options).unknown == ()


@pytest.mark.parametrize("limit", [-1, -2, 0])
def test_no_limit(limit: int) -> None:
    """num_predict of -1 (endless), -2 (fill the context) and 0 set no limit."""
    assert options_of({"num_predict": limit}).sampling == Sampling()


def test_a_negative_seed_is_random() -> None:
    """Ollama's default seed of -1 is no seed."""
    assert options_of({"seed": -1}).sampling.seed is None
    assert options_of({"seed": 0}).sampling.seed == 0


def test_nulls_and_empty_stops_are_left_out() -> None:
    """A null option is none, and a stop word without a character would end every answer."""
    assert options_of({"temperature": None, "num_ctx": None, "stop": [""]}).sampling == Sampling()
    assert options_of({"num_ctx": None}).unknown == ()


def test_other_options_are_named() -> None:
    """What Ollama knows and axchat does not is kept by name, whatever its value."""
    options = {"num_ctx": 8192, "mirostat": 1, "temperature": 1, "repeat_penalty": "x"}
    assert options_of(options).unknown == ("num_ctx", "mirostat", "repeat_penalty")


WRONG = [
    ({"temperature": "hot"}, 'option "temperature" must be a number'),
    ({"temperature": True}, 'option "temperature" must be a number'),
    ({"temperature": -1}, 'option "temperature" must be between 0 and 100'),
    ({"temperature": float("inf")}, 'option "temperature" must be between'),
    ({"temperature": float("nan")}, 'option "temperature" must be between'),
    ({"top_p": 1.5}, 'option "top_p" must be between 0 and 1'),
    ({"top_k": [1]}, 'option "top_k" must be a whole number'),
    ({"top_k": float("nan")}, 'option "top_k" must be between'),
    ({"seed": 2**40}, 'option "seed" must be between'),
    ({"num_predict": "many"}, 'option "num_predict" must be a whole number'),
    ({"stop": "END"}, 'option "stop" must be an array of strings'),
    ({"stop": ["a", 1]}, 'option "stop" must be an array of strings'),
]


@pytest.mark.parametrize(("options", "message"), WRONG, ids=str)
def test_a_wrong_value_is_refused(options: dict[str, object], message: str) -> None:
    """A value of a wrong type or size is refused in words of Ollama's."""
    with pytest.raises(UsageError) as caught:
        options_of(options)
    assert caught.value.message.startswith(message)


def test_ignored_names_are_ollamas() -> None:
    """Our sampling fields are named as the client knows them, in front of its other options, each once."""
    names = ignored_names(("max_tokens", "temperature"), ("num_ctx", "temperature", "num_ctx"))
    assert names == ("num_predict", "temperature", "num_ctx")


@given(st.lists(st.text(max_size=80), max_size=60))
def test_ignored_names_fit_a_header(names: list[str]) -> None:
    """Whatever a client calls its options, the names are safe in a header, and few."""
    shown = ignored_names((), tuple(names))
    assert len(shown) <= MAX_IGNORED
    assert all(
        name.isascii() and name.isprintable() and "," not in name and len(name) <= 64 for name in shown
    )


def test_format() -> None:
    """Nothing is free text, "json" any object, an object a schema."""
    assert schema_of(None) is None
    assert schema_of("") is None
    assert schema_of("json") == {"type": "object"}
    assert schema_of({"type": "string"}) == {"type": "string"}
    assert schema_of({}) == {}


@pytest.mark.parametrize("form", ["yaml", "JSON", 1, True, ["json"]], ids=str)
def test_another_format_is_refused(form: object) -> None:
    """Ollama takes no other format, and says which it takes."""
    with pytest.raises(UsageError, match='expected "json" or a JSON schema object'):
        schema_of(form)


@pytest.mark.parametrize(
    ("think", "parts"), [(None, True), (True, True), ("high", True), ("", True), (False, False)], ids=str
)
def test_think(think: object, parts: bool) -> None:
    """A thought is parted from the answer unless the client said false."""
    assert thinks(think) is parts


@pytest.mark.parametrize("think", ["much", 1, 0, [], {}], ids=str)
def test_a_wrong_think_is_refused(think: object) -> None:
    """A number is no truth value, and not every word is a level."""
    with pytest.raises(UsageError, match="invalid think value"):
        thinks(think)


def test_a_list_names_a_tag() -> None:
    """Listed names have a tag, so that clients that add :latest find them."""
    assert listed_name("smollm2") == "smollm2:latest"
    assert listed_name("qwen3:1.7b") == "qwen3:1.7b"
