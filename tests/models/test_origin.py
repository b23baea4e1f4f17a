"""Where a directory is from, as it says itself."""

from pathlib import Path

import pytest

from axchat.models.expected import HF_NOTES
from axchat.models.manifest import Manifest
from axchat.models.origin import Origin, origin_of

COMMIT = "0123456789" * 4


def clone(folder: Path, url: str, *, packed: bool = False) -> Path:
    """What git clone leaves of its own."""
    git = folder / ".git"
    (git / "refs/heads").mkdir(parents=True)
    (git / "config").write_text(f'[core]\n\tbare = false\n[remote "origin"]\n\turl = {url}\n')
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    if packed:
        (git / "packed-refs").write_text(f"# pack-refs with: peeled\n{COMMIT} refs/heads/main\n")
    else:
        (git / "refs/heads/main").write_text(f"{COMMIT}\n")
    return folder


def test_of_a_pull(tmp_path: Path) -> None:
    """Axchat's note goes before everything else."""
    clone(tmp_path, "https://huggingface.co/other/one")
    note = Manifest("x/y", "main", "c" * 40, "https://hub", (), ())
    assert origin_of(tmp_path, note, tmp_path) == Origin("x/y", "c" * 40)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("end", ["", ".git", "/"])
def test_of_a_clone(tmp_path: Path, end: str, packed: bool) -> None:
    """The address and the commit that is checked out, wherever git keeps it."""
    clone(tmp_path, f"https://huggingface.co/AXERA-TECH/Qwen3-0.6B{end}", packed=packed)
    assert origin_of(tmp_path, None, Path("/none")) == Origin("AXERA-TECH/Qwen3-0.6B", COMMIT)


def test_of_a_clone_from_elsewhere(tmp_path: Path) -> None:
    """Another server's repository is no repository of the hub."""
    clone(tmp_path, "https://github.com/a/b.git")
    assert origin_of(tmp_path, None, Path("/none")).repo is None


def test_a_head_that_leaves_the_directory_is_none(tmp_path: Path) -> None:
    """A name in HEAD is followed inside .git only."""
    clone(tmp_path, "https://huggingface.co/a/b")
    (tmp_path / "secret").write_text(COMMIT)
    (tmp_path / ".git/HEAD").write_text("ref: ../secret\n")
    assert origin_of(tmp_path, None, Path("/none")).commit is None


def test_of_a_place(tmp_path: Path) -> None:
    """Below axchat's models the path is the name; Hugging Face's notes tell the commit if they agree."""
    folder = tmp_path / "org/name"
    notes = folder / HF_NOTES
    notes.mkdir(parents=True)
    assert origin_of(folder, None, tmp_path) == Origin("org/name", None)
    (notes / "a.metadata").write_text(f"{COMMIT}\netag\n1\n")
    assert origin_of(folder, None, tmp_path) == Origin("org/name", COMMIT)
    (notes / "b.metadata").write_text(f"{'f' * 40}\netag\n1\n")
    assert origin_of(folder, None, tmp_path) == Origin("org/name", None)
    assert origin_of(tmp_path / "org", None, tmp_path) == Origin()
    assert origin_of(folder, None, Path("/elsewhere")) == Origin()
