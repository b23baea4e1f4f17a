"""Files are deleted only where axchat keeps its own."""

from pathlib import Path

import pytest

from axchat.errors import ModelError, UsageError
from axchat.models import manifest
from axchat.models.removal import Removal, plan, remove_files


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Axchat's folder with a model of two files, and a link out of it."""
    folder = tmp_path / "models"
    (folder / "qwen" / "deep").mkdir(parents=True)
    (folder / "qwen" / "a.axmodel").write_bytes(bytes(1000))
    (folder / "qwen" / "deep" / "b.bin").write_bytes(bytes(24))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "keep").write_bytes(bytes(5000))
    (folder / "qwen" / "link").symlink_to(tmp_path / "mine")
    return folder


def test_a_directory_is_deleted_with_what_is_in_it(models: Path, tmp_path: Path) -> None:
    """The bytes are those of its files; a link's target stays and is not counted."""
    planned = plan(models / "qwen", models, {})
    assert planned == Removal(models / "qwen", 2, 1024)
    assert (models / "qwen" / "a.axmodel").exists()
    remove_files(planned)
    assert list(models.iterdir()) == []
    assert (tmp_path / "mine" / "keep").exists()


def test_a_file_is_deleted_alone(models: Path) -> None:
    """The rest of its folder stays."""
    remove_files(plan(models / "qwen" / "a.axmodel", models, {}))
    assert (models / "qwen" / "deep" / "b.bin").exists()
    assert not (models / "qwen" / "a.axmodel").exists()


@pytest.mark.parametrize("path", ["mine", "models", "models/../mine", "models/qwen/link", "."])
def test_nothing_else_is_deleted(models: Path, tmp_path: Path, path: str) -> None:
    """Neither what lies elsewhere, nor the folder itself, nor what a link in it leads to."""
    with pytest.raises(UsageError, match="not axchat's to delete"):
        plan(tmp_path / path, models, {})


def test_another_names_files_are_kept(models: Path) -> None:
    """A script stands for its directory, where another model may be."""
    script = models / "qwen" / "run_a.sh"
    script.write_text("")
    with pytest.raises(UsageError, match="the files of other are in there too"):
        plan(script, models, {"other": models / "qwen" / "run_b.sh"})
    assert plan(script, models, {"other": models / "elsewhere"}).path == models / "qwen"


def test_a_pull_goes_as_a_whole(models: Path) -> None:
    """A model below the directory of its pull takes the pull's other files along, if nobody else is in it."""
    pulled = models / "org" / "name"
    (pulled / "int4").mkdir(parents=True)
    (pulled / manifest.NAME).write_text("{}")
    for name in ("a.gguf", "b.gguf", "int4/config.json"):
        (pulled / name).write_text("x")
    assert plan(pulled / "a.gguf", models, {}).path == pulled
    assert plan(pulled / "int4", models, {}).path == pulled
    assert plan(pulled / "a.gguf", models, {"b": pulled / "b.gguf"}).path == pulled / "a.gguf"


def test_what_is_gone_is_told(models: Path) -> None:
    """Before anything is asked."""
    with pytest.raises(ModelError, match=r"cannot read .*missing"):
        plan(models / "missing", models, {})
