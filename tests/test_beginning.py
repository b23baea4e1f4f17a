"""The beginning of a file, of a pipe, and of one that nobody writes into."""

import os
import threading
from pathlib import Path

import pytest

from axchat.beginning import beginning_of


def test_no_more_than_asked_is_read(tmp_path: Path) -> None:
    """A file of 100 MB costs what is asked of it."""
    file = tmp_path / "huge"
    with file.open("wb") as opened:
        opened.truncate(100 * 2**20)

    assert beginning_of(file, 10) == bytes(10)
    assert beginning_of(Path("/dev/zero"), 10) == bytes(10)


def test_a_pipe_is_read_until_its_writer_ends() -> None:
    """As behind ``<(...)``: its path is a descriptor, and the writer takes its time."""
    reading, writing = os.pipe()
    started = threading.Event()

    def write() -> None:
        started.wait()
        os.write(writing, b"half ")
        os.write(writing, b"whole")
        os.close(writing)

    writer = threading.Thread(target=write)
    writer.start()
    threading.Timer(0.05, started.set).start()
    try:
        assert beginning_of(Path(f"/dev/fd/{reading}"), 100) == b"half whole"
    finally:
        writer.join()
        os.close(reading)


def test_a_pipe_without_a_writer_is_refused(tmp_path: Path) -> None:
    """Nobody is waited for."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    with pytest.raises(OSError, match="nobody writes"):
        beginning_of(pipe, 100)


@pytest.mark.parametrize(("name", "error"), [("", IsADirectoryError), ("x", FileNotFoundError)])
def test_what_cannot_be_read_raises(tmp_path: Path, name: str, error: type[OSError]) -> None:
    """The system's own error, for who knows what the file is for."""
    with pytest.raises(error):
        beginning_of(tmp_path / name, 1)
