"""Room, one writer at a time, and what the system's refusals mean."""

import errno
import os
import threading
from pathlib import Path

import pytest

from axchat.errors import ModelError
from axchat.models.place import SPARE_BYTES, check_space, free_bytes_of, locked, refusal


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "no space left for /d/file"),
        (errno.EDQUOT, "no space left for /d/file"),
        (errno.EROFS, "cannot write to /d: read-only file system"),
        (errno.EACCES, "cannot write to /d: permission denied"),
        (errno.EIO, "cannot store /d/file: Input/output error"),
    ],
)
def test_what_a_refusal_means(number: int, said: str) -> None:
    """A full disk, a read-only place and a failing one are told apart."""
    assert refusal(OSError(number, os.strerror(number)), Path("/d/file")) == said


def test_room(tmp_path: Path) -> None:
    """Some space stays free besides what is needed; the figures are facts."""
    check_space(tmp_path, 100, lambda _: 100 + SPARE_BYTES)
    with pytest.raises(ModelError, match="not enough space") as caught:
        check_space(tmp_path, 100, lambda _: 99 + SPARE_BYTES)
    assert caught.value.facts == {"needed_bytes": 100 + SPARE_BYTES, "free_bytes": 99 + SPARE_BYTES}
    assert free_bytes_of(tmp_path) > 0


def test_the_second_waits_and_says_so(tmp_path: Path) -> None:
    """The lock is for one at a time, and free again when its block ends."""
    waits, order = threading.Event(), []

    def second() -> None:
        with locked(tmp_path / "new", "lock", waits.set):
            order.append("second")

    thread = threading.Thread(target=second)
    with locked(tmp_path / "new", "lock", lambda: order.append("never")):
        thread.start()
        assert waits.wait(60)
        order.append("first")
    thread.join(60)
    assert order == ["first", "second"]
