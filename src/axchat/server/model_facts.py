"""What the files of a model say of it, for lists of models; reads names, sizes and the first bytes only."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from axchat.modeldir.gguf import HEAD_BYTES, GgufFacts, facts_of, plain_values
from axchat.wire.holder import ModelSpec

MAX_FILES = 10_000
"""A model directory has about fifty; more is some other directory, and is not counted."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is known of a model without loading it; empty or None where nothing is.

    Attributes:
        size: bytes of its files.
        modified_at: of its newest file.
        digest: 64 hex digits that change when a file's name, size or time of change does. Not a hash of the
            content: reading 2 GB for a list would take as long as a load.
        format: ``gguf`` or ``axmodel``.
        gguf: what a GGUF file says.
        values: all plain values of a GGUF file, by key.
        context_tokens: that the engine will load it with, where somebody set it.
    """

    size: int | None = None
    modified_at: datetime | None = None
    digest: str = ""
    format: str = ""
    gguf: GgufFacts = field(default_factory=GgufFacts)
    values: Mapping[str, object] = field(default_factory=dict)
    context_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    size: int
    mtime_ns: int


def facts_about(spec: ModelSpec, *, max_files: int = MAX_FILES) -> ModelFacts:
    """What the files of a model say; blocking. Files that are missing or unreadable say nothing."""
    if spec.path is None:
        return ModelFacts()
    path = Path(spec.path)
    folder = path.parent if path.suffix == ".sh" else path
    try:
        files = list(_files(folder, max_files))
        head = _head(path) if path.is_file() else b""
    except (OSError, ValueError):  # gone or not ours: the load will say what is wrong with it
        return ModelFacts()
    if not files:
        return ModelFacts()
    values = plain_values(head)
    gguf = facts_of(head)
    return ModelFacts(
        size=sum(file.size for file in files),
        modified_at=_newest(files),
        digest=digest_of(str(folder), [(file.name, file.size, file.mtime_ns) for file in files]),
        format="gguf" if values else _format(files),
        gguf=gguf,
        values=values,
        context_tokens=_context(spec, gguf),
    )


def digest_of(path: str, files: list[tuple[str, int, int]]) -> str:
    """A digest of facts about files: where they are, and of each its name, size and time of change."""
    return hashlib.sha256(json.dumps([path, sorted(files)]).encode()).hexdigest()


def _context(spec: ModelSpec, gguf: GgufFacts) -> int | None:
    """The context that was set for the cpu engine, cut to what the model was trained with."""
    chosen = dict(spec.options).get("cpu_context")
    return min(chosen, gguf.context_tokens or chosen) if isinstance(chosen, int) else None


def _files(folder: Path, max_files: int) -> Iterator[_File]:
    """The regular files of a directory and of those below it, or the one file; hidden ones are no part."""
    if folder.is_file():
        yield _fact(folder.name, folder.stat())
        return
    count = 0
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(root, name)
            if name.startswith(".") or not path.is_file():
                continue
            count += 1
            if count > max_files:
                raise ValueError("too many files")
            yield _fact(str(path.relative_to(folder)), path.stat())


def _fact(name: str, status: os.stat_result) -> _File:
    return _File(name, status.st_size, status.st_mtime_ns)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _newest(files: list[_File]) -> datetime:
    return datetime.fromtimestamp(max(file.mtime_ns for file in files) / 1e9, UTC)


def _format(files: list[_File]) -> str:
    return "axmodel" if any(file.name.endswith(".axmodel") for file in files) else ""
