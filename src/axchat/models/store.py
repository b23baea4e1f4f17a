"""Where fetched models live, and whether the file there is the one we know."""

import contextlib
import hashlib
import importlib.util
import json
import os
from pathlib import Path

from axchat.models.catalogue import KnownModel


def model_dir(model: KnownModel, data_dir: Path) -> Path:
    """The directory of one model: ``DATA_DIR/models/NAME``."""
    return data_dir / "models" / model.name


def model_path(model: KnownModel, data_dir: Path) -> Path:
    """Where the fetched file is, or will be."""
    return model_dir(model, data_dir) / model.file_name


def find(model: KnownModel, data_dir: Path) -> Path | None:
    """The file of a known model if it is on this machine and whole; None otherwise.

    Looks at the fetched copy, then at the copy inside the installed package, which is not imported.
    The content is hashed once (0.3 s); a stamp in ``model_dir`` remembers it until size or time of
    change differ.
    """
    for path in (model_path(model, data_dir), _packaged(model)):
        if path is not None and is_intact(model, path, data_dir):
            return path
    return None


def is_intact(model: KnownModel, path: Path, data_dir: Path) -> bool:
    """Whether the file has the size and the hash that we know."""
    try:
        if path.stat().st_size != model.size:
            return False
        if _stamp(path) in _read_stamps(model, data_dir):
            return True
        if sha256_of(path) != model.sha256:
            return False
    except OSError:  # missing or unreadable: not usable, the caller fetches or names it
        return False
    remember(model, path, data_dir)
    return True


def remember(model: KnownModel, path: Path, data_dir: Path) -> None:
    """Note that this file was found whole; call it only after its hash was right."""
    stamps = [s for s in _read_stamps(model, data_dir) if s["path"] != str(path)]
    stamp_file = _stamp_file(model, data_dir)
    new = stamp_file.with_name(f"{stamp_file.name}.{os.getpid()}")
    # A read-only place costs a hash at each start, nothing else.
    with contextlib.suppress(OSError):
        new.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(json.dumps([*stamps, _stamp(path)]))
        new.replace(stamp_file)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, hex.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stamp_file(model: KnownModel, data_dir: Path) -> Path:
    return model_dir(model, data_dir) / f"{model.file_name}.verified"


def _stamp(path: Path) -> dict[str, object]:
    status = path.stat()
    return {"path": str(path), "size": status.st_size, "mtime_ns": status.st_mtime_ns}


def _read_stamps(model: KnownModel, data_dir: Path) -> list[dict[str, object]]:
    try:
        stamps = json.loads(_stamp_file(model, data_dir).read_text())
    except (OSError, ValueError):  # none yet, or torn: the file is hashed again
        return []
    return [s for s in stamps if isinstance(s, dict) and "path" in s] if isinstance(stamps, list) else []


def _packaged(model: KnownModel) -> Path | None:
    package, _, inside = model.source.member.partition("/")
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):  # a broken leftover of the package
        return None
    places = [] if spec is None else list(spec.submodule_search_locations or [])
    return Path(places[0]) / inside if places else None
