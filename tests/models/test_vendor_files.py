"""What a host needs of a vendor's repository, by the names in public listings."""

import pytest

from axchat.models.hub_files import HubFile
from axchat.models.vendor_files import (
    ANOTHER_CHIP,
    ANOTHER_HOST,
    EXAMPLE,
    FOREIGN,
    FURNITURE,
    ON_CHIP,
    is_executable,
    is_vendors,
    variants,
    why_not,
)

AARCH64, X86 = "axcl_aarch64", "axcl_x86"


@pytest.mark.parametrize(
    ("path", "on_aarch64", "on_x86"),
    [
        # huggingface.co/AXERA-TECH/Qwen2.5-1.5B-Instruct-GPTQ-Int4/tree/main
        ("main_axcl_aarch64", "", ANOTHER_HOST),
        ("main_axcl_x86", ANOTHER_HOST, ""),
        ("main_prefill", ON_CHIP, ON_CHIP),
        ("run_qwen2.5_1.5b_gptq_int4_axcl_aarch64.sh", "", ANOTHER_HOST),
        ("run_qwen2.5_1.5b_gptq_int4_axcl_x86.sh", ANOTHER_HOST, ""),
        ("run_qwen2.5_1.5b_gptq_int4_ax650.sh", ON_CHIP, ON_CHIP),
        ("qwen2.5-1.5b-gptq-int4-ax650/qwen2_p128_l0_together.axmodel", "", ""),
        ("qwen2.5-1.5b-gptq-int4-ax650/model.embed_tokens.weight.bfloat16.bin", "", ""),
        ("qwen2.5_tokenizer/tokenizer.json", "", ""),
        ("qwen2.5_tokenizer.py", "", ""),
        ("post_config.json", "", ""),
        ("config.json", "", ""),
        ("README.md", "", ""),
        (".gitattributes", FURNITURE, FURNITURE),
        # docs.m5stack.com llm-8850: Qwen3-0.6B, Qwen3-1.7B
        ("main_ax650", ON_CHIP, ON_CHIP),
        ("main_api_ax650", ON_CHIP, ON_CHIP),
        ("main_api_axcl_aarch64", "", ANOTHER_HOST),
        ("qwen3-0.6b-ax630c/qwen3_p128_l0_together.axmodel", ANOTHER_CHIP, ANOTHER_CHIP),
        ("run_qwen3_0.6b_int8_ctx_ax630c.sh", ANOTHER_CHIP, ANOTHER_CHIP),
        ("run_qwen3_1.7b_int8_ctx_axcl_x86_api.sh", ANOTHER_HOST, ""),
        # InternVL3-1B, Qwen3-VL-4B, CosyVoice2 on the same pages
        ("gradio_demo.py", EXAMPLE, EXAMPLE),
        ("ssd_car.jpg", EXAMPLE, EXAMPLE),
        ("video/frame_0001.jpg", EXAMPLE, EXAMPLE),
        ("internvl3_tokenizer/tokenization_internlm2.py", "", ""),
        ("Qwen3-VL-4B-Instruct-ax8850/vit.axmodel", "", ""),
        ("run_image_axcl_aarch64.sh", "", ANOTHER_HOST),
        ("onnxruntime-linux-x64-1.23.0/lib/libonnxruntime.so", ANOTHER_HOST, ""),
        ("qwen3_p128_l0_together.axmodel.onnx", FOREIGN, FOREIGN),
        ("model.safetensors", FOREIGN, FOREIGN),
        # AXERA-TECH/Qwen2.5-7B-Instruct-TensorParallel
        ("main_tp_x86", ANOTHER_HOST, ""),
        ("run_qwen2.5_7B_axcl_context_tp.sh", "", ""),
        # the newer form
        ("qwen3_tokenizer.txt", "", ""),
        ("axllm", "", ""),
        ("main_internvl2.5_448_prefill", ON_CHIP, ON_CHIP),
        ("mainly.txt", "", ""),
    ],
)
def test_what_a_host_needs(path: str, on_aarch64: str, on_x86: str) -> None:
    """Each name is kept or left out for its reason, on either host."""
    assert (why_not(path, AARCH64), why_not(path, X86)) == (on_aarch64, on_x86)


def test_programs_and_scripts_are_executable() -> None:
    """Runners and scripts get their bit back; nothing else does."""
    paths = [
        "main_axcl_x86",
        "a/main_api_axcl_aarch64",
        "axllm",
        "run_x.sh",
        "x.axmodel",
        "main.py",
        "config.json",
    ]
    assert [path for path in paths if is_executable(path)] == paths[:4]


def files(*paths: str) -> list[HubFile]:
    """Files of ten bytes."""
    return [HubFile(path, 10) for path in paths]


def test_models_by_folder() -> None:
    """Every folder with layers is a model of its own; other folders with axmodels serve them all."""
    found = variants(
        files(
            "a-int8/x_l0_together.axmodel",
            "a-int8/sub/x.bin",
            "a-int4/x_l0.axmodel",
            "vit/vit.axmodel",
            "main_axcl_x86",
        )
    )
    assert {root: [file.path for file in them] for root, them in found.items()} == {
        "a-int4": ["a-int4/x_l0.axmodel"],
        "a-int8": ["a-int8/x_l0_together.axmodel", "a-int8/sub/x.bin"],
    }


def test_a_folder_that_starts_by_itself_is_one_model() -> None:
    """A folder with a run script or config.json takes what is below it along."""
    found = variants(
        files("int4/config.json", "int4/w/x_l1_a.axmodel", "int8/run_a.sh", "int8/w/x_l1_a.axmodel")
    )
    assert list(found) == ["int4", "int8"]


def test_a_flat_repository_is_one_model() -> None:
    """At the top only weights belong to the model; the rest serves every model."""
    found = variants(files("x_l0_together.axmodel", "embed.bin", "config.json"))
    assert {root: len(them) for root, them in found.items()} == {"": 2}


def test_repositories_of_axmodels() -> None:
    """One axmodel makes a repository the vendor's."""
    assert is_vendors(files("a/b.axmodel"))
    assert not is_vendors(files("a.gguf", "b.axmodel.onnx"))
