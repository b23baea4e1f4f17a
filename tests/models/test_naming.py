"""Names of models are words: no paths, and nothing that a shell reads as something else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.errors import UsageError
from axchat.models.naming import MAX_CHARACTERS, derived, free, refuse_name


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("", "it is empty"),
        ("a" * 65, "more than 64"),
        ("a/b", "it has '/'"),
        ("a\\b", "it has"),
        (".", "begins with ."),
        ("..", "begins with ."),
        (".hidden", "begins with ."),
        ("-m", "begins with -"),
        ("~me", "it has '~'"),
        ("model.gguf", "a file's"),
        ("run_x.SH", "a file's"),
        ("config.json", "a file's"),
        ("smollm2", "to fetch"),
        ("SmolLM2", "to fetch"),
        ("two words", "it has ' '"),
        ("a\x1b[31m", "it has"),
        ("a\nb", "it has"),
        ("a\u202eb", "it has"),
        ("a\udc80", "it has"),
        ("$HOME", r"it has '\$'"),
        ("a;b", "it has ';'"),
        ("a=b", "it has '='"),
    ],
)
def test_what_is_no_name_is_refused(name: str, wrong: str) -> None:
    """With the reason, and the name written so that no terminal acts on it."""
    with pytest.raises(UsageError, match=wrong) as refused:
        refuse_name(name)
    assert refused.value.message.isprintable()


@pytest.mark.parametrize(
    "name", ["a", "qwen3-0.6b", "llama3:8b", "Qwen2.5_1.5B@4bit", "通义千问", "मॉडल", "نموذج"]
)
def test_words_of_any_language_are_names(name: str) -> None:
    """Marks that belong to letters too."""
    refuse_name(name)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/models/Qwen2.5-0.5B-Instruct", "Qwen2.5-0.5B-Instruct"),
        ("/models/Qwen3 0.6B (new)", "Qwen3-0.6B--new-"),
        ("/models/tiny.gguf", "tiny"),
        ("/models/tiny.gguf.gguf", "tiny"),
        ("/models/Qwen3/run_qwen3_axcl_aarch64.sh", "Qwen3"),
        ("/run_me.sh", "model"),
        ("/", "model"),
        ("/models/.cache", "cache"),
        ("/models/\x1b[2J", "2J"),
    ],
)
def test_a_name_is_made_from_a_path(path: str, name: str) -> None:
    """The directory's, or the file's without its ending; what cannot be in a name becomes a dash."""
    assert derived(path) == name


@given(st.text(max_size=80), st.sets(st.text(max_size=4), max_size=4))
def test_a_name_from_any_path_can_be_one(own: str, taken: set[str]) -> None:
    """Whatever a directory is called, its name is accepted, short enough, and new."""
    name = free(derived(f"/models/{own}"), taken)
    refuse_name(name)
    assert len(name) <= MAX_CHARACTERS
    assert name not in taken


def test_a_taken_name_gets_a_number() -> None:
    """The first that is free; the name of a model to fetch counts as taken."""
    assert free("a", ()) == "a"
    assert free("a", ("a", "a-2")) == "a-3"
    assert free("smollm2", ()) == "smollm2-2"
    assert free("x" * 64, ("x" * 64,)) == "x" * 58 + "-2"
