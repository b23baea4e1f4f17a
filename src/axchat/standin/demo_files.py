"""The files that the demo model directories have in common, and how their programs start the stand-in."""

import json
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

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
TOKENS_EMBED_NUM = 151936
TOKENS_EMBED_SIZE = 1536
DUMMY_BYTES = 2048
"""Above the kilobyte under which an axmodel looks like an unfetched git-lfs pointer."""
LAYER_TEMPLATE = "qwen2_p128_l%d_together.axmodel"
POST = "qwen2_post.axmodel"
EMBED = "model.embed_tokens.weight.bfloat16.bin"


def write_text(path: Path, text: str) -> None:
    """Write a text file."""
    path.write_text(text, encoding="utf-8")


def write_executable(path: Path, text: str) -> None:
    """Write a program."""
    write_text(path, text)
    path.chmod(0o755)


def write_json(path: Path, value: object, indent: int = 4) -> None:
    """Write JSON, a key a line."""
    write_text(path, json.dumps(value, indent=indent, ensure_ascii=False) + "\n")


def write_models(folder: Path, layers: int) -> None:
    """Write filler in the place of a model into ``folder``, which is created if missing."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [LAYER_TEMPLATE.replace("%d", str(layer)) for layer in range(layers)]
    for name in [*names, POST, EMBED]:
        (folder / name).write_bytes(bytes(DUMMY_BYTES))


def write_plays(
    directory: Path, plays: Mapping[str, Any], answers: Sequence[str], script: Mapping[str, Any] | None
) -> None:
    """Write ``standin.json``: the demo's own keys, answers that are given in turn, and the caller's keys."""
    said = {"answers": [{"match": None, "text": text} for text in answers]} if answers else {}
    write_json(directory / "standin.json", {**plays, **said, **(script or {})}, indent=2)


def launcher(name: str, module: str, *words: str) -> str:
    """Return the text of a program of the vendor's name that starts a module of the stand-in."""
    started = shlex.join([sys.executable, "-m", module])
    start = " ".join(["exec", started, '--standin-name "$0"', *map(shlex.quote, words), '"$@"'])
    return f"#!/bin/sh\n# {name}: axchat's stand-in, not the vendor's program.\n{start}\n"


def tokenizer_launcher(what: str, *words: str) -> str:
    """Return the text of a tokenizer script for any Python 3 to start; ``what`` it is, ``words`` it gets."""
    given = "".join(f"{word!r}, ".replace("'", '"') for word in words)
    return (
        "#!/usr/bin/env python3\n"
        f'"""{what}, for any Python 3 to start."""\n\n'
        "import os\nimport sys\n\n"
        f"PYTHON = {sys.executable!r}\n"
        f'os.execv(PYTHON, [PYTHON, "-m", "axchat.standin.tokenizer_server", {given}*sys.argv[1:]])\n'
    )


def run_script(runner: str, options: Iterable[str]) -> str:
    """Return the text of a run script, an option a line."""
    return " \\\n".join([f"./{runner}", *options]) + "\n"
