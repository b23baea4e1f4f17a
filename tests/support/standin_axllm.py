"""A small model directory for the stand-in's ``axllm``, and its programs running on it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from support.ports import free_port
from support.standin_run import AXLLM, Run
from support.standin_serve import ServeRun

NAME = "stand-in/model"
CONFIG = {
    "model_name": NAME,
    "tokenizer_type": "Qwen2_5",
    "url_tokenizer_model": "tokenizer.txt",
    "template_filename_axmodel": "l%d.axmodel",
    "axmodel_num": 2,
    "filename_post_axmodel": "post.axmodel",
    "filename_tokens_embed": "embed.bin",
    "post_config_path": "post_config.json",
}
PLAIN = {"NO_COLOR": "1"}


def write(directory: Path, config: Mapping[str, Any] | None = None, **script: Any) -> Path:
    """A model directory whose script answers at once; ``config`` and ``script`` add or replace keys."""
    (directory / "config.json").write_text(json.dumps(CONFIG | dict(config or {})))
    (directory / "post_config.json").write_text("{}")
    for name in ("l0.axmodel", "l1.axmodel", "post.axmodel", "embed.bin", "tokenizer.txt"):
        (directory / name).touch()
    plays = {"load_s": 0, "token_s": 0, "prefill_token_s": 0, "prefill_groups": [128, 256, 512], **script}
    (directory / "standin.json").write_text(json.dumps(plays))
    return directory


def run(directory: Path, *, on_pty: bool = True, env: Mapping[str, str] = PLAIN) -> Run:
    """``axllm run`` on a directory, stderr on the terminal too, nothing coloured."""
    return Run(
        ["run", str(directory)],
        directory,
        on_pty=on_pty,
        stderr_on_pty=True,
        echo=False,
        env=env,
        command=AXLLM,
    )


def serve(directory: Path, *more: str) -> ServeRun:
    """``axllm serve`` on a directory."""
    port = free_port()
    arguments = ["serve", str(directory), "--port", str(port), *more]
    return ServeRun(AXLLM, arguments, directory, port=port, ready=b"Models: ", env=PLAIN)


def request(prompt: str = "hi", **keys: Any) -> bytes:
    """A chat request."""
    asked = {"model": NAME, "messages": [{"role": "user", "content": prompt}], **keys}
    body = json.dumps(asked).encode()
    return b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def trace_of(directory: Path) -> list[dict[str, Any]]:
    """The lines of a trace."""
    return [json.loads(line) for line in (directory / "trace").read_text().splitlines()]
