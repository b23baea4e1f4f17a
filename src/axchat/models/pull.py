"""Fetches chosen files of a repository into a directory: plain files, checked, each whole or not there."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from axchat.errors import ModelError, SourceUnreachable
from axchat.models import manifest as notes
from axchat.models.download import Progress, download
from axchat.models.hub import file_url
from axchat.models.hub_files import HubFile, Listing, bytes_shown, total
from axchat.models.manifest import Manifest
from axchat.models.place import check_space, free_bytes_of, locked, refusal
from axchat.models.vendor_files import is_executable

MAX_BREAKS = 5
"""Connections that may break in one run, for one file, each after some bytes; they are made anew at once."""
MAX_WAIT_S = 120
"""The longest time that a server's Retry-After is waited for; a longer one is told to the user."""
MAX_WAITS = 3

Tell = Callable[[str], None]
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a pull asks of its surroundings; tests put their own in.

    Attributes:
        on_progress: gets bytes done and total of all files.
        tell: gets a line for the user.
        wait: sleeps for a server's Retry-After, seconds.
        free_bytes: free space of the file system a directory is on.
    """

    on_progress: Callable[[Progress], None]
    tell: Tell
    wait: Callable[[float], None]
    free_bytes: Callable[[Path], int] = free_bytes_of


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
        seen = old.seen if old else {}
        self._manifest = Manifest(
            listing.repo,
            listing.revision,
            listing.commit,
            listing.endpoint,
            tuple(options),
            tuple(files),
            {file.path: seen[file.path] for file in files if file.path in seen and _same(file, old)},
        )

    def run(self) -> int:
        """Look at what is here, see that the rest has room, fetch it."""
        files = self._manifest.files
        absent = [file for file in files if not self._is_here(file)]
        came = {file.path: self._came(file) for file in absent}
        check_space(self._folder, total(absent) - sum(came.values()), self._around.free_bytes)
        notes.write(self._folder, self._manifest)
        done = total(files) - total(absent)
        for file in absent:
            self._fetch(file, done)
            done += file.size
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
        self._around.on_progress(Progress(self._checked, total(self._manifest.files), "check"))
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
        whole = total(self._manifest.files)

        def report(progress: Progress) -> None:
            self._around.on_progress(Progress(before + progress.done, whole, "download"))

        report(Progress(self._came(file), file.size, "download"))
        self._persist(
            lambda: download(
                file_url(self._listing, file.path), partial, notes.wanted(file), report, token=self._token
            )
        )
        with partial.open("rb+") as content:
            os.fsync(content.fileno())
        partial.replace(target)
        self._manifest = self._manifest.with_seen(file.path, notes.stamp_of(target))
        notes.write(self._folder, self._manifest)

    def _persist(self, fetch: Callable[[], None]) -> None:
        """Go on after a break that came behind new bytes, and after a wait that the server asks for."""
        done, breaks, waits = -1, 0, 0
        while True:
            try:
                return fetch()
            except SourceUnreachable as exc:
                here = exc.facts.get("done")
                if isinstance(here, int) and here > done and breaks < MAX_BREAKS:
                    done, breaks = here, breaks + 1
                elif waits < MAX_WAITS and wait_as_asked(exc, self._around):
                    waits += 1
                else:
                    raise self._with_what_is_here(exc) from exc

    def _with_what_is_here(self, exc: SourceUnreachable) -> SourceUnreachable:
        files = self._manifest.files
        here = sum(file.size if (self._folder / file.path).is_file() else self._came(file) for file in files)
        message = f"{exc.message}; {bytes_shown(here)} of {bytes_shown(total(files))} are here"
        return SourceUnreachable(message, hint=exc.hint, **exc.facts)

    def _finish(self, file: HubFile) -> None:
        """Give programs their bit back, and take away what is left of other versions of the file."""
        path = self._folder / file.path
        mode = path.stat().st_mode
        if is_executable(file.path) and mode & 0o111 != 0o111:
            path.chmod(mode | 0o111)
        for other in path.parent.iterdir():
            if other.name.startswith(f"{path.name}.") and notes.is_partial(other.name):
                other.unlink()


def asked(question: Callable[[], Answer], around: Surroundings) -> Answer:
    """The answer to a question; waits as often and as long as the server's Retry-After asks for.

    Raises:
        ModelError: as the question does.
    """
    waits = 0
    while True:
        try:
            return question()
        except SourceUnreachable as exc:
            waits += 1
            if waits > MAX_WAITS or not wait_as_asked(exc, around):
                raise


def wait_as_asked(exc: ModelError, around: Surroundings) -> bool:
    """Wait as long as a server's Retry-After says; False when it says nothing, or too long a time."""
    seconds = exc.facts.get("retry_after_s")
    if not isinstance(seconds, int) or seconds > MAX_WAIT_S:
        return False
    around.tell(f"{exc.message}; it asks to wait {seconds} s, going on then")
    around.wait(seconds)
    return True


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


def _same(file: HubFile, old: Manifest | None) -> bool:
    """Whether the earlier note means the same content."""
    return old is not None and any(
        (each.path, each.sha256 or each.git_sha1) == (file.path, file.sha256 or file.git_sha1)
        for each in old.files
    )
