"""Where files live, and how a whole one is told from a damaged one."""

import os
import sys
from pathlib import Path

import pytest

from axchat.models import store
from axchat.models.store import find, is_intact, model_path, sha256_of
from support.wheels import GGUF, TINY


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """The whole file where it belongs."""
    path = model_path(TINY, tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(GGUF)
    return path


def test_the_place_is_fixed(tmp_path: Path) -> None:
    """Data directory, models, name, file."""
    assert model_path(TINY, tmp_path) == tmp_path / "models" / "tiny" / "tiny.gguf"


def test_nothing_is_found_in_an_empty_place(tmp_path: Path) -> None:
    """Looking for a model neither finds nor creates anything."""
    assert find(TINY, tmp_path / "none") is None
    assert not (tmp_path / "none").exists()


def test_a_whole_file_is_found(stored: Path, tmp_path: Path) -> None:
    """Size and hash are right."""
    assert find(TINY, tmp_path) == stored


@pytest.mark.parametrize(
    "content", [GGUF[:-1], GGUF[:-1] + b"x", GGUF + b"x"], ids=["cut", "changed", "longer"]
)
def test_a_damaged_file_is_not_found(stored: Path, tmp_path: Path, content: bytes) -> None:
    """A file of another size or content does not count, also after the whole one was seen."""
    assert find(TINY, tmp_path) == stored
    stored.write_bytes(content)
    os.utime(stored, ns=(1, 1))
    assert find(TINY, tmp_path) is None


def test_the_hash_is_made_once(stored: Path, tmp_path: Path) -> None:
    """A file that was found whole is trusted until its size or time changes."""
    assert find(TINY, tmp_path) == stored
    time = stored.stat().st_mtime_ns
    stored.write_bytes(bytes(len(GGUF)))
    os.utime(stored, ns=(time, time))
    assert find(TINY, tmp_path) == stored
    os.utime(stored, ns=(time, time + 1))
    assert find(TINY, tmp_path) is None


@pytest.mark.parametrize("stamps", ["", "{", "[1]", "{}", '[{"path": 1}]'])
def test_a_torn_stamp_costs_a_hash_only(stored: Path, tmp_path: Path, stamps: str) -> None:
    """Whatever is in the stamp, the file is found."""
    (stored.parent / "tiny.gguf.verified").write_text(stamps)
    assert find(TINY, tmp_path) == stored


def test_the_copy_in_an_installed_package_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package's data file counts, and the package is not imported."""
    package = tmp_path / "site" / "axchat_test_tiny"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / "tiny.gguf").write_bytes(GGUF)
    with monkeypatch.context() as patched:
        patched.setattr(sys, "path", [*sys.path, str(tmp_path / "site")])
        assert find(TINY, tmp_path) == package / "tiny.gguf"
        assert "axchat_test_tiny" not in sys.modules
        assert store.model_dir(TINY, tmp_path).is_dir(), "its stamp is kept outside the package"
        assert find(TINY, tmp_path) == package / "tiny.gguf"


def test_a_place_that_cannot_be_written_is_read(stored: Path, tmp_path: Path) -> None:
    """Where no stamp can be kept the file is found all the same."""
    elsewhere = tmp_path / "file"
    elsewhere.write_text("in the way")
    assert is_intact(TINY, stored, elsewhere)


def test_a_hash_is_sha256(tmp_path: Path) -> None:
    """The known value of the empty file."""
    path = tmp_path / "empty"
    path.touch()
    assert sha256_of(path) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
