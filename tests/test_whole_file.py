"""A file is replaced whole, and two writers do not meet."""

import errno
import os
import stat
import threading
from pathlib import Path

import pytest

from axchat.whole_file import only_writer, replace_whole, way_to_write


def test_the_new_content_takes_the_place(tmp_path: Path) -> None:
    """Nothing else is left in the folder, and only the owner may read it."""
    file = tmp_path / "one.json"
    file.write_text("old and longer")
    replace_whole(file, b"new")
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_the_mode_is_the_one_asked_for(tmp_path: Path) -> None:
    """Whatever the process's umask is."""
    before = os.umask(0o077)
    try:
        replace_whole(tmp_path / "one", b"", mode=0o644)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o644


def test_what_cannot_take_the_place_leaves_nothing(tmp_path: Path) -> None:
    """A directory in that place stays, and no temporary file does."""
    (tmp_path / "one" / "below").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        replace_whole(tmp_path / "one", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_who_reads_keeps_the_old_content(tmp_path: Path) -> None:
    """A file that was opened before is not changed under its reader."""
    file = tmp_path / "one"
    file.write_bytes(b"old")
    with file.open("rb") as reading:
        replace_whole(file, b"new")
        assert reading.read() == b"old"


def test_a_second_writer_waits(tmp_path: Path) -> None:
    """It enters when the first has left, not before; no lock is left behind."""
    file, is_in = tmp_path / "one", threading.Event()

    def enter() -> None:
        with only_writer(file):
            is_in.set()

    second = threading.Thread(target=enter)
    with only_writer(file):
        second.start()
        assert not is_in.wait(0.05)
    assert is_in.wait(30)
    second.join(30)
    assert not second.is_alive()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_was_left_behind_locks_nothing(tmp_path: Path) -> None:
    """The program that made it was killed."""
    (tmp_path / ".one.lock").touch()

    with only_writer(tmp_path / "one"):
        assert (tmp_path / ".one.lock").exists()

    assert list(tmp_path.iterdir()) == []


def test_many_writers_lose_nothing(tmp_path: Path) -> None:
    """Each adds one to a number in a file that is replaced, and finds the number of the one before."""
    file = tmp_path / "count"
    file.write_text("0")

    def add() -> None:
        for _ in range(25):
            with only_writer(file):
                replace_whole(file, str(int(file.read_text()) + 1).encode())

    writers = [threading.Thread(target=add) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)

    assert file.read_text() == "100"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("number", "command"),
    [(errno.ENOSPC, "make room: df -h"), (errno.EDQUOT, "make room: df -h"), (errno.EROFS, "ls -ld")],
)
def test_the_way_to_write_is_room_or_rights(number: int, command: str, tmp_path: Path) -> None:
    """A full disk wants room, anything else rights; of a folder that is not there the nearest that is."""
    folder = tmp_path / "a b"
    folder.mkdir()

    told = way_to_write(OSError(number, "no"), folder / "c" / "d")

    assert command in told
    assert told.endswith(f"'{folder}'")
