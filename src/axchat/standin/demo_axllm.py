"""Write a demo model directory of the axllm era, with the program ``axllm`` in it, that the stand-in plays.

Layout and configuration: runner-console facts, part I section 10.
"""

from collections.abc import Sequence
from pathlib import Path

from axchat.standin.demo_files import (
    DEFAULT_LAYERS,
    DEFAULT_LOAD_S,
    DEFAULT_PORT,
    DEFAULT_PREFILL_TOKEN_S,
    DEFAULT_TOKEN_S,
    EMBED,
    LAYER_TEMPLATE,
    POST,
    TOKENS_EMBED_NUM,
    TOKENS_EMBED_SIZE,
    launcher,
    write_executable,
    write_json,
    write_models,
    write_plays,
    write_text,
)

PROGRAM = "axllm"
MODEL_NAME = "stand-in/Qwen2.5-1.5B-Instruct"
TOKENIZER = "qwen2.5_tokenizer.txt"
SYSTEM_PROMPT = "You are a stand-in, created by nobody. You are a helpful assistant."
MAX_TOKEN_LEN = 2559
_GROUPS = [128, 512, 1024, 1536, 2048]
_POST_CONFIG = {
    "enable_temperature": False,
    "temperature": 0.7,
    "enable_repetition_penalty": False,
    "repetition_penalty": 1,
    "penalty_window": 30,
    "enable_top_p_sampling": False,
    "top_p": 0.8,
    "enable_top_k_sampling": True,
    "top_k": 10,
}
_README = f"""\
# A stand-in, not a model

`python -m axchat.standin demo --dialect axllm` wrote this directory. It has the shape of a model directory
for the vendor's `axllm`, but no weights are in it: the `*.axmodel` files and the tokenizer are filler, and
`./{PROGRAM}` starts axchat's stand-in, a Python program that plays the vendor's from `standin.json`. It is
never a card: no speed, answer or failure seen here says anything about hardware.

`./{PROGRAM} run .` talks on this terminal, `./{PROGRAM} serve . --port 8000` answers over HTTP, on loopback.
"""


def write_axllm_demo(
    directory: Path,
    *,
    port: int = DEFAULT_PORT,
    layers: int = DEFAULT_LAYERS,
    load_s: float = DEFAULT_LOAD_S,
    token_s: float = DEFAULT_TOKEN_S,
    prefill_token_s: float = DEFAULT_PREFILL_TOKEN_S,
    answers: Sequence[str] = (),
    arch: str = "both",
    script: dict[str, object] | None = None,
    config: dict[str, object] | None = None,
) -> Path:
    """Write the demo into ``directory`` (created if missing, files replaced) and return it.

    ``answers`` are given in turn; ``script`` and ``config`` add or replace keys of ``standin.json`` and
    ``config.json``. There is no tokenizer server and one program for every machine: ``port`` and ``arch``
    change nothing. Raises OSError when a file cannot be written.
    """
    del port, arch
    write_models(directory, layers)
    settings = {
        "model_name": MODEL_NAME,
        "tokenizer_type": "Qwen2_5",
        "url_tokenizer_model": TOKENIZER,
        "template_filename_axmodel": LAYER_TEMPLATE,
        "axmodel_num": layers,
        "filename_post_axmodel": POST,
        "filename_tokens_embed": EMBED,
        "tokens_embed_num": TOKENS_EMBED_NUM,
        "tokens_embed_size": TOKENS_EMBED_SIZE,
        "post_config_path": "post_config.json",
        "system_prompt": SYSTEM_PROMPT,
        "devices": [0],
    }
    plays: dict[str, object] = {
        "load_s": load_s,
        "token_s": token_s,
        "prefill_token_s": prefill_token_s,
        "max_token_len": MAX_TOKEN_LEN,
        "prefill_groups": _GROUPS,
    }
    write_executable(directory / PROGRAM, launcher(PROGRAM, "axchat.standin.axllm"))
    write_json(directory / "config.json", settings | (config or {}))
    write_json(directory / "post_config.json", _POST_CONFIG)
    write_plays(directory, plays, answers, script)
    write_text(directory / TOKENIZER, "filler in the place of a vocabulary: the stand-in has its own\n" * 40)
    write_text(directory / "README.md", _README)
    return directory
