"""The tokenizer files of a vendor's model directory, found and read as the untrusted data they are."""

import json
from pathlib import Path
from typing import Any

from axchat.errors import ModelError

MAX_TOKENIZER_BYTES = 100 * 1024 * 1024
"""The largest vocabularies published are 35 MB."""
MAX_CONFIG_BYTES = 4 * 1024 * 1024
NAME = "tokenizer.json"
_POINTER = b"version https://git-lfs"


def find_folder(directory: Path) -> Path:
    """Return the folder in a model directory that holds ``tokenizer.json``: itself or a ``*tokenizer*`` one.

    Raises:
        ModelError: there is none; the message names what is there instead.
    """
    folders = [directory, *sorted(path for path in directory.glob("*tokenizer*") if path.is_dir())]
    for folder in folders:
        if (folder / NAME).exists():
            if not (folder / NAME).resolve().is_relative_to(directory.resolve()):
                raise ModelError(f"{folder / NAME} leads out of the model directory", hint="copy the file in")
            return folder
    raise ModelError(
        f"no tokenizer.json in {directory}{_instead(folders)}",
        hint="put the tokenizer.json of the original model into the directory",
    )


def _instead(folders: list[Path]) -> str:
    for folder in folders:
        if (folder / "tokenizer.model").exists():
            return ": only a sentencepiece tokenizer.model"
        if found := sorted(folder.glob("*tokenizer*.txt")):
            return f": only axllm's own {found[0].name}"
    return ""


def read_file(path: Path, limit: int) -> bytes:
    """Return a file's bytes.

    Raises:
        ModelError: it cannot be read, is larger than ``limit``, or is a git-lfs pointer.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror}") from error
    if len(data) > limit:
        raise ModelError(f"{path} is larger than {limit // (1024 * 1024)} MiB", hint="download it again")
    if data.startswith(_POINTER):
        raise ModelError(f"{path} is a git-lfs pointer, not the file", hint="run: git lfs pull")
    return data


def read_object(path: Path, limit: int = MAX_CONFIG_BYTES) -> dict[str, Any]:
    """Return the JSON object of a file.

    Raises:
        ModelError: as ``read_file``, or it is no JSON object.
    """
    try:
        value = json.loads(read_file(path, limit))
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} is broken: {error}", hint="download it again") from error
    if not isinstance(value, dict):
        raise ModelError(f"{path} is broken: not an object", hint="download it again")
    return value


def read_side_files(directory: Path, folder: Path) -> dict[str, dict[str, Any]]:
    """Return the objects of the optional files beside ``tokenizer.json``, by name; {} for one not there."""
    names = ("tokenizer_config.json", "special_tokens_map.json", "generation_config.json")
    root = directory.resolve()
    return {
        name: read_object(folder / name)
        if (folder / name).is_file() and (folder / name).resolve().is_relative_to(root)
        else {}
        for name in names
    }


def read_template(directory: Path, folder: Path, config: dict[str, Any]) -> str | None:
    """Return the chat template: of ``chat_template.jinja``, else of ``tokenizer_config.json``, else None."""
    path = folder / "chat_template.jinja"
    if path.is_file() and path.resolve().is_relative_to(directory.resolve()):
        return read_file(path, MAX_CONFIG_BYTES).decode("utf-8", "replace")
    template = config.get("chat_template")
    if isinstance(template, list):
        named = {item.get("name"): item.get("template") for item in template if isinstance(item, dict)}
        template = named.get("default")
    return template if isinstance(template, str) else None
