"""A minimal model directory and command line for runs of the stand-in."""

import json
from pathlib import Path
from typing import Any

QUICK = {"load_s": 0, "token_s": 0, "prefill_token_s": 0}


def write(directory: Path, *, layers: int = 2, **script: Any) -> None:
    """Write the files that ``arguments`` names and a standin.json without waits, but for ``script``."""
    for layer in range(layers):
        (directory / f"l{layer}.axmodel").touch()
    for name in ("post.axmodel", "embed.bin"):
        (directory / name).touch()
    (directory / "post_config.json").write_text("{}")
    (directory / "standin.json").write_text(json.dumps({**QUICK, **script}))


def arguments(address: str, *, layers: int = 2, **options: str) -> list[str]:
    """The vendor's options for that directory; ``options`` replaces or adds some."""
    values = {
        "template_filename_axmodel": "l%d.axmodel",
        "axmodel_num": str(layers),
        "tokenizer_type": "2",
        "filename_tokenizer_model": address,
        "bos": "0",
        "eos": "0",
        "filename_post_axmodel": "post.axmodel",
        "filename_tokens_embed": "embed.bin",
        "tokens_embed_num": "151936",
        "tokens_embed_size": "1536",
        "use_mmap_load_embed": "1",
        "live_print": "1",
        "continue": "1",
        "prompt": "",
        **options,
    }
    return [word for name, value in values.items() for word in (f"--{name}", value)]


def context_arguments(address: str, *, layers: int = 2, **options: str) -> list[str]:
    """The options of the context runner for that directory; ``options`` replaces or adds some."""
    values = {
        "system_prompt": "You help.",
        "template_filename_axmodel": "l%d.axmodel",
        "axmodel_num": str(layers),
        "tokenizer_type": "2",
        "url_tokenizer_model": address,
        "filename_post_axmodel": "post.axmodel",
        "filename_tokens_embed": "embed.bin",
        "tokens_embed_num": "151936",
        "tokens_embed_size": "1536",
        "use_mmap_load_embed": "1",
        "live_print": "1",
        "devices": "0",
        **options,
    }
    return [word for name, value in values.items() for word in (f"--{name}", value)]
