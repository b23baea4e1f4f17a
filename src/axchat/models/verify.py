"""Compares a model's files with what they have to be, and says what is wrong with each; changes nothing."""

import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from axchat.errors import ModelError
from axchat.modeldir.files import LFS_MARK, Kind
from axchat.modeldir.gguf import MAGIC
from axchat.modeldir.launch import CACHE
from axchat.modeldir.read import look_at, problems, read
from axchat.models import manifest as notes
from axchat.models.download import Progress
from axchat.models.expected import UNKNOWN_SIZE, Expected, leftovers
from axchat.models.hub_files import HubFile
from axchat.models.sizes import size_shown

POINTER_LIMIT_BYTES = 1024
"""A git-lfs pointer has some 130 bytes; its specification allows fewer than 1024."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        id: stable name.
        path: the file, relative to the directory; "" for the directory.
        text: what is wrong, one line.
        mend: the command that mends it, or None when nobody knows one.
    """

    id: str
    path: str
    text: str
    mend: str | None = None

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {"id": self.id, "path": self.path, "text": self.text, "mend": self.mend}


def check_files(
    folder: Path, expected: Expected, again: str | None, on_progress: Callable[[Progress], None]
) -> list[Finding]:
    """What is wrong with the files that have to be there; each is read to its end.

    Args:
        folder: the model's directory.
        expected: what they have to be.
        again: the command that fetches what is wrong.
        on_progress: gets bytes read and the total.
    """
    whole = sum(max(file.size, 0) for file in expected.files)
    found, done = [], 0
    for file in expected.files:
        fault = _fault(folder, file)
        if fault:
            found.append(Finding(fault[0], file.path, f"{file.path}: {fault[1]}", again))
        done += max(file.size, 0)
        on_progress(Progress(done, whole, "check"))
    return found


def _fault(folder: Path, file: HubFile) -> tuple[str, str] | None:
    """Id and words for what is wrong with one file; None when it is right."""
    path = folder / file.path
    fact = look_at(path)
    if fact.kind is Kind.MISSING:
        return "missing", _here(notes.partial_of(path, file), file)
    if fact.kind is Kind.UNREADABLE:
        return "unreadable", f"cannot be read: {fact.error.lower()}"
    if fact.kind is not Kind.FILE:
        return "wrong-kind", f"is a {fact.kind} instead of a file"
    if fact.head.startswith(LFS_MARK) and fact.size < POINTER_LIMIT_BYTES and fact.size != file.size:
        return "lfs-pointer", "is a git-lfs pointer, the file itself was not fetched"
    if file.size != UNKNOWN_SIZE and fact.size != file.size:
        how = "is cut off" if fact.size < file.size else "is too long"
        return "wrong-size", f"{how}: {fact.size} of {file.size} bytes"
    try:
        digest = notes.wanted(file).digest_of(path)
    except OSError as exc:  # a medium that fails while it is read
        return "unreadable", f"cannot be read: {(exc.strerror or str(exc)).lower()}"
    if digest != (file.sha256 or file.git_sha1):
        kind, how = ("sha256", "") if file.sha256 else ("git sha1", ", damaged or edited")
        known = file.sha256 or file.git_sha1
        return "wrong-hash", f"has other content{how}: {kind} {digest} instead of {known}"
    return None


def _here(partial: Path, file: HubFile) -> str:
    came = look_at(partial)
    if came.kind is not Kind.FILE:
        return "is missing"
    return f"is missing, {size_shown(came.size)} of {size_shown(file.size)} came"


def check_needs(folder: Path, machine: str, again: str | None) -> list[Finding]:
    """What the model's own script or config.json asks for and is not there, or cannot be used.

    A directory of GGUF files has no script; their beginnings are looked at.

    Args:
        folder: the model's directory.
        machine: as ``platform.machine()`` names the host.
        again: the command that fetches what is wrong.
    """
    ggufs = sorted(folder.glob("*.gguf"))
    if ggufs and not any(folder.glob("run_*.sh")):
        return check_gguf(ggufs, again)
    try:
        model = read(folder)
    except ModelError as exc:
        return [Finding("not-a-model", "", exc.message, again or exc.hint)]
    return [
        Finding(problem.id, str(PurePosixPath(name)) if name else "", problem.text, again or problem.hint)
        for problem in problems(model, machine, unused={CACHE})
        for name in problem.names or ("",)
    ]


def check_gguf(files: Iterable[Path], again: str | None) -> list[Finding]:
    """Files that do not begin as GGUF files do; git-lfs pointers are told elsewhere."""
    return [
        Finding("not-gguf", path.name, f"{path.name}: does not begin as a GGUF file does", again)
        for path in files
        if (fact := look_at(path)).kind is Kind.FILE and not fact.head.startswith((MAGIC, LFS_MARK))
    ]


def without_doubles(findings: Sequence[Finding]) -> list[Finding]:
    """One finding a file, the first, and one for each thing that is wrong with several."""
    kept: list[Finding] = []
    for each in findings:
        known = {(it.path, it.text) for it in kept}
        is_told = any(path == each.path != "" for path, _ in known)
        if not is_told and each.text not in {text for _, text in known}:
            kept.append(each)
    return kept


def check_pointers(folder: Path, known: Iterable[str], again: str | None) -> list[Finding]:
    """Files of the directory that are git-lfs pointers, besides those that were looked at.

    Raises:
        ModelError: the directory cannot be read.
    """
    passed = set(known)
    found = []
    try:
        for path in sorted(folder.rglob("*")):
            name = str(path.relative_to(folder))
            if name in passed or name.startswith((".git/", ".cache/")) or path.is_dir():
                continue
            fact = look_at(path)
            if fact.head.startswith(LFS_MARK) and fact.size < POINTER_LIMIT_BYTES:
                text = f"{name}: is a git-lfs pointer, the file itself was not fetched"
                found.append(Finding("lfs-pointer", name, text, again))
    except OSError as exc:
        raise ModelError(f"cannot read {folder}: {(exc.strerror or str(exc)).lower()}") from exc
    return found


def check_leftovers(folder: Path, again: str | None) -> list[Finding]:
    """Unfinished downloads; a pull goes on with its own and clears them away.

    Raises:
        ModelError: the directory cannot be read.
    """
    try:
        names = leftovers(folder)
    except OSError as exc:
        raise ModelError(f"cannot read {folder}: {(exc.strerror or str(exc)).lower()}") from exc
    return [
        Finding(
            "leftover",
            name,
            f"{name}: is left of a download that broke off",
            again if notes.is_partial(name) and again else _remove(folder / name),
        )
        for name in names
    ]


def _remove(path: Path) -> str:
    return f"rm {shlex.quote(str(path))}"
