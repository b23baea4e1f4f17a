"""Write a demo model directory, shaped like the vendor's legacy ones, that the stand-in plays.

Layout and run-script text: runner-console facts, files, layouts and scripts.
"""

import argparse
import json
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

ARCHITECTURES = {
    "axcl_x86": ("axcl_x86",),
    "axcl_aarch64": ("axcl_aarch64",),
    "both": ("axcl_x86", "axcl_aarch64"),
}
DEFAULT_PORT = 12345
DEFAULT_LAYERS = 28
DEFAULT_LOAD_S = 2.0
DEFAULT_TOKEN_S = 0.05
DEFAULT_PREFILL_TOKEN_S = 0.002
TOKENS_EMBED_SIZE = 1536
DUMMY_BYTES = 2048
"""Above the kilobyte under which an axmodel looks like an unfetched git-lfs pointer."""

_MODELS = "qwen2.5-standin-ax650"
_TOKENIZER = "qwen2.5_tokenizer"
_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")
_POST_CONFIG = {
    "enable_temperature": True,
    "temperature": 0.9,
    "enable_repetition_penalty": False,
    "repetition_penalty": 1.2,
    "penalty_window": 20,
    "enable_top_p_sampling": False,
    "top_p": 0.8,
    "enable_top_k_sampling": True,
    "top_k": 10,
}
_README = """\
# A stand-in, not a model

`python -m axchat.standin demo` wrote this directory. It has the shape of a vendor's model directory, but no
weights are in it: the `*.axmodel` files are filler, and `main_axcl_*` start axchat's stand-in runner, a
Python program that plays the vendor program's console from `standin.json`. It is never a card: no speed,
answer or failure seen here says anything about hardware.

Start `python qwen2.5_tokenizer.py --port {port}` first, then `bash run_qwen2.5_1.5b_standin_*.sh`.
"""


def write_demo(
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
    has_tokenizer: bool = True,
) -> Path:
    """Write the demo into ``directory`` (created if missing, files replaced) and return it.

    ``port`` is the tokenizer's in the run scripts; ``answers`` are given in turn; ``script`` adds or replaces
    keys of ``standin.json``; without ``has_tokenizer`` there is no ``tokenizer.json``. Raises OSError when a
    file cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    _write_models(directory, layers)
    for name in ARCHITECTURES[arch]:
        _executable(directory / f"main_{name}", _runner_text(name))
        _executable(directory / f"run_qwen2.5_1.5b_standin_{name}.sh", _script_text(name, port, layers))
    _executable(directory / "qwen2.5_tokenizer.py", _tokenizer_text())
    if has_tokenizer:
        _write_tokenizer(directory / _TOKENIZER)
    plays: dict[str, object] = {"load_s": load_s, "token_s": token_s, "prefill_token_s": prefill_token_s}
    if has_tokenizer:
        plays["vocabulary"] = f"{_TOKENIZER}/tokenizer.json"
    if answers:
        plays["answers"] = [{"match": None, "text": text} for text in answers]
    plays |= script or {}
    _write(directory / "standin.json", json.dumps(plays, indent=2, ensure_ascii=False) + "\n")
    _write(directory / "post_config.json", json.dumps(_POST_CONFIG, indent=4) + "\n")
    _write(directory / "config.json", "")
    _write(directory / "README.md", _README.format(port=port))
    return directory


def _write_models(directory: Path, layers: int) -> None:
    models = directory / _MODELS
    models.mkdir(exist_ok=True)
    names = [f"qwen2_p128_l{layer}_together.axmodel" for layer in range(layers)]
    for name in [*names, "qwen2_post.axmodel", "model.embed_tokens.weight.bfloat16.bin"]:
        (models / name).write_bytes(bytes(DUMMY_BYTES))


def _write_tokenizer(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    source = files("axchat.standin") / "data" / _TOKENIZER
    for name in _TOKENIZER_FILES:
        _write(folder / name, (source / name).read_text(encoding="utf-8"))


def _runner_text(name: str) -> str:
    start = f'exec {shlex.quote(sys.executable)} -m axchat.standin.runner --standin-name "$0" "$@"'
    return f"#!/bin/sh\n# main_{name}: axchat's stand-in runner, not the vendor's program.\n{start}\n"


def _tokenizer_text() -> str:
    return (
        "#!/usr/bin/env python3\n"
        '"""The stand-in\'s tokenizer server, for any Python 3 to start."""\n\n'
        "import os\nimport sys\n\n"
        f"PYTHON = {sys.executable!r}\n"
        'os.execv(PYTHON, [PYTHON, "-m", "axchat.standin.tokenizer_server", *sys.argv[1:]])\n'
    )


def _script_text(name: str, port: int, layers: int) -> str:
    options = [
        f'--template_filename_axmodel "{_MODELS}/qwen2_p128_l%d_together.axmodel"',
        f"--axmodel_num {layers}",
        "--tokenizer_type 2",
        f'--filename_tokenizer_model "http://127.0.0.1:{port}"',
        "--bos 0 --eos 0",
        f'--filename_post_axmodel "{_MODELS}/qwen2_post.axmodel"',
        f'--filename_tokens_embed "{_MODELS}/model.embed_tokens.weight.bfloat16.bin"',
        "--tokens_embed_num 151936",
        f"--tokens_embed_size {TOKENS_EMBED_SIZE}",
        "--use_mmap_load_embed 1",
        "--live_print 1",
        "--continue 1",
        '--prompt "$1"',
    ]
    return " \\\n".join([f"./main_{name}", *options]) + "\n"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _executable(path: Path, text: str) -> None:
    _write(path, text)
    path.chmod(0o755)


def main(argv: list[str], writers: Mapping[str, Callable[..., Path]]) -> int:
    """Run ``python -m axchat.standin demo``; prints the directory, 1 when it cannot be written.

    ``writers`` maps each dialect to what writes its demo.
    """
    parser = argparse.ArgumentParser(prog="python -m axchat.standin demo")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="the tokenizer's port in the scripts")
    parser.add_argument("--layers", type=int, default=DEFAULT_LAYERS)
    parser.add_argument("--load-s", type=float, default=DEFAULT_LOAD_S, help="seconds that loading takes")
    parser.add_argument("--token-s", type=float, default=DEFAULT_TOKEN_S, help="seconds per answer token")
    parser.add_argument("--answer", action="append", default=[], help="an answer; several are given in turn")
    parser.add_argument("--arch", choices=sorted(ARCHITECTURES), default="both")
    parser.add_argument("--dialect", choices=sorted(writers), default="legacy")
    given = parser.parse_args(argv)
    try:
        written = writers[given.dialect](
            given.directory,
            port=given.port,
            layers=given.layers,
            load_s=given.load_s,
            token_s=given.token_s,
            answers=given.answer,
            arch=given.arch,
        )
    except OSError as error:
        sys.stderr.write(f"standin: cannot write the demo: {error}\n")
        return 1
    sys.stdout.write(f"{written}\n")
    return 0
