"""Where the holder's files are, and who may reach them."""

import os
import signal
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from axchat.attach.place import (
    MAX_SOCKET_PATH_BYTES,
    Lock,
    Place,
    connect,
    listen,
    make_private,
    place_of,
    reach,
)
from axchat.errors import HolderFailed


@contextmanager
def umask(mask: int) -> Iterator[None]:
    """The process's umask, for a moment."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def mode(path: Path) -> int:
    """Its permission bits."""
    return stat.S_IMODE(path.lstat().st_mode)


class TestPlace:
    """Names."""

    def test_each_card_has_its_own_socket_and_locks(self, tmp_path: Path) -> None:
        """Two cards, two holders."""
        first, second = (place_of(number, {"XDG_RUNTIME_DIR": str(tmp_path)}) for number in (0, 1))
        assert first.socket == tmp_path / "axchat" / "holder-0.sock"
        assert not {first.socket, first.life_lock, first.start_lock} & {
            second.socket,
            second.life_lock,
            second.start_lock,
        }

    def test_without_a_runtime_folder_the_user_has_one_in_tmp(self) -> None:
        """Containers and systems without systemd have no /run/user."""
        assert place_of(0, {}, uid=7).folder == Path("/tmp/axchat-7")

    def test_another_users_runtime_folder_is_left_alone(self) -> None:
        """``sudo`` keeps the caller's XDG_RUNTIME_DIR; one that does not exist is as good as none."""
        assert place_of(0, {"XDG_RUNTIME_DIR": "/proc/1"}, uid=7).folder == Path("/tmp/axchat-7")
        assert place_of(0, {"XDG_RUNTIME_DIR": "/none"}, uid=7).folder == Path("/tmp/axchat-7")

    def test_a_named_socket_is_somebody_elses_to_start(self) -> None:
        """The setting socket points at a holder that is set up otherwise."""
        place = place_of(0, {"XDG_RUNTIME_DIR": "/x"}, named="/run/axchat/holder.sock")
        assert (place.socket, place.is_named) == (Path("/run/axchat/holder.sock"), True)


class TestFolder:
    """The folder is the user's alone."""

    @pytest.mark.parametrize("mask", [0o000, 0o077, 0o777])
    def test_nobody_else_may_enter_it_whatever_the_umask(self, tmp_path: Path, mask: int) -> None:
        """Its mode is 0700, and it can be used."""
        with umask(mask):
            make_private(tmp_path / "run")
        assert mode(tmp_path / "run") == 0o700

    def test_it_may_exist(self, tmp_path: Path) -> None:
        """The second start finds it."""
        make_private(tmp_path / "run")
        make_private(tmp_path / "run")

    @pytest.mark.parametrize("open_to", [0o770, 0o707, 0o755])
    def test_one_that_others_may_enter_is_refused(self, tmp_path: Path, open_to: int) -> None:
        """Who can enter could put a socket of his own there; the way to close it is told."""
        (tmp_path / "run").mkdir()
        (tmp_path / "run").chmod(open_to)
        with pytest.raises(HolderFailed, match=f"mode {open_to:o}") as refused:
            make_private(tmp_path / "run")
        assert refused.value.hint == f"close it: chmod 700 {tmp_path / 'run'}"

    def test_a_link_is_no_folder_of_ours(self, tmp_path: Path) -> None:
        """Somebody may have put it into /tmp to have our socket elsewhere."""
        (tmp_path / "there").mkdir(mode=0o700)
        (tmp_path / "run").symlink_to(tmp_path / "there")
        with pytest.raises(HolderFailed, match="is not a folder of yours"):
            make_private(tmp_path / "run")

    @pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
    def test_another_users_folder_is_refused(self, tmp_path: Path) -> None:
        """The owner is named."""
        (tmp_path / "run").mkdir(mode=0o700)
        os.chown(tmp_path / "run", 12345, 12345)
        with pytest.raises(HolderFailed, match="its owner is user 12345"):
            make_private(tmp_path / "run")

    def test_a_folder_that_cannot_be_made_is_named(self, tmp_path: Path) -> None:
        """With the way out."""
        (tmp_path / "file").write_text("")
        with pytest.raises(HolderFailed, match="cannot make") as refused:
            make_private(tmp_path / "file" / "run")
        assert "XDG_RUNTIME_DIR" in str(refused.value.hint)


