"""A question to a holder that ends just then."""

import socket
import threading
from pathlib import Path

import pytest

from axchat.attach.place import Place
from axchat.cli.holding import ask

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n"


@pytest.mark.parametrize("said", [b"", HEAD[:20], HEAD, HEAD + b'{"pid": 1'])
def test_a_holder_that_ends_before_or_within_its_answer_is_none(tmp_path: Path, said: bytes) -> None:
    """It is as if no holder lived: one moment later none does."""
    place = Place(tmp_path / "s", tmp_path / "l", tmp_path / "t")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place.socket))
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(said)

        server = threading.Thread(target=serve)
        server.start()
        assert ask(place, "GET", "/status") is None
        server.join()
