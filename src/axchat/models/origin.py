"""Which repository and commit a directory is of, as far as it says so itself."""

import re
from dataclasses import dataclass
from pathlib import Path

from axchat.errors import UsageError
from axchat.models.expected import HF_NOTES
from axchat.models.manifest import Manifest
from axchat.models.reference import parse

_GIT_LIMIT_BYTES = 1024 * 1024
_COMMIT = re.compile(r"[0-9a-f]{40}")
_REMOTE = re.compile(r"^\s*url\s*=\s*(\S+)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the files of a directory are from; None where nothing says so."""

    repo: str | None = None
    commit: str | None = None


def origin_of(folder: Path, manifest: Manifest | None, models_dir: Path) -> Origin:
    """Repository and commit from axchat's note, a git clone, Hugging Face's notes, or the place.

    Args:
        folder: the model's directory.
        manifest: axchat's note in it.
        models_dir: below it ``ORG/NAME`` is a repository's name.

    Raises:
        OSError: a file that would tell cannot be read.
    """
    if manifest is not None:
        return Origin(manifest.repo, manifest.commit)
    remote = _REMOTE.search(_text(folder / ".git/config"))
    if remote:
        return Origin(_repo(remote[1].removesuffix(".git")), _head(folder / ".git"))
    place = folder.relative_to(models_dir) if folder.is_relative_to(models_dir) else Path()
    return Origin(_repo(str(place)), _hf_commit(folder / HF_NOTES))


def _repo(text: str) -> str | None:
    try:
        return parse(text).repo
    except UsageError:  # another server's, or no name of two parts
        return None


def _head(git: Path) -> str | None:
    """The commit that is checked out (gitrepository-layout)."""
    head = _text(git / "HEAD").strip()
    name = head.removeprefix("ref:").strip()
    if head.startswith("ref:") and ".." not in name and not name.startswith("/"):
        packed = re.search(rf"^([0-9a-f]{{40}}) {re.escape(name)}$", _text(git / "packed-refs"), re.MULTILINE)
        head = _text(git / name).strip() or (packed[1] if packed else "")
    return head if _COMMIT.fullmatch(head) else None


def _hf_commit(notes: Path) -> str | None:
    """The commit in the first line of each note, if it is one for all files."""
    lines = {_text(note).partition("\n")[0].strip() for note in sorted(notes.rglob("*.metadata"))}
    commit = lines.pop() if len(lines) == 1 else ""
    return commit if _COMMIT.fullmatch(commit) else None


def _text(path: Path) -> str:
    """The beginning of a small file; "" where there is none."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return file.read(_GIT_LIMIT_BYTES).decode("utf-8", "replace")
