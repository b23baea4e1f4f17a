"""Model directories of the HTTP engines, whose programs act as a test wants."""

import json
import stat
import sys
from pathlib import Path

SYSTEM = "You are Qwen."
"""The system prompt in the api script."""

_AXLLM = Path(__file__).with_name("axllm_program.py")
_VENDOR_API = Path(__file__).with_name("vendor_api_program.py")


def axllm_directory(folder: Path, **behaviour: object) -> Path:
    """A model directory of the axllm era, with what the program is to do."""
    folder.mkdir()
    (folder / "config.json").write_text('{"model_name": "AXERA-TECH/Qwen2.5-rig"}')
    (folder / "behaviour.json").write_text(json.dumps(behaviour))
    return folder


def axllm_executable(folder: Path) -> Path:
    """The program as an executable file."""
    program = folder / "axllm"
    program.write_text(f'#!/bin/bash\nexec {sys.executable} {_AXLLM} "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def vendor_directory(folder: Path, port: int, action: str = "serve", tokenizer: str | None = None) -> Path:
    """A model directory whose api script starts the program that acts so."""
    folder.mkdir()
    runner = folder / "main_api_axcl_x86"
    runner.write_text(f"#!/bin/bash\nexec {sys.executable} {_VENDOR_API} {port} {action}\n")
    runner.chmod(runner.stat().st_mode | stat.S_IXUSR)
    url = f'--url_tokenizer_model "{tokenizer}" \\\n' if tokenizer else ""
    (folder / "run_qwen_api_axcl_x86.sh").write_text(
        f'./main_api_axcl_x86 \\\n--system_prompt "{SYSTEM}" \\\n{url}--post_config_path "post_config.json"\n'
    )
    (folder / "post_config.json").write_text('{"temperature": 0.9, "top_p": 0.8, "top_k": 10}')
    return folder
