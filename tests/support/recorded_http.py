"""Recorded HTTP exchanges: the server's bytes of each connection, and a real server that sends them again."""

import ast
import contextlib
import re
import socket
import ssl
import threading
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

AXLLM_SERVE = Path(__file__).parents[1] / "captures" / "axllm-serve"
PATIENCE_S = 60.0
CERTIFICATE = Path(__file__).with_name("loopback.pem")
"""A certificate for ``localhost`` that nobody else signed, and its key, made for these tests."""

_LINE = re.compile(r" *[\d.]+ c(\d+)([<>!]) +(b['\"].*)")


class Exchange(NamedTuple):
    """One connection: what the client sent, and the server's pieces as they left it."""

    sent: bytes
    pieces: tuple[bytes, ...]

    @property
    def received(self) -> bytes:
        """The whole answer."""
        return b"".join(self.pieces)


def exchanges(name: str) -> list[Exchange]:
    """The connections of a recording of ``axllm serve``, in order."""
    sent: dict[int, bytes] = defaultdict(bytes)
    pieces: dict[int, list[bytes]] = defaultdict(list)
    for line in (AXLLM_SERVE / f"{name}.http").read_text().splitlines():
        if (found := _LINE.fullmatch(line)) is None:
            continue
        data = ast.literal_eval(found[3])
        if found[2] == ">":
            sent[int(found[1])] += data
        elif found[2] == "<":
            pieces[int(found[1])].append(data)
    return [Exchange(sent[number], tuple(pieces[number])) for number in sorted(sent)]


_MODELS_BODY = (
    b'{"data":[{"id":"AXERA-TECH/Qwen2.5-rig","object":"model","created":1,"owned_by":"openai-api"}],'
    b'"object":"list"}'
)
MODELS = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
    len(_MODELS_BODY),
    _MODELS_BODY,
)
"""The list of models as ``axllm serve`` gives it (fields as recorded, on one line)."""


class PieceServer:
    """A server on an ephemeral port of 127.0.0.1 that answers each connection with given pieces.

    ``answers`` are used in order. After piece number ``hold_after`` (from 1) it waits until ``release`` is
    set or the client has gone. ``requests`` holds what was asked; ``gone`` is set when a held client left.
    """

    def __init__(
        self, answers: Sequence[Sequence[bytes]], hold_after: int | None = None, *, is_tls: bool = False
    ) -> None:
        self.requests: list[bytes] = []
        self.release = threading.Event()
        self.gone = threading.Event()
        self._answers = [tuple(answer) for answer in answers]
        self._hold_after = hold_after
        self._tls: ssl.SSLContext | None = None
        if is_tls:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(CERTIFICATE)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._threads: list[threading.Thread] = []
        self._acceptor = threading.Thread(target=self._accept)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._acceptor.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join(PATIENCE_S)
        self._listener.close()
        for thread in self._threads:
            thread.join(PATIENCE_S)

    def _accept(self) -> None:
        for answer in self._answers:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(peer, answer))
            self._threads.append(thread)
            thread.start()

    def _serve(self, peer: socket.socket, answer: tuple[bytes, ...]) -> None:
        peer.settimeout(PATIENCE_S)
        # a client that does not trust the certificate, or that goes away
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            if self._tls is not None:
                try:
                    peer = self._tls.wrap_socket(peer, server_side=True)
                except BaseException:
                    peer.close()
                    raise
            with peer:
                self.requests.append(read_request(peer))
                for number, piece in enumerate(answer, 1):
                    peer.sendall(piece)
                    if number == self._hold_after and b"text/event-stream" in answer[0]:
                        self._hold(peer)

    def _hold(self, peer: socket.socket) -> None:
        waiter = threading.Thread(target=self._notice_leaving, args=(peer,))
        waiter.start()
        self.release.wait(PATIENCE_S)
        with contextlib.suppress(OSError):
            peer.shutdown(socket.SHUT_RD)
        waiter.join(PATIENCE_S)

    def _notice_leaving(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if peer.recv(1) == b"" and not self.release.is_set():
                self.gone.set()
                self.release.set()


def read_request(peer: socket.socket) -> bytes:
    """A whole request, head and body."""
    request = b""
    while b"\r\n\r\n" not in request:
        received = peer.recv(65536)
        if not received or received[:1] == b"\x16":  # a TLS handshake is no request
            return request
        request += received
    head, _, body = request.partition(b"\r\n\r\n")
    found = re.search(rb"(?i)content-length: *(\d+)", head)
    while len(body) < (int(found[1]) if found else 0):
        body += peer.recv(65536)
    return head + b"\r\n\r\n" + body


def answer_of(status: str, body: bytes, *fields: str) -> list[bytes]:
    """An answer with a JSON body."""
    head = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *fields]
    return ["\r\n".join(head).encode() + b"\r\n\r\n" + body]
