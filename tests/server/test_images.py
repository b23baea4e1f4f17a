"""Images of a request as files."""

import base64
import stat
from pathlib import Path

import pytest

from axchat.errors import Interrupted
from axchat.server.images import ImageFiles


def test_private_and_gone() -> None:
    """Files hold the bytes, nobody else may enter their folder, and all are gone at the end."""
    with ImageFiles() as images:
        first = Path(images.write("data:image/png;base64," + base64.b64encode(b"one").decode()))
        second = Path(images.write("data:image/jpeg;base64," + base64.b64encode(b"two").decode()))
        assert (first.read_bytes(), second.read_bytes()) == (b"one", b"two")
        assert (first.name, second.name) == ("1.png", "2.jpeg")
        assert stat.S_IMODE(first.parent.stat().st_mode) == 0o700
    assert not first.parent.exists()


def test_no_folder_without_an_image(monkeypatch, tmp_path: Path) -> None:
    """A request without images leaves the disk alone, and may be closed twice."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with ImageFiles() as images:
        assert list(tmp_path.iterdir()) == []
    images.close()


def test_one_that_comes_after_the_end_is_refused(monkeypatch, tmp_path: Path) -> None:
    """A thread that still writes for a client that has gone leaves nothing behind."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    images = ImageFiles()
    images.close()
    with pytest.raises(Interrupted):
        images.write("data:image/png;base64," + base64.b64encode(b"late").decode())
    assert list(tmp_path.iterdir()) == []
