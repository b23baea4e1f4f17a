"""Deletes a model's files, if they are in axchat's own folder."""

import os
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from axchat.errors import ModelError, UsageError
from axchat.models import manifest
from axchat.models.gguf_files import GgufModel, models_in


@dataclass(frozen=True, slots=True)
class Removal:
    """What would be deleted: a directory or a file, how many files, and their bytes.

    Attributes:
        parts: of a GGUF of several parts, those behind the first.
        pulled: the directory of a pull that keeps other models; its note forgets this one.
    """

    path: Path
    files: int
    size_bytes: int
    parts: tuple[Path, ...] = ()
    pulled: Path | None = None


def plan(path: Path, models: Path, others: Mapping[str, Path]) -> Removal:
    """What deleting a model means; nothing is done yet.

    Args:
        path: of the model; a run script stands for its directory.
        models: axchat's own folder; nothing else is ever deleted.
        others: other names and their paths, which must not lose their files.

    Raises:
        UsageError: it is elsewhere, or another name's files are in there.
        ModelError: it is not there or cannot be read.
    """
    home = models.resolve()
    own = (path.parent if path.suffix == ".sh" else path).resolve()
    pulled = _pulled(own, home)
    model, has_others = _gguf_in(pulled, own)
    is_shared = has_others or any(other.resolve().is_relative_to(pulled) for other in others.values())
    target = own if is_shared else pulled
    parts = tuple(pulled / file.path for file in model.files[1:]) if model and is_shared else ()
    if target == home or not target.is_relative_to(home):
        raise UsageError(
            f"{target} is not in {home}, so its files are not axchat's to delete",
            hint="without --files only the name is forgotten",
        )
    for name, other in others.items():
        if other.resolve().is_relative_to(target):
            raise UsageError(f"the files of {name} are in there too", hint=f"axchat models rm {name}")
    try:
        sizes = [*_sizes(target), *(size for part in parts if part.is_file() for size in _sizes(part))]
    except OSError as exc:
        raise ModelError(f"cannot read {exc.filename or target}: {exc.strerror}") from exc
    return Removal(target, len(sizes), sum(sizes), parts, pulled if model and is_shared else None)


def _pulled(target: Path, home: Path) -> Path:
    """The directory of the pull that brought the model; else the model itself."""
    above = [folder for folder in target.parents if folder != home and folder.is_relative_to(home)]
    return next((folder for folder in above if (folder / manifest.NAME).is_file()), target)


def _gguf_in(pulled: Path, own: Path) -> tuple[GgufModel | None, bool]:
    """The GGUF that this file begins, by the pull's note, and whether others of the pull are there too."""
    note = _note(pulled)
    here = models_in(file for file in note.files if (pulled / file.path).is_file()) if note else []
    model = next((it for it in here if pulled / it.path == own), None)
    return model, model is not None and len(here) > 1


def _note(pulled: Path) -> manifest.Manifest | None:
    try:
        return manifest.read(pulled)
    except ModelError:  # damaged: nobody says what belongs together
        return None


def remove_files(planned: Removal) -> None:
    """Delete what was planned; links in it are deleted, not what they point to.

    Raises:
        ModelError: some cannot be deleted; the others are gone.
    """
    try:
        if planned.path.is_dir():
            shutil.rmtree(planned.path)
        else:
            _forget(planned)
            for file in (planned.path, *planned.parts):
                file.unlink(missing_ok=file != planned.path)
    except OSError as exc:
        raise ModelError(f"cannot delete {exc.filename or planned.path}: {exc.strerror}") from exc


def _forget(planned: Removal) -> None:
    """Take the model out of the note of its pull: it is not missing, and is not fetched again."""
    pulled = planned.pulled
    note = None if pulled is None else _note(pulled)
    if pulled is None or note is None:
        return
    gone = {str(file.relative_to(pulled)) for file in (planned.path, *planned.parts)}
    pattern = next((model.pattern for model in models_in(note.files) if model.path in gone), "")
    pairs = zip(note.options[::2], note.options[1::2], strict=True)
    kept = [word for pair in pairs if pair != ("--include", pattern) for word in pair]
    files = tuple(file for file in note.files if file.path not in gone)
    seen = {path: stamp for path, stamp in note.seen.items() if path not in gone}
    manifest.write(pulled, replace(note, options=tuple(kept), files=files, seen=seen))


def _sizes(target: Path) -> list[int]:
    """Of each file; links count nothing."""
    status = target.lstat()
    if not stat.S_ISDIR(status.st_mode):
        return [status.st_size]

    def refuse(error: OSError) -> None:
        raise error

    found = []
    for folder, _, names in os.walk(target, onerror=refuse):
        found += [st.st_size for name in names if stat.S_ISREG((st := (Path(folder) / name).lstat()).st_mode)]
    return found
