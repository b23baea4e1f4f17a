"""Deletes a model's files, if they are in axchat's own folder."""

import os
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from axchat.errors import ModelError, UsageError
from axchat.models import manifest


@dataclass(frozen=True, slots=True)
class Removal:
    """What would be deleted: a directory or a file, how many files, and their bytes."""

    path: Path
    files: int
    size_bytes: int


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
    target = _pulled((path.parent if path.suffix == ".sh" else path).resolve(), home, others)
    if target == home or not target.is_relative_to(home):
        raise UsageError(
            f"{target} is not in {home}, so its files are not axchat's to delete",
            hint="without --files only the name is forgotten",
        )
    for name, other in others.items():
        if other.resolve().is_relative_to(target):
            raise UsageError(f"the files of {name} are in there too", hint=f"axchat models rm {name}")
    try:
        sizes = list(_sizes(target))
    except OSError as exc:
        raise ModelError(f"cannot read {exc.filename or target}: {exc.strerror}") from exc
    return Removal(target, len(sizes), sum(sizes))


def _pulled(target: Path, home: Path, others: Mapping[str, Path]) -> Path:
    """The directory of the pull that brought the model, unless another name's model is in it too."""
    above = [folder for folder in target.parents if folder != home and folder.is_relative_to(home)]
    pulled = next((folder for folder in above if (folder / manifest.NAME).is_file()), target)
    is_shared = any(other.resolve().is_relative_to(pulled) for other in others.values())
    return target if is_shared else pulled


def remove_files(planned: Removal) -> None:
    """Delete what was planned; links in it are deleted, not what they point to.

    Raises:
        ModelError: some cannot be deleted; the others are gone.
    """
    try:
        if planned.path.is_dir():
            shutil.rmtree(planned.path)
        else:
            planned.path.unlink()
    except OSError as exc:
        raise ModelError(f"cannot delete {exc.filename or planned.path}: {exc.strerror}") from exc


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
