"""Fetches chosen files of a repository into a directory: plain files, checked, each whole or not there."""

import itertools
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from axchat.errors import ModelError, SourceUnreachable
from axchat.modeldir.files import LFS_MARK, Kind
from axchat.modeldir.read import look_at
from axchat.models import manifest as notes
from axchat.models.download import Progress, download
from axchat.models.expected import HF_NOTES
from axchat.models.hub import file_url
from axchat.models.hub_files import OUR_FILES, HubFile, Listing, total
from axchat.models.manifest import Manifest
from axchat.models.patience import Surroundings, patiently
from axchat.models.place import check_space, locked, refusal
from axchat.models.sizes import size_shown
from axchat.models.vendor_files import is_executable

KEPT = ".before-pull"
"""Ends the name of a text that was changed here and is replaced."""
MAX_EDITED_BYTES = 1_000_000
"""Nobody edits a longer one by hand; a vocabulary has some megabytes."""
_TEXTS = frozenset({".sh", ".py", ".json", ".txt", ".md", ".jinja"})


def pull(
    listing: Listing,
    files: Sequence[HubFile],
    folder: Path,
    around: Surroundings,
    *,
    token: str | None = None,
    options: Sequence[str] = (),
) -> int:
    """Make the directory hold the files; fetches only what is not there. Two pulls at once do one download.

    Args:
        listing: what the server has.
        files: the chosen ones of it.
        folder: made if it is not there; other files in it are left alone.
        around: progress, notices, waiting, free space.
        token: for the server, and for no other.
        options: what the user chose with, for the note beside the files.

    Returns:
        How many files were fetched.

    Raises:
        ModelError: the files cannot be had or stored; what came is kept, and the hint says what to do.
    """
    try:
        with locked(folder, notes.LOCK_NAME, lambda: around.tell("another pull of this model is under way")):
            return _Pull(listing, files, folder, around, token, options).run()
    except OSError as exc:
        raise ModelError(
            refusal(exc, Path(exc.filename) if isinstance(exc.filename, str) else folder),
            hint="make room or name another place: --to DIR; then run the same command again",
        ) from exc


class _Pull:
    """One pull, holding the directory's lock."""

    def __init__(
        self,
        listing: Listing,
        files: Sequence[HubFile],
        folder: Path,
        around: Surroundings,
        token: str | None,
        options: Sequence[str],
    ) -> None:
        self._listing = listing
        self._folder = folder
        self._around = around
        self._token = token
        self._checked = 0  # bytes whose content was read
        old = _note_of(folder, listing.repo)
        if old is None:
            _refuse_strangers(folder, files)
        self._old_seen = seen = old.seen if old else {}
        self._files = files
        noted, said = _with_earlier(old, folder, listing.commit, files, options)
        self._manifest = Manifest(
            listing.repo,
            listing.revision,
            listing.commit,
            listing.endpoint,
            said,
            noted,
            {file.path: seen[file.path] for file in noted if file.path in seen and _same(file, old)},
        )

    def run(self) -> int:
        """Look at what is here, see that the rest has room, fetch it."""
        files = self._files
        absent = [file for file in files if not self._is_here(file)]
        came = {file.path: self._came(file) for file in absent}
        check_space(self._folder, total(absent) - sum(came.values()), self._around.free_bytes)
        notes.write(self._folder, self._manifest)
        done = total(files) - total(absent)
        try:
            for file in absent:
                self._fetch(file, done)
                done += file.size
        finally:  # what came need not be read again, however it ends
            notes.write(self._folder, self._manifest)
        for file in files:
            self._finish(file)
        return len(absent)

    def _is_here(self, file: HubFile) -> bool:
        """Whether the file is whole; its content is read unless it was found right before."""
        path = self._folder / file.path
        if not path.is_file() or path.stat().st_size != file.size:
            return False
        if self._manifest.seen.get(file.path) == notes.stamp_of(path):
            return True
        self._around.on_progress(Progress(self._checked, total(self._files), "check"))
        self._checked += file.size
        if not notes.wanted(file).is_at(path):
            return False
        self._manifest = self._manifest.with_seen(file.path, notes.stamp_of(path))
        return True

    def _came(self, file: HubFile) -> int:
        partial = notes.partial_of(self._folder / file.path, file)
        return min(file.size, partial.stat().st_size) if partial.is_file() else 0

    def _fetch(self, file: HubFile, before: int) -> None:
        target = self._folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = notes.partial_of(target, file)
        whole = total(self._files)

        def report(progress: Progress) -> None:
            self._around.on_progress(Progress(before + progress.done, whole, "download"))

        report(Progress(self._came(file), file.size, "download"))
        url = file_url(self._listing, file.path)
        try:
            patiently(
                lambda: download(url, partial, notes.wanted(file), report, token=self._token), self._around
            )
        except SourceUnreachable as exc:
            raise self._with_what_is_here(exc) from exc
        with partial.open("rb+") as content:
            os.fsync(content.fileno())
        self._keep_changed(target, file)
        partial.replace(target)
        self._manifest = self._manifest.with_seen(file.path, notes.stamp_of(target))

    def _with_what_is_here(self, exc: SourceUnreachable) -> SourceUnreachable:
        files = self._files
        seen = self._manifest.seen
        here = sum(file.size if file.path in seen else self._came(file) for file in files)
        message = f"{exc.message}; {size_shown(here)} of {size_shown(total(files))} are here"
        return SourceUnreachable(message, hint=exc.hint, **exc.facts)

    def _keep_changed(self, target: Path, file: HubFile) -> None:
        """Put a script or setting that the user may have changed aside, before it is replaced."""
        fact = look_at(target)
        may_be_edited = target.suffix in _TEXTS and 0 < fact.size <= MAX_EDITED_BYTES
        if fact.kind is not Kind.FILE or not may_be_edited or fact.head.startswith(LFS_MARK):
            return
        if self._old_seen.get(file.path) == notes.stamp_of(target):
            return
        target.replace(target.with_name(target.name + KEPT))
        self._around.tell(f"{file.path} was not the repository's and is kept as {target.name}{KEPT}")

    def _finish(self, file: HubFile) -> None:
        """Give programs their bit back, and take away what is left of other versions of the file."""
        path = self._folder / file.path
        mode = path.stat().st_mode
        if is_executable(file.path) and mode & 0o111 != 0o111:
            path.chmod(mode | 0o111)
        for other in path.parent.iterdir():
            if other.name.startswith(f"{path.name}.") and notes.is_partial(other.name):
                other.unlink()


