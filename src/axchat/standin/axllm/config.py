"""``config.json`` of a model directory of the axllm era, and what the program says of a bad one."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

CONFIG = "config.json"
DEFAULT_NAME = "AXERA-TECH/Qwen3-1.7B"
"""What the program calls itself without ``model_name`` (runner-console facts, part III section 4)."""
DEFAULT_SYSTEM_PROMPT = "You are a helpful assistant."
DEFAULT_PORT = 8000
DEFAULT_TIMEOUT_MS = 300_000
DEVICES_VARIABLE = "AXLLM_DEVICES"

TOKENIZER_TYPES = {"Qwen2_5": 3, "Qwen3": 4, "Qwen3VL": 5, "InternVL3": 6, "MiniCPM4": 7}
"""The numbers that are printed; only 3 was recorded."""

_REQUIRED = ("model_name", "tokenizer_type", "url_tokenizer_model", "template_filename_axmodel")
Complain = Callable[[str, str], None]


class Config(NamedTuple):
    """The settings, with the directory's files as paths."""

    directory: Path
    name: str
    tokenizer_type: str
    tokenizer: Path
    layer_template: str
    layers: int
    post: Path
    embed: Path
    post_config: Path
    system_prompt: str
    port: int
    timeout_s: float
    vlm_type: str
    device: int = 0

    def layer(self, number: int) -> str:
        """Return the file of one layer."""
        return self.layer_template.replace("%d", str(number))


def read_config(directory: Path, complain: Complain, environ: Mapping[str, str]) -> Config:
    """Read the directory's configuration.

    A bad one is complained about with a place and a message each, and what it says is used all the same: the
    program goes on, and fails later or not at all (recorded axllm-r09-pty-config-missing-key). AXLLM_DEVICES
    of ``environ`` comes before its ``devices``.
    """
    path = directory / CONFIG
    values: dict[str, Any] = {}
    wrong = None
    try:
        read = json.loads(path.read_bytes())
        values = read if isinstance(read, dict) else {}
        missing = next((key for key in _REQUIRED if key not in values), None)
        wrong = missing and ("load_from_json:454", f"Key not found: {missing}")
    except OSError:
        wrong = ("load_from_json:440", f"Config file not found: {path}")
    except ValueError:
        wrong = ("load_from_json:449", f"Failed to parse config file: {path}")
    if wrong:
        complain(*wrong)
        complain("main:1779", f"Failed to load config from: {path}")
        complain("main:1781", "Using default configuration")
    return _config(directory, values, environ)


def _config(directory: Path, values: dict[str, Any], environ: Mapping[str, str]) -> Config:
    def path(key: str, default: str) -> Path:
        return directory / str(values.get(key, default))

    return Config(
        directory=directory,
        name=str(values.get("model_name", DEFAULT_NAME)),
        tokenizer_type=str(values.get("tokenizer_type", "")),
        tokenizer=path("url_tokenizer_model", "tokenizer.txt"),
        layer_template=str(path("template_filename_axmodel", "l%d.axmodel")),
        layers=int(values.get("axmodel_num", 28)),
        post=path("filename_post_axmodel", "post.axmodel"),
        embed=path("filename_tokens_embed", "embed.bin"),
        post_config=path("post_config_path", "post_config.json"),
        system_prompt=str(values.get("system_prompt", DEFAULT_SYSTEM_PROMPT)),
        port=int(values.get("port", DEFAULT_PORT)),
        timeout_s=int(values.get("server_timeout_ms", DEFAULT_TIMEOUT_MS)) / 1000,
        vlm_type=str(values.get("vlm_type", "")),
        device=_first_device(environ.get(DEVICES_VARIABLE), values.get("devices")),
    )


def _first_device(chosen: str | None, configured: object) -> int:
    """The card of the first layer; several are not played."""
    if chosen:
        return int(chosen.partition(",")[0])
    return int(configured[0]) if isinstance(configured, list) and configured else 0
