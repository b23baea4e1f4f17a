"""Which log lines name a fault, and of what; the tables of the vendor's messages."""

import re

from axchat.console.events import Fault, FaultKind, RunnerLog, RuntimeLog
from axchat.console.told import overflow_in

_CODE = re.compile(r"0x([0-9a-fA-F]{8})\b")

# First match wins; vendor LLM.hpp, ax_model_runner_axcl.cpp, Tokenizer.cpp (all branches) and, for axllm,
# LLM.cpp (runner-console 5.6, 5.7, III.4).
_RUNNER_FAULTS: tuple[tuple[str, FaultKind], ...] = (
    (r"Get AXCL device failed", FaultKind.NO_DEVICE),
    (r"axclInit\(\) failed", FaultKind.NO_DEVICE),
    (r"Set AXCL device failed|axcl_Init\(\d+\) failed|AXCL device \d+ not inited", FaultKind.DEVICE),
    (r"axclrtEngineInit", FaultKind.NPU),
    (r"AX_ENGINE_Execute", FaultKind.NPU),
    (r"AX_ENGINE_(CreateHandle|CreateContext|GetIOInfo)", FaultKind.DEVICE_MEMORY),
    (r"input_ids\(\d+\) > prefill_token_num", FaultKind.CONTEXT),
    (r"(input_num_token|precompute_len|first_chunk_tokens)\(\d+\) > ", FaultKind.CONTEXT),
    (r"SetKVCache failed|invalid prefill_grpid|failed to select prefill group", FaultKind.CONTEXT),
    (r"cannot reuse KV", FaultKind.CONTEXT),
    (r"vision\.Prepare failed|image prompt\(.*\) not found", FaultKind.ATTACHMENT),
    (
        r"([tT]okenizer\.[iI]nit|get ([be]os_|u)id failed|(en|de)code failed|json parse failed)",
        FaultKind.TOKENIZER,
    ),
    (
        r"(connect .* failed|[cC]reate_?[tT]okenizer|unknown tokenizer type|index\(-?\d+\) > token_num)",
        FaultKind.TOKENIZER,
    ),
    (
        r"(read_file|mmap$|embed file|embed_selector\.Init|max_token_len\(\d+\) > kv_cache)",
        FaultKind.MODEL_FILE,
    ),
    (r"init (post |vpm )?axmodel\(.*\) failed", FaultKind.MODEL_FILE),
    (r"tokens_embed_size mismatch|vision\.Init|per-layer helper init failed", FaultKind.MODEL_FILE),
)

# axllm says "AXCL device 0 not inited" from here at the end of clean runs too (runner-console III.4)
_NOISE = {"axcl_Exit"}


def fault_of_runner(log: RunnerLog) -> Fault | None:
    """The fault an error line of the runner names, or None for warnings and harmless errors."""
    if log.level != "E" or log.function in _NOISE:
        return None
    for pattern, kind in _RUNNER_FAULTS:
        if re.search(pattern, log.message):
            return Fault(kind, log.message.strip(), code_in(log.message), overflow_in(log.message))
    return None


def fault_of_runtime(log: RuntimeLog) -> Fault | None:
    """The fault a line of the AXCL library names: any error, and a dead device (printed as a warning)."""
    if log.level in {"E", "C"} or "is dead" in log.message:
        return Fault(FaultKind.DEVICE, log.message.strip(), code_in(log.message))
    return None


def code_in(text: str) -> int | None:
    """The first AXCL code in a message, unsigned; zero is success and no code."""
    for found in _CODE.finditer(text):
        code = int(found[1], 16)
        if code:
            return code
    return None