class TestSocket:
    """Listening and connecting."""

    @pytest.mark.parametrize("mask", [0o000, 0o777])
    def test_its_mode_is_the_users_alone_whatever_the_umask(self, tmp_path: Path, mask: int) -> None:
        """Uvicorn's own socket would be open to everybody."""
        with umask(mask), listen(tmp_path / "s.sock"):
            assert mode(tmp_path / "s.sock") == 0o600

    def test_one_that_was_left_behind_is_replaced_and_nobody_answers_there(self, tmp_path: Path) -> None:
        """A killed holder's socket refuses, and does not stand in the way."""
        listen(tmp_path / "s.sock").close()
        assert connect(tmp_path / "s.sock") is None
        with listen(tmp_path / "s.sock"):
            found = connect(tmp_path / "s.sock")
            assert found is not None
            found.close()

    def test_where_nothing_is_nobody_answers(self, tmp_path: Path) -> None:
        """No folder, no socket, a file in the way: there is no holder."""
        (tmp_path / "file").write_text("")
        assert connect(tmp_path / "none" / "s.sock") is None
        assert connect(tmp_path / "s.sock") is None
        assert connect(tmp_path / "file" / "s.sock") is None

    def test_a_path_that_is_too_long_for_the_kernel_works(self, tmp_path: Path) -> None:
        """Homes may be deep; the address goes by way of the folder."""
        folder = tmp_path / ("d" * 90) / ("e" * 90)
        folder.mkdir(parents=True)
        path = folder / "holder-0.sock"
        assert len(os.fsencode(path)) > MAX_SOCKET_PATH_BYTES
        with listen(path) as listening:
            found = connect(path)
            assert found is not None
            with found:
                listening.accept()[0].close()

    def test_what_cannot_be_listened_at_is_named(self, tmp_path: Path) -> None:
        """The path is in the message."""
        with pytest.raises(HolderFailed, match="no-folder"):
            listen(tmp_path / "no-folder" / "s.sock")

    def test_a_holder_that_takes_no_connections_is_named(self, tmp_path: Path) -> None:
        """Its queue of connections is full, as of one that is stopped."""
        with listen(tmp_path / "s.sock", backlog=0):
            held: list[socket.socket] = []
            try:
                with pytest.raises(HolderFailed, match="takes no connections"):  # noqa: PT012
                    while True:
                        found = connect(tmp_path / "s.sock", 0.2)
                        assert found is not None
                        held.append(found)
            finally:
                for connection in held:
                    connection.close()


class TestPlanted:
    """What somebody put where our socket belongs."""

    @pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user for a moment")
    def test_another_users_holder_gets_nothing(self, tmp_path: Path) -> None:
        """He listens at our place, open to all: he is named, unless that socket was asked for."""
        made = socket.socket(socket.AF_UNIX)
        made.bind(str(tmp_path / "s.sock"))
        os.seteuid(12345)
        try:
            made.listen()
        finally:
            os.seteuid(0)
        place = place_of(0, {}, named=str(tmp_path / "s.sock"))
        with made:
            with pytest.raises(HolderFailed, match="user 12345 listens at") as refused:
                reach(replace(place, is_named=False))
            assert "XDG_RUNTIME_DIR" in str(refused.value.hint)
            found = reach(place)
            assert found is not None
            found.close()

    def test_a_link_to_another_socket_is_replaced_where_we_listen(self, tmp_path: Path) -> None:
        """The link goes; what it led to stays as it was."""
        with listen(tmp_path / "other.sock") as other:
            (tmp_path / "s.sock").symlink_to(tmp_path / "other.sock")
            with listen(tmp_path / "s.sock"):
                assert not (tmp_path / "s.sock").is_symlink()
                found = connect(tmp_path / "other.sock")
                assert found is not None
                found.close()
                other.accept()[0].close()

    def test_a_link_to_a_file_costs_nobody_the_file(self, tmp_path: Path) -> None:
        """Its content and its mode stay."""
        (tmp_path / "file").write_text("kept")
        (tmp_path / "file").chmod(0o644)
        (tmp_path / "s.sock").symlink_to(tmp_path / "file")
        listen(tmp_path / "s.sock").close()
        assert ((tmp_path / "file").read_text(), mode(tmp_path / "file")) == ("kept", 0o644)

    def test_a_folder_in_the_way_is_named(self, tmp_path: Path) -> None:
        """It is not removed."""
        (tmp_path / "s.sock").mkdir()
        with pytest.raises(HolderFailed, match="cannot listen at"):
            listen(tmp_path / "s.sock")


class TestLock:
    """Who lives holds it."""

    def test_one_holder_at_a_time_and_it_says_who(self, tmp_path: Path) -> None:
        """The second finds it taken, and reads by whom."""
        first, second = Lock(tmp_path / "l"), Lock(tmp_path / "l")
        assert first.take_at_once()
        first.write("me")
        assert not second.take_at_once()
        assert second.read() == "me"
        first.release()
        first.release()
        assert second.take_at_once()
        second.release()

    def test_the_end_of_a_process_gives_it_back(self, tmp_path: Path) -> None:
        """Also one that was killed: no lock is ever stale."""
        ready, told = os.pipe()
        pid = os.fork()
        if pid == 0:
            Lock(tmp_path / "l").take_at_once()
            os.write(told, b".")
            os.close(told)
            while True:
                signal.pause()
        os.read(ready, 1)
        lock = Lock(tmp_path / "l")
        assert not lock.take_at_once()
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        assert lock.take_at_once()
        lock.release()
        os.close(ready)
        os.close(told)


def test_the_place_knows_its_folder(tmp_path: Path) -> None:
    """All three files are in it."""
    place = place_of(3, {"XDG_RUNTIME_DIR": str(tmp_path)})
    assert isinstance(place, Place)
    assert {place.socket.parent, place.life_lock.parent, place.start_lock.parent} == {place.folder}


def test_a_full_disk_is_named_with_the_way_on() -> None:
    """Whose lock cannot be written knows which file, and how to do without it."""
    lock = Lock(Path("/dev/full"))
    with pytest.raises(HolderFailed, match="cannot write /dev/full: No space left") as failed:
        lock.write("a holder")
    lock.release()
    assert failed.value.hint == "make room: df -h /dev; or do without a holder: axchat run --once"
