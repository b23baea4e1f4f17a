"""Finds models below directories: vendor directories of both eras, and GGUF files."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from axchat.errors import ModelError
from axchat.modeldir.gguf import MAGIC
from axchat.modeldir.read import CONFIG_LIMIT_BYTES, SCRIPT_LIMIT_BYTES, Era, arch_for, read

MAX_DEPTH = 8
"""Directories below the one that was named; the hub's cache has five."""

MAX_DIRECTORIES = 20_000
"""Looked into; a home with source trees has more, and a board's card reads some thousand a second."""

MAX_FOUND = 500

_WEIGHTS = b".axmodel"
_NOT_MODELS = ("mmproj",)
"""In names of GGUF files that are only a part of a model."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found.

    Attributes:
        found: directories, run scripts where several fit this machine, and GGUF files; in order.
        unreadable: directories that this user cannot list, with the reason.
        cut: why it ended early, or "".
    """

    found: tuple[Path, ...] = ()
    unreadable: tuple[tuple[Path, str], ...] = ()
    cut: str = ""


def scan(roots: Sequence[Path], machine: str, *, max_directories: int = MAX_DIRECTORIES) -> Scan:
    """Look below the directories; hidden ones, links to directories and other file systems are passed over.

    A vendor's directory is not gone into.

    Args:
        roots: where to begin; a root itself may be hidden or a link.
        machine: as ``platform.machine()``, for directories with several run scripts.
        max_directories: how many are looked into, in all.
    """
    unreadable: list[tuple[Path, str]] = []
    found: dict[Path, None] = {}
    waiting = [(root, 0, _device(root)) for root in reversed(roots)]
    seen = 0
    while waiting:
        path, depth, device = waiting.pop()
        try:
            with os.scandir(path) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as exc:
            unreadable.append((path, exc.strerror or str(exc)))
            continue
        seen += 1
        files = [entry.name for entry in listed if _is_file(entry)]
        models = _vendor_models(path, files, machine)
        found |= dict.fromkeys(models or _gguf_files(path, files))
        if len(found) >= MAX_FOUND:
            return Scan(tuple(found), tuple(unreadable), f"after {len(found)} models")
        if seen >= max_directories:
            return Scan(tuple(found), tuple(unreadable), f"after {seen} directories")
        if not models and depth < MAX_DEPTH:
            below = [entry.name for entry in reversed(listed) if _leads_on(entry, device)]
            waiting += [(path / name, depth + 1, device) for name in below]
    return Scan(tuple(found), tuple(unreadable))


def choices(folder: Path, machine: str) -> list[Path]:
    """What can be added of a vendor directory: itself, or its scripts where several fit this machine.

    Empty for what is none.
    """
    try:
        directory = read(folder)
        fitting = [] if directory.chosen else directory.scripts_for(arch_for(machine))
    except ModelError:
        return []
    return fitting if directory.era is Era.SCRIPT and len(fitting) > 1 else [folder]


def _vendor_models(folder: Path, files: Sequence[str], machine: str) -> list[Path]:
    scripts = [name for name in files if name.startswith("run_") and name.endswith(".sh")]
    if any(_WEIGHTS in _beginning(folder / name, SCRIPT_LIMIT_BYTES) for name in scripts):
        return choices(folder, machine)
    return [folder] if "config.json" in files and _is_axllm(folder / "config.json") else []


def _gguf_files(folder: Path, files: Sequence[str]) -> list[Path]:
    return [folder / name for name in files if name.endswith(".gguf") and _is_model(folder / name)]


def _is_axllm(file: Path) -> bool:
    content = _beginning(file, CONFIG_LIMIT_BYTES)
    if _WEIGHTS not in content:
        return False
    try:
        config = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(config, dict) and isinstance(config.get("model_name"), str)


def _is_model(file: Path) -> bool:
    name = file.name.lower()
    part = name.removesuffix(".gguf").rpartition("-of-")[0].rpartition("-")[2]
    if any(word in name for word in _NOT_MODELS) or (part.isdigit() and int(part) != 1):
        return False
    return _beginning(file, len(MAGIC)) == MAGIC


def _beginning(file: Path, limit: int) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(limit)
    except OSError:  # it will be told when it is looked at by name; here it is no model
        return b""


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()  # a link to a file too: the hub's cache has only those
    except OSError:
        return False


def _leads_on(entry: os.DirEntry[str], device: int | None) -> bool:
    """Whether it is a directory to look into: of this file system, and not hidden."""
    try:
        is_here = entry.is_dir(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_dev == device
    except OSError:
        return False
    return is_here and not entry.name.startswith(".")


def _device(root: Path) -> int | None:
    try:
        return root.stat().st_dev
    except OSError:  # told when it is listed
        return None
