"""The streamed POST, against real sockets."""

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from axchat.deadline import NEVER, Deadline
from axchat.errors import RunnerFailed, RunnerTimeout
from axchat.process.http_stream import MAX_ERROR_BYTES, HttpStream

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
# Far above what a busy machine needs, far below the default time limit of a test.
PATIENCE_S = 20.0

Script = Callable[[socket.socket, bytes], None]
Serve = Callable[[Script], int]


def chunk(data: bytes) -> bytes:
    """One chunk of the chunked transfer encoding."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def until_gone(peer: socket.socket) -> None:
    """Wait until the client has left."""
    peer.settimeout(PATIENCE_S)
    try:
        while peer.recv(1024):
            pass
    except ConnectionResetError:
        return


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server that answers one connection by a script; returns its port."""
    threads: list[threading.Thread] = []
    listeners: list[socket.socket] = []
    failures: list[BaseException] = []

    def start(script: Script) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listener.settimeout(PATIENCE_S)

        def run() -> None:
            try:
                peer, _ = listener.accept()
                with peer:
                    peer.settimeout(PATIENCE_S)
                    request = b""
                    while b"\r\n\r\n" not in request:
                        received = peer.recv(65536)
                        if not received:
                            return
                        request += received
                    script(peer, request)
            except BaseException as exc:  # noqa: BLE001 - handed to the test below
                failures.append(exc)

        thread = threading.Thread(target=run)
        thread.start()
        threads.append(thread)
        listeners.append(listener)
        return int(listener.getsockname()[1])

    yield start
    for thread in threads:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
    for listener in listeners:
        listener.close()
    assert not failures


def opened(port: int, deadline: Deadline = NEVER) -> "closing[HttpStream]":
    """A stream to the port that is closed at the end."""
    return closing(HttpStream("127.0.0.1", port, deadline))


def test_pieces_arrive_before_the_end(serve: Serve) -> None:
    """A piece is given as soon as the server has sent it, while the rest does not exist yet."""
    go_on = threading.Event()

    def script(peer: socket.socket, request: bytes) -> None:
        assert request.startswith(b"POST /p HTTP/1.1")
        assert b"Authorization: Bearer k" in request
        peer.sendall(HEAD + chunk(b"one"))
        assert go_on.wait(PATIENCE_S)
        peer.sendall(chunk(b"two") + b"0\r\n\r\n")

    with opened(serve(script)) as stream:
        assert stream.post("/p", b"{}", {"Authorization": "Bearer k"}) == 200
        pieces = stream.chunks()
        assert next(pieces) == b"one"
        go_on.set()
        assert b"".join(pieces) == b"two"


def test_a_break_is_not_an_end(serve: Serve) -> None:
    """A connection that breaks inside the answer is an error after the pieces that came."""
    with opened(serve(lambda peer, _: peer.sendall(HEAD + chunk(b"one")))) as stream:
        stream.post("/", b"", {})
        pieces = stream.chunks()
        assert next(pieces) == b"one"
        with pytest.raises(RunnerFailed, match="before the answer was complete"):
            next(pieces)


def test_no_answer_at_all_is_an_error(serve: Serve) -> None:
    """A server that closes without a word has failed."""
    with opened(serve(lambda *_: None)) as stream, pytest.raises(RunnerFailed):
        stream.post("/", b"", {})


def test_garbage_is_an_error(serve: Serve) -> None:
    """What is not HTTP is translated too."""
    with opened(serve(lambda peer, _: peer.sendall(b"SSH-2.0-x\r\n"))) as stream, pytest.raises(RunnerFailed):
        stream.post("/", b"", {})


