"""The catalogue tells nothing without its source, and knows the models that are here."""

import platform
import re
from pathlib import Path

import pytest

from axchat.models import vendor_data
from axchat.models.local import look
from axchat.models.vendor_catalogue import VendorModel, by_name, matching, troubles
from axchat.standin.demo import write_demo
from axchat.standin.demo_axllm import write_axllm_demo

HERE = platform.machine()
MODELS = list(by_name().values())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_every_value_has_a_source(model: VendorModel) -> None:
    """An address of the vendor, or of who measured; what was calculated says how."""
    stated = [value for _, value in model.facts() if value is not None]
    sources = [value.source for value in stated]
    sources += [speed.source for speed in model.speeds] + [trouble.source for trouble in model.troubles]
    assert sources
    assert all(re.match(r"https://[a-z0-9.-]+/", source) for source in sources), sources
    if model.cmm_mib is not None:
        left = re.search(r"7022 MiB of an idle 8 GB card, (\d+) left", model.cmm_mib.derived)
        assert left is not None
        assert model.cmm_mib.value == 7022 - int(left[1])


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_names_are_the_repositories(model: VendorModel) -> None:
    """In lower case; they can be given to a model here, and an era is one that we know."""
    assert model.name == model.repository.rpartition("/")[2].lower()
    assert model.repository.startswith("AXERA-TECH/")
    assert model.era in {"legacy", "context", "axllm"}
    assert model.as_json()["name"] == model.name


def test_what_a_load_took_is_more_than_its_weights() -> None:
    """The published numbers are in order: a load needs buffers too."""
    both = [it for it in MODELS if it.cmm_mib is not None and it.weights_mib is not None]
    assert len(both) >= 3
    assert all(it.cmm_mib.value > it.weights_mib.value for it in both if it.cmm_mib and it.weights_mib)


def test_limits_are_in_order() -> None:
    """A chunk is no longer than a prompt, a prompt no longer than the context."""
    for it in MODELS:
        limits = [limit.value for limit in (it.chunk, it.prefill, it.context) if limit is not None]
        assert limits == sorted(limits), it.name


def test_a_directory_is_recognised(tmp_path: Path) -> None:
    """By its repository in config.json, by its name, or by its place in the hub's cache."""
    by_config = write_axllm_demo(tmp_path / "any", layers=1, config={"model_name": "AXERA-TECH/Qwen3-4B"})
    named = write_demo(tmp_path / "Qwen2.5-1.5B-Instruct-GPTQ-Int4", layers=1)
    cached = write_demo(tmp_path / "models--AXERA-TECH--MiniCPM4-0.5B" / "snapshots" / "0123", layers=1)
    other = write_demo(tmp_path / "other", layers=1)
    known = [
        matching(look(path, HERE)) for path in (by_config, named, next(named.glob("run*")), cached, other)
    ]
    assert [it.name if it else None for it in known] == [
        "qwen3-4b",
        "qwen2.5-1.5b-instruct-gptq-int4",
        "qwen2.5-1.5b-instruct-gptq-int4",
        "minicpm4-0.5b",
        None,
    ]


@pytest.mark.parametrize(
    ("name", "config", "expected"),
    [
        ("gemma", {"tokenizer_type": "Gemma4VL"}, ["gemma-4-axcl"]),
        ("gemma-4-E2B-it", {}, ["gemma-4-axcl", "gemma-4-tokenizer"]),
        ("llama", {"tokenizer_type": "LLaMA"}, ["axllm-llama-3"]),
        ("Qwen3-0.6B-AX637", {}, ["other-chip"]),
        ("two-cards", {"devices": [0, 1]}, ["several-cards"]),
        ("Qwen3-1.7B", {}, ["qwen3-1.7b-create-handle"]),
        ("Qwen3", {}, []),
    ],
)
def test_known_trouble_is_recognised(
    tmp_path: Path, name: str, config: dict[str, object], expected: list[str]
) -> None:
    """By what the directory says of itself, with advice and source."""
    found = troubles(look(write_axllm_demo(tmp_path / name, layers=1, config=config), HERE))
    assert [trouble.id for trouble in found] == expected
    assert {trouble.id for trouble in found} <= {
        it.id for it in (*vendor_data.GENERAL, vendor_data.QWEN3_17_LOAD)
    }
