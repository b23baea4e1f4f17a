"""Write a demo model directory of the context era, that the stand-in plays.

Layout and run-script text: runner-console facts, part I section 10 (Qwen2.5-1.5B with context).
"""

from collections.abc import Sequence
from pathlib import Path

from axchat.standin.demo_files import (
    ARCHITECTURES,
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
    run_script,
    tokenizer_launcher,
    write_executable,
    write_json,
    write_models,
    write_plays,
    write_text,
)

TOKENIZER = "qwen2.5_tokenizer_uid.py"
KVCACHE = "kvcache"
_KVCACHE_OPTION = f'--kvcache_path "./{KVCACHE}"'
SYSTEM_PROMPT = "You are a stand-in, created by nobody. You are a helpful assistant."
MAX_TOKEN_LEN = 2559
_MODELS = "qwen2.5-standin-ctx-ax650"
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
_README = """\
# A stand-in, not a model

`python -m axchat.standin demo --dialect context` wrote this directory. It has the shape of a vendor's model
directory of the context era, but no weights are in it: the `*.axmodel` files are filler, and `main_axcl_*`
start axchat's stand-in runner, a Python program that plays the vendor program's console from `standin.json`.
It is never a card: no speed, answer or failure seen here says anything about hardware.

Start `python {tokenizer} --port {port}` first, then `bash run_qwen2.5_1.5b_ctx_standin_*.sh`.
"""


def write_context_demo(
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
    kvcache: bool = True,
) -> Path:
    """Write the demo into ``directory`` (created if missing, files replaced) and return it.

    ``port`` is the tokenizer's in the run scripts; ``answers`` are given in turn; ``script`` adds or replaces
    keys of ``standin.json``; ``kvcache`` makes the directory that the run scripts name for the cache, without
    which the runner cannot save it. Raises OSError when a file cannot be written.
    """
    write_models(directory / _MODELS, layers)
    for name in ARCHITECTURES[arch]:
        write_executable(directory / f"main_{name}", launcher(f"main_{name}", "axchat.standin.context"))
        script_text = run_script(f"main_{name}", [*options(port, layers), "--live_print 1", _KVCACHE_OPTION])
        write_executable(directory / f"run_qwen2.5_1.5b_ctx_standin_{name}.sh", script_text)
    what = "The stand-in's uid tokenizer server"
    write_executable(directory / TOKENIZER, tokenizer_launcher(what, "--uid"))
    if kvcache:
        (directory / KVCACHE).mkdir(exist_ok=True)
    plays: dict[str, object] = {
        "load_s": load_s,
        "token_s": token_s,
        "prefill_token_s": prefill_token_s,
        "max_token_len": MAX_TOKEN_LEN,
    }
    write_plays(directory, plays, answers, script)
    write_json(directory / "post_config.json", _POST_CONFIG)
    write_text(directory / "config.json", "")
    write_text(directory / "README.md", _README.format(tokenizer=TOKENIZER, port=port))
    return directory


def options(port: int, layers: int) -> list[str]:
    """Return the options of the context era that its console and its server have in common."""
    return [
        f'--system_prompt "{SYSTEM_PROMPT}"',
        f'--template_filename_axmodel "{_MODELS}/{LAYER_TEMPLATE}"',
        f"--axmodel_num {layers}",
        "--tokenizer_type 2",
        f'--url_tokenizer_model "http://127.0.0.1:{port}"',
        f'--filename_post_axmodel "{_MODELS}/{POST}"',
        f'--filename_tokens_embed "{_MODELS}/{EMBED}"',
        f"--tokens_embed_num {TOKENS_EMBED_NUM}",
        f"--tokens_embed_size {TOKENS_EMBED_SIZE}",
        "--use_mmap_load_embed 1",
        "--devices 0",
    ]
