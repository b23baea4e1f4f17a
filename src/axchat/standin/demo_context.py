"""Write a demo model directory of the context era, that the stand-in plays.

Layout and run-script text: runner-console facts, part I section 10 (Qwen2.5-1.5B with context).
"""

import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from axchat.standin import demo

TOKENIZER = "qwen2.5_tokenizer_uid.py"
KVCACHE = "kvcache"
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
    port: int = demo.DEFAULT_PORT,
    layers: int = demo.DEFAULT_LAYERS,
    load_s: float = demo.DEFAULT_LOAD_S,
    token_s: float = demo.DEFAULT_TOKEN_S,
    prefill_token_s: float = demo.DEFAULT_PREFILL_TOKEN_S,
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
    models = directory / _MODELS
    models.mkdir(parents=True, exist_ok=True)
    names = [f"qwen2_p128_l{layer}_together.axmodel" for layer in range(layers)]
    for name in [*names, "qwen2_post.axmodel", "model.embed_tokens.weight.bfloat16.bin"]:
        (models / name).write_bytes(bytes(demo.DUMMY_BYTES))
    for name in demo.ARCHITECTURES[arch]:
        _executable(directory / f"main_{name}", _runner_text(name))
        _executable(directory / f"run_qwen2.5_1.5b_ctx_standin_{name}.sh", _script_text(name, port, layers))
    _executable(directory / TOKENIZER, _tokenizer_text())
    if kvcache:
        (directory / KVCACHE).mkdir(exist_ok=True)
    plays: dict[str, object] = {
        "load_s": load_s,
        "token_s": token_s,
        "prefill_token_s": prefill_token_s,
        "max_token_len": MAX_TOKEN_LEN,
    }
    if answers:
        plays["answers"] = [{"match": None, "text": text} for text in answers]
    plays |= script or {}
    _write(directory / "standin.json", json.dumps(plays, indent=2, ensure_ascii=False) + "\n")
    _write(directory / "post_config.json", json.dumps(_POST_CONFIG, indent=4) + "\n")
    _write(directory / "config.json", "")
    _write(directory / "README.md", _README.format(tokenizer=TOKENIZER, port=port))
    return directory


def _runner_text(name: str) -> str:
    start = f'exec {shlex.quote(sys.executable)} -m axchat.standin.context --standin-name "$0" "$@"'
    return f"#!/bin/sh\n# main_{name}: axchat's stand-in runner, not the vendor's program.\n{start}\n"


def _tokenizer_text() -> str:
    return (
        "#!/usr/bin/env python3\n"
        '"""The stand-in\'s uid tokenizer server, for any Python 3 to start."""\n\n'
        "import os\nimport sys\n\n"
        f"PYTHON = {sys.executable!r}\n"
        'os.execv(PYTHON, [PYTHON, "-m", "axchat.standin.tokenizer_server", "--uid", *sys.argv[1:]])\n'
    )


def _script_text(name: str, port: int, layers: int) -> str:
    options = [
        f'--system_prompt "{SYSTEM_PROMPT}"',
        f'--kvcache_path "./{KVCACHE}"',
        f'--template_filename_axmodel "{_MODELS}/qwen2_p128_l%d_together.axmodel"',
        f"--axmodel_num {layers}",
        "--tokenizer_type 2",
        f'--url_tokenizer_model "http://127.0.0.1:{port}"',
        f'--filename_post_axmodel "{_MODELS}/qwen2_post.axmodel"',
        f'--filename_tokens_embed "{_MODELS}/model.embed_tokens.weight.bfloat16.bin"',
        "--tokens_embed_num 151936",
        f"--tokens_embed_size {demo.TOKENS_EMBED_SIZE}",
        "--use_mmap_load_embed 1",
        "--live_print 1",
        "--devices 0",
    ]
    return " \\\n".join([f"./main_{name}", *options]) + "\n"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _executable(path: Path, text: str) -> None:
    _write(path, text)
    path.chmod(0o755)
