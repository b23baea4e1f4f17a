"""A tokenizer.json is anybody's file: it is read, or refused with its reason; the process lives."""

import copy
import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from axchat.errors import ModelError
from axchat.tokenizer.components import MAX_GROWTH, refuse_dangerous
from axchat.tokenizer.huggingface import HuggingFaceTokenizer

SHIPPED: dict[str, Any] = json.loads(
    (files("axchat.standin") / "data" / "qwen2.5_tokenizer" / "tokenizer.json").read_text()
)
TEXT = "Hello aaaaaaaaaaaaaaaaaaaaaaaaaaaa 你好 <|im_end|> 🎉"
BLANK = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
BOMB = {"type": "Replace", "pattern": {"String": "a"}, "content": "a" * 100}


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    """The shipped file with a change."""
    source = copy.deepcopy(SHIPPED)
    change(source)
    return json.dumps(source)


def use(text: str) -> None:
    """Load and use it: whatever comes is ModelError or an answer."""
    tokenizer = HuggingFaceTokenizer(text, eos="<|im_end|>")
    tokenizer.decode(tokenizer.encode(TEXT))
    tokenizer.encode_plain(TEXT)


REFUSED: dict[str, Callable[[dict[str, Any]], object]] = {
    "a merge of unknown tokens": lambda source: source["model"]["merges"].append(["zz", "qq"]),
    "an id beyond 32 bits": lambda source: source["model"]["vocab"].__setitem__("!", 2**40),
    "an added id beyond 32 bits": lambda source: source["added_tokens"][0].__setitem__("id", 2**40),
    "no model": lambda source: source.pop("model"),
    "a prefix that makes the library panic": lambda source: source["model"].__setitem__(
        "continuing_subword_prefix", "x" * 50
    ),
    "an expression that is none": lambda source: source.__setitem__(
        "pre_tokenizer",
        {"type": "Split", "pattern": {"Regex": "((("}, "behavior": "Isolated", "invert": False},
    ),
    "an endless expression": lambda source: source.__setitem__(
        "pre_tokenizer",
        {"type": "Split", "pattern": {"Regex": "(a+)+$|(.*)*x"}, "behavior": "Isolated", "invert": False},
    ),
    "a table that claims 4 GB": lambda source: source.__setitem__(
        "normalizer", {"type": "Precompiled", "precompiled_charsmap": "/////w=="}
    ),
    "an empty table": lambda source: source.__setitem__(
        "normalizer", {"type": "Precompiled", "precompiled_charsmap": ""}
    ),
    "a table that is no base64": lambda source: source.__setitem__(
        "normalizer", {"type": "Precompiled", "precompiled_charsmap": "ä"}
    ),
    "a text a million million times as long": lambda source: source.__setitem__(
        "normalizer", {"type": "Sequence", "normalizers": [BOMB] * 6}
    ),
    "pieces of no length": lambda source: source.__setitem__(
        "pre_tokenizer", {"type": "FixedLength", "length": 0}
    ),
    "an empty prefix": lambda source: source.__setitem__("normalizer", {"type": "Prepend", "prepend": ""}),
    "a vocabulary that is a list": lambda source: source["model"].__setitem__("vocab", [1]),
    "a model without its unknown token": lambda source: source.__setitem__(
        "model", {"type": "Unigram", "unk_id": None, "vocab": [["a", 0.0]]}
    ),
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
def test_a_file_that_cannot_be_used_is_a_model_error(change: Callable[[dict[str, Any]], object]) -> None:
    """At the load or at the first text; never a panic, an abort or an empty answer."""
    with pytest.raises(ModelError, match=r"tokenizer"):
        use(changed(change))


@pytest.mark.parametrize(
    "normalizer",
    [
        None,
        BLANK,
        {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, BLANK]},
        {"type": "NFC"},
    ],
)
def test_the_normalizers_of_published_models_are_taken(normalizer: object) -> None:
    """Those of Qwen, Llama and MiniCPM."""
    refuse_dangerous({"normalizer": normalizer})
    use(changed(lambda source: source.__setitem__("normalizer", normalizer)))


@pytest.mark.parametrize(("times", "is_refused"), [(MAX_GROWTH, False), (MAX_GROWTH + 1, True)])
def test_growth_is_bounded(times: float, is_refused: bool) -> None:
    """A bound for all replacements together, nested or not."""
    part = {"type": "Replace", "pattern": {"String": "a"}, "content": "b" * int(times)}
    source = {
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Sequence", "normalizers": [part]}]}
    }
    if is_refused:
        with pytest.raises(ModelError, match="times as long"):
            refuse_dangerous(source)
    else:
        refuse_dangerous(source)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(),
    st.text(max_size=8),
    st.lists(st.integers(0, 9), max_size=3),
    st.dictionaries(st.text(max_size=4), st.integers(0, 9), max_size=2),
)


def places(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Every place in a JSON value, the long vocabulary and its merges as one."""
    found = [path] if path else []
    if isinstance(value, dict) and len(value) < 100:
        for key, inner in value.items():
            found += places(inner, (*path, key))
    elif isinstance(value, list) and len(value) < 100:
        for number, inner in enumerate(value):
            found += places(inner, (*path, number))
    return found


@settings(max_examples=200, deadline=None, derandomize=True)
@given(place=st.sampled_from(places(SHIPPED)), value=VALUES)
def test_any_value_in_any_place_is_read_or_refused(place: tuple[Any, ...], value: object) -> None:
    """One thing of the file is something else: nothing but ModelError comes out."""

    def change(source: Any) -> None:
        for step in place[:-1]:
            source = source[step]
        source[place[-1]] = value

    try:
        use(changed(change))
    except ModelError as refused:
        assert refused.message  # noqa: PT017  success is as good
