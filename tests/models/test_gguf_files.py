"""GGUF files by their names."""

from fnmatch import fnmatchcase

import pytest

from axchat.models.gguf_files import called, models_in, quant_of
from axchat.models.hub_files import HubFile


@pytest.mark.parametrize(
    ("path", "quant"),
    [
        ("SmolLM2-135M-Instruct-Q4_K_M.gguf", "Q4_K_M"),
        ("SmolLM2-135M-Instruct.Q4_1.gguf", "Q4_1"),
        ("qwen2.5-0.5b-instruct-q8_0.gguf", "Q8_0"),
        ("Q4_K_M/model-Q4_K_M.gguf", "Q4_K_M"),
        ("BF16/model.gguf", "BF16"),
        ("Qwen3-0.6B-UD-Q4_K_XL.gguf", "UD-Q4_K_XL"),
        ("x-IQ3_XXS.gguf", "IQ3_XXS"),
        ("gpt-oss-20b-mxfp4.gguf", "MXFP4"),
        ("model-f16.gguf", "F16"),
        ("model.gguf", ""),
        ("Q4ever.gguf", ""),
    ],
)
def test_the_quantisation_in_a_name(path: str, quant: str) -> None:
    """The last one that the path names counts."""
    assert quant_of(path) == quant


FILES = [
    HubFile("big-Q8_0-00002-of-00002.gguf", 30),
    HubFile("big-Q8_0-00001-of-00002.gguf", 40),
    HubFile("small-Q4_0.gguf", 50),
    HubFile("mmproj-small-F16.gguf", 5),
    HubFile("small.imatrix.gguf", 5),
    HubFile("README.md", 1),
]


def test_parts_are_one_model() -> None:
    """Parts come together in order, the smallest model first; what cannot run alone is no model."""
    small, big = models_in(FILES)
    assert (small.path, small.quant, small.size) == ("small-Q4_0.gguf", "Q4_0", 50)
    assert (big.path, big.quant, big.size) == ("big-Q8_0-00001-of-00002.gguf", "Q8_0", 70)


def test_names_for_one() -> None:
    """A quantisation, a file, or any of its parts names a model; half a name does not."""
    models = models_in(FILES)
    assert [it.quant for it in called(models, "q8_0")] == ["Q8_0"]
    assert [it.quant for it in called(models, "big-Q8_0-00002-of-00002.gguf")] == ["Q8_0"]
    assert called(models, "Q4") == []


def test_the_pattern_of_a_model_names_its_files() -> None:
    """It fits all parts, and signs of globs in a name are only signs."""
    small, big = models_in(FILES)
    assert (small.pattern, big.pattern) == ("small-Q4_0.gguf", "big-Q8_0-*.gguf")
    [odd] = models_in([HubFile("a[1]-Q4_0.gguf", 1)])
    assert fnmatchcase("a[1]-Q4_0.gguf", odd.pattern)
