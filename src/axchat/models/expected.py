"""What a directory's files have to be, from whoever fetched them: axchat's note, or Hugging Face's."""

import re
from dataclasses import dataclass
from pathlib import Path

from axchat.models import manifest as notes
from axchat.models.hub_files import HubFile, Listing
from axchat.models.manifest import Manifest

HF_NOTES = Path(".cache/huggingface/download")
"""Where huggingface_hub's ``local_dir`` keeps a ``.metadata`` for each file (_local_folder.py)."""
_NOTE_LIMIT_BYTES = 1000
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHA1 = re.compile(r"[0-9a-f]{40}")
UNKNOWN_SIZE = -1


@dataclass(frozen=True, slots=True)
class Expected:
    """What the files are compared with.

    Attributes:
        source: for people: who says so.
        files: what they have to be; a size may be ``UNKNOWN_SIZE``.
    """

    source: str
    files: tuple[HubFile, ...]


def from_note(manifest: Manifest) -> Expected:
    """What axchat noted at the pull."""
    return Expected(f"the note of the pull, commit {manifest.commit[:12]}", manifest.files)


def from_hub(listing: Listing, folder: Path, manifest: Manifest | None) -> Expected:
    """What the server has: of a pull the files that were chosen, else those that are in the directory."""
    if manifest is not None:
        chosen = {file.path for file in manifest.files}
        files = tuple(file for file in listing.files if file.path in chosen)
    else:
        files = tuple(file for file in listing.files if (folder / file.path).exists())
    return Expected(f"{listing.endpoint}, commit {listing.commit[:12]}", files)


def from_hf_download(folder: Path) -> Expected | None:
    """What ``hf download --local-dir`` noted: a hash for each file, and no sizes; None without such notes.

    A note's second line is the file's ETag: SHA-256 of a large file, the blob's name in git of a small one.

    Raises:
        OSError: the notes cannot be read.
    """
    root = folder / HF_NOTES
    found = []
    for note in sorted(root.rglob("*.metadata")) if root.is_dir() else []:
        with note.open("rb") as file:
            lines = file.read(_NOTE_LIMIT_BYTES).decode("utf-8", "replace").splitlines()
        etag = lines[1].strip() if len(lines) > 1 else ""
        path = str(note.relative_to(root)).removesuffix(".metadata")
        if _SHA256.fullmatch(etag):
            found.append(HubFile(path, UNKNOWN_SIZE, etag))
        elif _SHA1.fullmatch(etag):
            found.append(HubFile(path, UNKNOWN_SIZE, "", etag))
    return Expected("the notes of hf download", tuple(found)) if found else None


def leftovers(folder: Path) -> list[str]:
    """Paths of unfinished downloads, ours and of other programs, in the order of their names.

    Raises:
        OSError: the directory cannot be read.
    """
    endings = (".incomplete", ".aria2", ".part", ".crdownload")
    found = [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if (notes.is_partial(path.name) or path.name.endswith(endings)) and path.is_file()
    ]
    return sorted(found)
