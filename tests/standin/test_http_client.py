"""The HTTP client of the stand-in behaves as cpp-httplib does with odd servers (facts: part II section 6)."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from axchat.standin import http_client

SHORT_OF_TIMEOUT_S = 0.25
BEYOND_TIMEOUT_S = 3.0


@contextmanager
def answering(*pieces: bytes, pause_s: float = 0) -> Iterator[str]:
    """A server that sends the pieces to one request, pausing before each, and closes; yields its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                for piece in pieces:
                    # Readable means that the client gave up.
                    if select.select([connection], [], [], pause_s)[0] and pause_s:
                        return
                    connection.sendall(piece)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


class TestAccepted:
    """Answers that the vendor's client takes."""

    @pytest.mark.parametrize(
        "answer",
        [
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
            b"HTTP/1.0 200 OK\r\n\r\n{}",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n",
        ],
    )
    def test_with_a_length_without_and_chunked(self, answer: bytes) -> None:
        """All three give the same body."""
        with answering(answer) as address:
            assert http_client.request(address, "GET", "/bos_id") == (200, b"{}")

    def test_a_drip_keeps_it_waiting_beyond_its_timeout(self) -> None:
        """The second is counted from the last byte, so white space holds a reply back."""
        pieces = [b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n", *[b" "] * 4, b"{}"]
        with answering(*pieces, pause_s=SHORT_OF_TIMEOUT_S) as address:
            assert http_client.request(address, "GET", "/eos_id").body == b"    {}"


class TestRefused:
    """What ends in the vendor's crash."""

    def test_a_silence_beyond_the_second_is_not_waited_out(self) -> None:
        """A whole answer that comes after three seconds comes too late."""
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
        with (
            answering(answer, pause_s=BEYOND_TIMEOUT_S) as address,
            pytest.raises(http_client.TransportFailed),
        ):
            http_client.request(address, "GET", "/bos_id")

    @pytest.mark.parametrize(
        "answer",
        [b"", b"hello\r\n\r\n", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"],
    )
    def test_an_incomplete_answer(self, answer: bytes) -> None:
        """Nothing, something else, half a head, half a body."""
        with answering(answer) as address, pytest.raises(http_client.TransportFailed):
            http_client.request(address, "GET", "/bos_id")

    @pytest.mark.parametrize(
        "address", ["http://127.0.0.1:1/", "127.0.0.1:1", "https://127.0.0.1:1", "http://127.0.0.1:99999"]
    )
    def test_an_address_that_its_pattern_does_not_know(self, address: str) -> None:
        """A trailing slash is enough."""
        with pytest.raises(http_client.TransportFailed):
            http_client.request(address, "GET", "/bos_id")


class TestConnecting:
    """The bare connection that multi and context builds make first."""

    def test_a_server_that_takes_it_is_there(self) -> None:
        """It is closed again without a word."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            assert http_client.connects(f"http://127.0.0.1:{listener.getsockname()[1]}")
            connection, _ = listener.accept()
            with connection:
                assert connection.recv(1) == b""

    @pytest.mark.parametrize("address", ["http://127.0.0.1:1", "http://127.0.0.1:1/", "127.0.0.1:1", ""])
    def test_nobody_and_no_address_are_not(self, address: str) -> None:
        """Neither is an exception."""
        assert not http_client.connects(address)
