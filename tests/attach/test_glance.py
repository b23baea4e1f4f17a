"""What a line on the screen shows of the holder."""

import json
import socket
import threading
from pathlib import Path

import pytest

from axchat.attach.glance import Glance, glance, glance_of
from axchat.attach.place import Place, listen, make_private, place_of
from axchat.engines.scripted import ScriptedEngine
from support.live_holder import LiveHolder


def test_a_living_holder_tells_its_queue(tmp_path: Path) -> None:
    """Without a card no temperature is known; a holder that has nothing to do says so."""
    with LiveHolder(tmp_path, lambda _spec, _sampling: ScriptedEngine(["x"])) as holder:
        assert glance(holder.place) == Glance(None, 0, False)


def test_no_holder_is_nothing_and_stays_none(tmp_path: Path) -> None:
    """Nobody is started by a glance."""
    place = place_of(0, {"XDG_RUNTIME_DIR": str(tmp_path)})
    assert glance(place) is None
    assert not place.socket.exists()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Where nobody lives yet."""
    found = place_of(0, {"XDG_RUNTIME_DIR": str(tmp_path)})
    make_private(found.socket.parent)
    return found


@pytest.mark.parametrize(
    "said",
    [b"", b"no HTTP\r\n\r\n", b"HTTP/1.0 500 no\r\n\r\nbug", b"HTTP/1.0 200 OK\r\n\r\n{", None],
    ids=["ends", "no HTTP", "fails", "half", "silent"],
)
def test_a_holder_that_fails_shows_nothing(place: Place, said: bytes | None) -> None:
    """The chat goes on: no error comes of a glance, and one that is silent is not waited for."""
    with listen(place.socket) as server:
        held: list[socket.socket] = []

        def play() -> None:
            peer, _ = server.accept()
            held.append(peer)
            if said is not None:
                peer.recv(65536)
                peer.sendall(said)
                peer.close()

        player = threading.Thread(target=play)
        player.start()
        assert glance(place, 60.0 if said is not None else 0.1) is None
        player.join()
        held[0].close()


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ({"celsius": 57, "queue": 2, "is_busy": True}, Glance(57.0, 2, True)),
        ({"queue": 0, "is_busy": False}, Glance(None, 0, False)),
        ({"celsius": "hot", "queue": 0, "is_busy": False}, Glance(None, 0, False)),
        ({"celsius": 50, "queue": None, "is_busy": False}, None),
        ({}, None),
        ([], None),
        ("x", None),
    ],
)
def test_what_a_status_tells(told: object, shown: Glance | None) -> None:
    """A holder of another version may lack the temperature; what is no status is nothing."""
    assert glance_of(json.dumps(told).encode()) == shown
