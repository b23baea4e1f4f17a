"""What is published of the vendor's models: data only, read in November 2026; each value with its source.

A load's card memory is derived: an idle 8 GB card has 7040 - 18 = 7022 MiB, and the runner's log tells what
it left. The logs do not tell what else was on the card before; with something there, less was needed.
"""

from axchat.models.stated import Stated
from axchat.models.vendor_catalogue import Speed, Trouble, VendorModel

_M5 = "https://docs.m5stack.com/zh_CN/guide/ai_accelerator/llm-8850"
_M5_QWEN3_06 = f"{_M5}/m5_llm_8850_qwen3_0.6b"
_M5_QWEN3_17 = f"{_M5}/m5_llm_8850_qwen3_1.7b"
_M5_QWEN3_4 = f"{_M5}/m5_llm_8850_qwen3_4b"
_M5_QWEN25_15 = f"{_M5}/m5_llm_8850_qwen2.5_1.5b"
_M5_MINICPM4 = f"{_M5}/m5_llm_8850_minicpm4"
_RADXA = "https://github.com/radxa-docs/docs: ax-m1/LLM"
_DSHAN = "https://github.com/dshanpi/edgeaccel-docs: docs/models/deploy"
_DSHAN_R1_7B = "https://github.com/dshanpi/edgeaccel-docs: its text on this model, revision 9b90330"
_HUB = "https://huggingface.co/AXERA-TECH"
_AX_LLM = "https://github.com/AXERA-TECH/ax-llm"
_CONTEXT_README = f"{_AX_LLM}/tree/axcl-context README"
_AXLLM_README = f"{_AX_LLM}/tree/axllm README"
_GGUF_README = "https://github.com/m5stack/M5Module-LLM/issues/31"

_PI = "Raspberry Pi 5 + LLM-8850"
_ROCK = "ROCK 5B+ + AX-M1"

GEMMA_4 = Trouble(
    "gemma-4-axcl",
    "Gemma 4 gives endless garbage on AXCL cards; on the chip itself it is right",
    f"{_AX_LLM}/issues/39 (open)",
    "take another model",
)
GEMMA_4_TOKENIZER = Trouble(
    "gemma-4-tokenizer",
    "axllm of before May 2026 stops with create_tokenizer(Gemma4VL) failed",
    f"{_AX_LLM}/issues/29",
    "update axllm",
)
LLAMA_3 = Trouble(
    "axllm-llama-3",
    "axllm reads tokenizer_type LLaMA as Llama 2's and crashes on a Llama 3 tokenizer",
    f"{_AX_LLM}/issues/61 (open)",
)
OTHER_CHIP = Trouble(
    "other-chip",
    "compiled for another chip; these cards are AX650N or AX8850, which run the same models",
    f"{_AX_LLM}/issues/27",
    "take the repository for AX650",
)
SEVERAL_CARDS = Trouble(
    "several-cards",
    "the script or config.json names several cards; on one card its layers do not fit or do not load",
    f"{_HUB}/Qwen2.5-7B-Instruct-TensorParallel",
    "set devices to one card only for a model that was compiled for one",
)
QWEN3_17_LOAD = Trouble(
    "qwen3-1.7b-create-handle",
    "main_api_axcl printed AX_ENGINE_CreateHandle for many layers, and went on",
    f"{_AX_LLM}/issues/21 (open, LLM-8850)",
    "run axchat doctor; load it by the console runner or axllm",
)
OVERFULL = Trouble(
    "overfull-load",
    "a load that does not fit could crash the card's driver before axllm got its memory guard",
    f"{_AX_LLM}/pull/50",
    "axchat models fit, before the load; keep mem_guard_enable on",
)
CMM_KEPT = Trouble(
    "cmm-not-released",
    "axllm serve may leave its card memory taken when it is ended or crashes, and the next load fails",
    f"{_AX_LLM}/issues/60 (closed by pull 66)",
    "update axllm; axchat doctor tells what is left behind",
)

