"""What files have to be, as the notes of whoever fetched them say."""

import hashlib
from pathlib import Path

from axchat.models.expected import HF_NOTES, UNKNOWN_SIZE, from_hf_download, from_hub, from_note, leftovers
from axchat.models.hub_files import HubFile, Listing
from axchat.models.manifest import Manifest
from support.hub_server import git_sha1

ONE, TWO = HubFile("a.bin", 1, "a" * 64), HubFile("b/c.json", 2, "", "b" * 40)
LISTING = Listing("x/y", "main", "c" * 40, "https://hub", (ONE, TWO))


def note_of(folder: Path, path: str, etag: str, commit: str = "c" * 40) -> None:
    """A note as hf download writes it (huggingface_hub, _local_folder.py)."""
    note = folder / HF_NOTES / f"{path}.metadata"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(f"{commit}\n{etag}\n1716393911.5\n")


def test_of_a_pull_the_chosen_files_count(tmp_path: Path) -> None:
    """What was left out at the pull is not missing, whatever the hub has."""
    manifest = Manifest("x/y", "main", "c" * 40, "https://hub", (), (TWO,))
    assert from_note(manifest).files == (TWO,)
    assert from_hub(LISTING, tmp_path, manifest).files == (TWO,)


def test_of_another_download_what_is_there_counts(tmp_path: Path) -> None:
    """Without a note nobody knows what was left out on purpose."""
    (tmp_path / "a.bin").write_text("?")
    assert from_hub(LISTING, tmp_path, None).files == (ONE,)


def test_the_notes_of_hf_download(tmp_path: Path) -> None:
    """Hashes of large and small files are read; other texts are no hashes."""
    assert from_hf_download(tmp_path) is None
    sha256 = hashlib.sha256(b"x").hexdigest()
    note_of(tmp_path, "a.bin", sha256)
    note_of(tmp_path, "b/c.json", git_sha1(b"y"))
    note_of(tmp_path, "d", "W/weak")
    expected = from_hf_download(tmp_path)
    assert expected is not None
    assert expected.files == (
        HubFile("a.bin", UNKNOWN_SIZE, sha256),
        HubFile("b/c.json", UNKNOWN_SIZE, "", git_sha1(b"y")),
    )


def test_what_is_left_of_downloads(tmp_path: Path) -> None:
    """Unfinished files of axchat and of other programs are found at any depth; whole ones are not."""
    (tmp_path / "q").mkdir()
    unfinished = ["q/l0.axmodel.0123456789ab.partial", "q/x.aria2", "y.incomplete"]
    for name in [*unfinished, "whole.bin", "my.partial"]:
        (tmp_path / name).touch()
    assert leftovers(tmp_path) == sorted(unfinished)
