"""Names of files and directories say how a model was compiled."""

import pytest

from axchat.models import name_facts
from axchat.models.stated import Stated


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("qwen2.5-1.5b-gptq-int4-ax650/qwen2_p128_l%d_together.axmodel", "gptq-int4"),
        ("Qwen2.5-7B-Instruct-GPTQ-Int4", "gptq-int4"),
        ("run_qwen3_1.7b_int8_ctx_axcl_aarch64.sh", "int8"),
        ("smollm2-w8a16", "w8a16"),
        ("gemma-4-E2B-it-GPTQ-INT4", "gptq-int4"),
        ("SmolLM2-135M-Instruct.Q4_1.gguf", "Q4_1"),
        ("model-iq4_xs.gguf", "IQ4_XS"),
        ("model.bf16.gguf", "bf16"),
        ("Qwen3-0.6B", None),
        ("point4", None),
        ("", None),
    ],
)
def test_the_quantisation_is_in_a_name(name: str, found: str | None) -> None:
    """As it is written there, with the name as its source; a name without one has none."""
    wanted = None if found is None else Stated(found, f"name of the directory: {name}")
    assert name_facts.quantisation([("directory", name)]) == wanted


def test_the_first_name_counts() -> None:
    """A directory may have been renamed; its layers are named by the vendor."""
    found = name_facts.quantisation([("layers", "a-int8/x_l%d"), ("directory", "a-int4")])
    assert found == Stated("int8", "name of the layers: a-int8/x_l%d")


def test_limits_are_in_a_name() -> None:
    """Chunk, longest prompt and context, as the vendor names newer repositories."""
    names = [
        ("layers", "qwen_p64_l%d_together.axmodel"),
        ("directory", "Qwen3.5-4B-GPTQ-Int4-C128-P1152-CTX2047"),
    ]
    chunk, prefill, context = (
        read(names) for read in (name_facts.chunk, name_facts.longest_prefill, name_facts.context)
    )
    assert chunk == Stated(64, "name of the layers: qwen_p64_l%d_together.axmodel")
    assert (prefill and prefill.value, context and context.value) == (1152, 2047)
    assert name_facts.chunk(names[1:]) == Stated(128, f"name of the directory: {names[1][1]}")
    assert name_facts.context([("directory", "qwen2.5-1.5b-ctx-ax650")]) is None


@pytest.mark.parametrize(
    ("name", "chip"),
    [
        ("Qwen3-0.6B-AX637", "AX637"),
        ("gemma-3-270m-it-gptq-int4-ax620e-c128", "AX620E"),
        ("MiniCPM4-ax630c", "AX630C"),
        ("Qwen3.5-9B-AX8860-llama.cpp", "AX8860"),
        ("Qwen3-AX650", None),
        ("LLM-AX8850", None),
    ],
)
def test_another_chip_is_told(name: str, chip: str | None) -> None:
    """AX650 and AX8850 are the same NPU; the others cannot run on these cards."""
    found = name_facts.other_chip([("directory", name)])
    assert (found.value if found else None) == chip