GENERAL = (OVERFULL, CMM_KEPT, GEMMA_4, GEMMA_4_TOKENIZER, LLAMA_3, OTHER_CHIP, SEVERAL_CARDS)
"""What to know of any model, told with the catalogue."""


def _listing(layers: int, each: int, post: int, page: str) -> Stated[int]:
    """Weights from a directory's listing, which rounds each file up to MiB."""
    return Stated(layers * each + post, page, f"{layers} layers of {each} MiB and {post} MiB, from ls -lh")


def _left(remaining: int, page: str, runner: str) -> Stated[int]:
    return Stated(7022 - remaining, page, f"7022 MiB of an idle 8 GB card, {remaining} left; {runner}")


MODELS = (
    VendorModel(
        name="qwen3-0.6b",
        repository="AXERA-TECH/Qwen3-0.6B",
        era="axllm",
        era_source=f"{_DSHAN}/qwen3-0-6b.md (revision 9bd2408)",
        tokenizer=Stated("qwen3_tokenizer.txt, inside axllm", f"{_DSHAN}/qwen3-0-6b.md"),
        download=Stated("1.4 GiB", _M5_QWEN3_06, "total of ls -lh"),
        weights_mib=_listing(28, 26, 162, _M5_QWEN3_06),
        cmm_mib=_left(5068, _M5_QWEN3_06, "context runner of 2025, 2559 tokens"),
        chunk=Stated(128, _M5_QWEN3_06),
        prefill=Stated(2048, _M5_QWEN3_06),
        context=Stated(2559, _M5_QWEN3_06),
        speeds=(
            Speed(13.5, _PI, _GGUF_README),
            Speed(5.06, "RK3576 + 8 GB AX8850, axllm", f"{_DSHAN}/qwen3-0-6b.md"),
        ),
    ),
    VendorModel(
        name="qwen3-1.7b",
        repository="AXERA-TECH/Qwen3-1.7B",
        era="axllm",
        era_source=_M5_QWEN3_17,
        tokenizer=Stated("qwen3_tokenizer.txt, inside axllm", _M5_QWEN3_17),
        quantisation=Stated("w8a16", f"{_RADXA}/qwen3-1.7b.md"),
        download=Stated("2.7 GiB", _M5_QWEN3_17, "total of ls -lh"),
        weights_mib=_listing(28, 64, 325, _M5_QWEN3_17),
        cmm_mib=_left(4541, _M5_QWEN3_17, "axllm, 2559 tokens"),
        chunk=Stated(128, _M5_QWEN3_17),
        prefill=Stated(2048, _M5_QWEN3_17),
        context=Stated(2559, _M5_QWEN3_17),
        speeds=(
            Speed(7.44, f"{_PI}, axllm", _M5_QWEN3_17),
            Speed(7.3, f"{_ROCK}, context runner", f"{_RADXA}/qwen3-1.7b.md (2025)"),
            Speed(4.0, f"{_ROCK}, axllm", f"{_RADXA}/qwen3-1.7b.md (2026-08-19)"),
        ),
        troubles=(QWEN3_17_LOAD,),
    ),
    VendorModel(
        name="qwen3-4b",
        repository="AXERA-TECH/Qwen3-4B",
        era="axllm",
        era_source=_M5_QWEN3_4,
        tokenizer=Stated("qwen3_tokenizer.txt, inside axllm", _M5_QWEN3_4),
        download=Stated("5.4 GiB", _M5_QWEN3_4, "total of ls -lh"),
        weights_mib=_listing(36, 120, 405, _M5_QWEN3_4),
        cmm_mib=_left(1798, _M5_QWEN3_4, "axllm, 2559 tokens"),
        chunk=Stated(128, _M5_QWEN3_4),
        prefill=Stated(2048, _M5_QWEN3_4),
        context=Stated(2559, _M5_QWEN3_4),
        speeds=(Speed(3.69, f"{_PI}, axllm", _M5_QWEN3_4),),
    ),
    VendorModel(
        name="qwen2.5-1.5b-instruct",
        repository="AXERA-TECH/Qwen2.5-1.5B-Instruct",
        era="context",
        era_source=_CONTEXT_README,
        tokenizer=Stated("qwen2.5_tokenizer_uid.py", f"{_DSHAN}/qwen2-5-1-5b-instruct.md"),
        quantisation=Stated("int8 and int4, a directory each", f"{_DSHAN}/qwen2-5-1-5b-instruct.md"),
        download=Stated("4.25 GB with both", f"{_DSHAN}/qwen2-5-1-5b-instruct.md"),
        cmm_mib=_left(4610, _CONTEXT_README, "w8a16, 2047 tokens"),
        chunk=Stated(128, _CONTEXT_README),
        prefill=Stated(1024, _CONTEXT_README),
        context=Stated(2047, _CONTEXT_README),
        speeds=(
            Speed(8.88, "x86 host + card", _CONTEXT_README),
            Speed(8.89, f"{_ROCK}, w8a16", f"{_RADXA}/qwen2.5-1.5b.md"),
        ),
    ),
    VendorModel(
        name="qwen2.5-1.5b-instruct-gptq-int4",
        repository="AXERA-TECH/Qwen2.5-1.5B-Instruct-GPTQ-Int4",
        era="legacy",
        era_source=f"{_HUB}/Qwen2.5-1.5B-Instruct-GPTQ-Int4/blob/main/run_qwen2.5_1.5b_gptq_int4_axcl_x86.sh",
        tokenizer=Stated("qwen2.5_tokenizer.py", _M5_QWEN25_15),
        quantisation=Stated("w4a16", f"{_RADXA}/qwen2.5-1.5b.md"),
        context=Stated(1024, _M5_QWEN25_15),
        speeds=(
            Speed(15.03, _PI, _M5_QWEN25_15),
            Speed(11.27, _ROCK, f"{_RADXA}/qwen2.5-1.5b.md"),
        ),
    ),
    VendorModel(
        name="qwen2.5-7b-instruct",
        repository="AXERA-TECH/Qwen2.5-7B-Instruct",
        era="context",
        era_source=f"{_DSHAN}/qwen2-5-7b-instruct.md (revision 97ccbbd)",
        tokenizer=Stated("qwen2.5_tokenizer_uid.py", f"{_DSHAN}/qwen2-5-7b-instruct.md"),
        quantisation=Stated("int4", f"{_DSHAN}/qwen2-5-7b-instruct.md (qwen2.5-7b-ctx-int4-ax650)"),
        download=Stated("5.62 GiB", f"{_DSHAN}/qwen2-5-7b-instruct.md"),
    ),
    VendorModel(
        name="qwen2.5-7b-instruct-gptq-int4",
        repository="AXERA-TECH/Qwen2.5-7B-Instruct-GPTQ-Int4",
        era="legacy",
        era_source=f"{_HUB}/Qwen2.5-7B-Instruct-GPTQ-Int4",
        tokenizer=Stated("qwen2.5_tokenizer.py", f"{_HUB}/Qwen2.5-7B-Instruct-GPTQ-Int4"),
        quantisation=Stated("w4a16", f"{_HUB}/Qwen2.5-7B-Instruct-GPTQ-Int4"),
        speeds=(Speed(4.8, "AX650 itself", f"{_HUB}/Qwen2.5-7B-Instruct-GPTQ-Int4"),),
    ),
    VendorModel(
        name="deepseek-r1-distill-qwen-1.5b-gptq-int4",
        repository="AXERA-TECH/DeepSeek-R1-Distill-Qwen-1.5B-GPTQ-Int4",
        era="legacy",
        era_source=f"{_HUB}/DeepSeek-R1-Distill-Qwen-1.5B-GPTQ-Int4",
        tokenizer=Stated("deepseek-r1_tokenizer.py", f"{_HUB}/DeepSeek-R1-Distill-Qwen-1.5B-GPTQ-Int4"),
        quantisation=Stated("w4a16", f"{_HUB}/DeepSeek-R1-Distill-Qwen-1.5B-GPTQ-Int4"),
        speeds=(Speed(19.0, "AX650 itself", f"{_HUB}/DeepSeek-R1-Distill-Qwen-1.5B-GPTQ-Int4"),),
    ),
    VendorModel(
        name="deepseek-r1-distill-qwen-7b-gptq-int4",
        repository="AXERA-TECH/DeepSeek-R1-Distill-Qwen-7B-GPTQ-Int4",
        era="legacy",
        era_source=f"{_DSHAN}/deepseek-r1-distill-qwen-7b-gptq-int4.md (revision 9b90330)",
        tokenizer=Stated("deepseek-r1_tokenizer.py", f"{_RADXA}/ds-r1-qwen-7b.md"),
        quantisation=Stated("w4a16", f"{_RADXA}/ds-r1-qwen-7b.md"),
        download=Stated("5.13 GiB", _DSHAN_R1_7B),
        weights_mib=Stated(
            4209,
            _DSHAN_R1_7B,
            "at most: 5.13 GiB without the 1.02 GiB of the embedding",
        ),
        context=Stated(1024, f"{_RADXA}/ds-r1-qwen-7b.md"),
        speeds=(Speed(4.2, _ROCK, f"{_RADXA}/ds-r1-qwen-7b.md"),),
    ),
    VendorModel(
        name="minicpm4-0.5b",
        repository="AXERA-TECH/MiniCPM4-0.5B",
        era="context",
        era_source=_M5_MINICPM4,
        tokenizer=Stated("minicpm4_tokenizer_uid.py", f"{_HUB}/MiniCPM4-0.5B"),
        quantisation=Stated("w8a16", f"{_RADXA}/minicpm4-0.5b.md"),
        cmm_mib=_left(6450, _M5_MINICPM4, "context runner, 1023 tokens"),
        chunk=Stated(128, _M5_MINICPM4),
        prefill=Stated(512, _M5_MINICPM4),
        context=Stated(1023, _M5_MINICPM4),
        speeds=(Speed(17.86, _ROCK, f"{_RADXA}/minicpm4-0.5b.md"),),
    ),
    VendorModel(
        name="smollm2-360m-instruct",
        repository="AXERA-TECH/SmolLM2-360M-Instruct",
        era="legacy",
        era_source=f"{_RADXA}/smolLM2-360m.md",
        tokenizer=Stated("smollm2_tokenizer.py", f"{_RADXA}/smolLM2-360m.md"),
        quantisation=Stated("w8a16", f"{_RADXA}/smolLM2-360m.md"),
        context=Stated(1023, f"{_RADXA}/smolLM2-360m.md"),
        speeds=(
            Speed(18.02, _ROCK, f"{_RADXA}/smolLM2-360m.md"),
            Speed(26.19, "AX650 itself, axllm", _AXLLM_README),
        ),
    ),
    VendorModel(
        name="gemma-4-e2b-it",
        repository="AXERA-TECH/gemma-4-E2B-it",
        era="axllm",
        era_source=f"{_AX_LLM}/issues/29",
        troubles=(GEMMA_4, GEMMA_4_TOKENIZER),
    ),
    VendorModel(
        name="gemma-4-e2b-it-gptq-int4",
        repository="AXERA-TECH/gemma-4-E2B-it-GPTQ-INT4",
        era="axllm",
        era_source=f"{_DSHAN}/gemma-4-e2b-it-gptq-int4.md (revision fc6412d)",
        tokenizer=Stated("gemma4_tokenizer.txt, Gemma4VL", f"{_DSHAN}/gemma-4-e2b-it-gptq-int4.md"),
        troubles=(GEMMA_4, GEMMA_4_TOKENIZER),
    ),
)