def test_nobody_listens() -> None:
    """A port without a server is named as such."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    with opened(port) as stream, pytest.raises(RunnerFailed, match="nothing listens"):
        stream.post("/", b"", {})


@pytest.mark.parametrize("sent", [b"", HEAD, HEAD + chunk(b"one")], ids=["silence", "head", "first piece"])
def test_the_deadline_holds_for_the_whole_answer(serve: Serve, sent: bytes) -> None:
    """Time runs out the same before the head, after it and between pieces."""

    def script(peer: socket.socket, _: bytes) -> None:
        peer.sendall(sent)
        until_gone(peer)

    def read(stream: HttpStream) -> None:
        stream.post("/", b"", {})
        list(stream.chunks())

    with opened(serve(script), Deadline(0.2)) as stream, pytest.raises(RunnerTimeout):
        read(stream)


def test_a_passed_deadline_sends_nothing(serve: Serve) -> None:
    """With no time left no request goes out."""
    asked = threading.Event()
    with opened(serve(lambda *_: asked.set()), Deadline(0.0)) as stream, pytest.raises(RunnerTimeout):
        stream.post("/", b"", {})
    assert not asked.is_set()


@pytest.mark.parametrize("sent", [b"", HEAD + chunk(b"one")], ids=["before the head", "between pieces"])
def test_cancel_wakes_the_reader(serve: Serve, sent: bytes) -> None:
    """A reader that waits ends at once when another thread cancels, and the server sees it leave."""
    waiting, left = threading.Event(), threading.Event()

    def script(peer: socket.socket, _: bytes) -> None:
        peer.sendall(sent)
        waiting.set()
        until_gone(peer)
        left.set()

    with opened(serve(script)) as stream:

        def stop() -> None:
            assert waiting.wait(PATIENCE_S)
            stream.cancel()

        stopper = threading.Thread(target=stop)
        stopper.start()
        status = stream.post("/", b"", {})
        pieces = list(stream.chunks())
        stopper.join()
        assert stream.was_cancelled
        assert (status, pieces) in [(None, []), (200, [b"one"]), (200, [])]
    assert left.wait(PATIENCE_S)


def test_cancel_before_the_request_sends_nothing(serve: Serve) -> None:
    """A stream that was cancelled before it began never asks."""
    asked = threading.Event()
    with opened(serve(lambda *_: asked.set())) as stream:
        stream.cancel()
        assert stream.post("/", b"", {}) is None
        assert list(stream.chunks()) == []
    assert not asked.is_set()


def test_cancel_after_the_end_does_nothing(serve: Serve) -> None:
    """Cancelling twice, after the end and after close is harmless."""
    with opened(serve(lambda peer, _: peer.sendall(HEAD + b"0\r\n\r\n"))) as stream:
        stream.post("/", b"", {})
        assert list(stream.chunks()) == []
        stream.cancel()
        stream.cancel()
    stream.close()
    stream.cancel()


def test_cancel_from_a_signal_handler(serve: Serve) -> None:
    """The thread that waits may be the one whose signal handler cancels."""
    main = threading.get_ident()

    def script(peer: socket.socket, _: bytes) -> None:
        peer.sendall(HEAD)
        signal.pthread_kill(main, signal.SIGUSR1)
        until_gone(peer)

    with opened(serve(script)) as stream:
        before = signal.signal(signal.SIGUSR1, lambda *_: stream.cancel())
        try:
            stream.post("/", b"", {})
            assert list(stream.chunks()) == []
        finally:
            signal.signal(signal.SIGUSR1, before)
        assert stream.was_cancelled


def test_a_cancel_ends_a_reader_that_waits(serve: Serve) -> None:
    """From another thread, and the peer would say nothing more for ever."""
    waiting = threading.Event()

    def script(peer: socket.socket, _: bytes) -> None:
        peer.sendall(HEAD + chunk(b"one"))
        until_gone(peer)

    with opened(serve(script)) as stream:
        stream.post("/", b"", {})
        heard: list[bytes] = []

        def read() -> None:
            for piece in stream.chunks():
                heard.append(piece)
                waiting.set()

        reader = threading.Thread(target=read)
        reader.start()
        assert waiting.wait(PATIENCE_S)
        stream.cancel()
        reader.join(PATIENCE_S)
        assert not reader.is_alive()
        assert heard == [b"one"]


def test_an_error_body_is_bounded(serve: Serve) -> None:
    """Of an endless error only the beginning is read."""

    def script(peer: socket.socket, _: bytes) -> None:
        peer.sendall(b"HTTP/1.1 500 no\r\n\r\n")
        try:
            while True:
                peer.sendall(b"x" * 65536)
        except OSError:
            return

    with opened(serve(script)) as stream:
        assert stream.post("/", b"", {}) == 500
        assert len(stream.error_body()) == MAX_ERROR_BYTES
