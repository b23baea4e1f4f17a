"""Write a demo model directory, shaped like the vendor's legacy ones, that the stand-in plays.

Layout and run-script text: runner-console facts, files, layouts and scripts.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
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
    write_models(directory / _MODELS, layers)
    for name in ARCHITECTURES[arch]:
        write_executable(directory / f"main_{name}", launcher(f"main_{name}", "axchat.standin.runner"))
        script_text = run_script(f"main_{name}", _options(port, layers))
        write_executable(directory / f"run_qwen2.5_1.5b_standin_{name}.sh", script_text)
    write_executable(
        directory / "qwen2.5_tokenizer.py", tokenizer_launcher("The stand-in's tokenizer server")
    )
    plays: dict[str, object] = {"load_s": load_s, "token_s": token_s, "prefill_token_s": prefill_token_s}
    if has_tokenizer:
        write_tokenizer(directory / _TOKENIZER)
        plays["vocabulary"] = f"{_TOKENIZER}/tokenizer.json"
    write_plays(directory, plays, answers, script)
    write_json(directory / "post_config.json", _POST_CONFIG)
    write_text(directory / "config.json", "")
    write_text(directory / "README.md", _README.format(port=port))
    return directory


def write_tokenizer(folder: Path) -> None:
    """Write the small tokenizer that ships with the stand-in into ``folder``."""
    folder.mkdir(exist_ok=True)
    source = files("axchat.standin") / "data" / _TOKENIZER
    for name in _TOKENIZER_FILES:
        write_text(folder / name, (source / name).read_text(encoding="utf-8"))


def _options(port: int, layers: int) -> list[str]:
    return [
        f'--template_filename_axmodel "{_MODELS}/{LAYER_TEMPLATE}"',
        f"--axmodel_num {layers}",
        "--tokenizer_type 2",
        f'--filename_tokenizer_model "http://127.0.0.1:{port}"',
        "--bos 0 --eos 0",
        f'--filename_post_axmodel "{_MODELS}/{POST}"',
        f'--filename_tokens_embed "{_MODELS}/{EMBED}"',
        f"--tokens_embed_num {TOKENS_EMBED_NUM}",
        f"--tokens_embed_size {TOKENS_EMBED_SIZE}",
        "--use_mmap_load_embed 1",
        "--live_print 1",
        "--continue 1",
        '--prompt "$1"',
    ]


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