def _note_of(folder: Path, repo: str) -> Manifest | None:
    """The note of an earlier pull; a damaged one is as none, it is written anew.

    Raises:
        ModelError: the directory holds another model.
    """
    try:
        old = notes.read(folder)
    except ModelError:
        return None
    if old is not None and old.repo != repo:
        raise ModelError(f"{folder} holds {old.repo}, not {repo}", hint="name another place: --to DIR")
    return old


def _with_earlier(
    old: Manifest | None, folder: Path, commit: str, files: Sequence[HubFile], options: Sequence[str]
) -> tuple[tuple[HubFile, ...], tuple[str, ...]]:
    """What the note will hold: besides the chosen files those of an earlier choice from the same commit.

    So two quantisations of one repository can be had one after the other.
    """
    chosen = {file.path for file in files}
    if old is None or old.commit != commit:
        return tuple(files), tuple(options)
    more = [file for file in old.files if file.path not in chosen and (folder / file.path).exists()]
    pairs = itertools.chain(_pairs(old.options) if more else (), _pairs(options))
    said = dict.fromkeys(pairs)
    return (*files, *more), tuple(word for pair in said for word in pair)


def _pairs(options: Sequence[str]) -> Iterable[tuple[str, str]]:
    return zip(options[::2], options[1::2], strict=True)


def _refuse_strangers(folder: Path, files: Sequence[HubFile]) -> None:
    """Refuse a directory of something else, whose files of the same names would be replaced.

    Raises:
        ModelError: it has files, and none where the model's large ones go.
    """
    there = [path.name for path in folder.iterdir() if not path.name.startswith(OUR_FILES)]
    is_download = any((folder / file.path).exists() for file in files if file.sha256)
    if there and not is_download and not (folder / HF_NOTES).is_dir():
        raise ModelError(
            f"{folder} has other files and is no download of the model",
            hint=f"name an empty or new directory: --to {folder / 'NAME'}",
        )


def _same(file: HubFile, old: Manifest | None) -> bool:
    """Whether the earlier note means the same content."""
    return old is not None and any(
        (each.path, each.sha256 or each.git_sha1) == (file.path, file.sha256 or file.git_sha1)
        for each in old.files
    )
