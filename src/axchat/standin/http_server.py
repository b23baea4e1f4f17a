"""HTTP/1.1 as the vendor's servers speak it: fields, their order, and when a connection is closed.

Recorded axllm-s01, s02-raw-bodies, s03; runner-console facts, part III sections 5 and 6.
"""

import queue
import re
import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

WORKERS = 8
BACKLOG = 5
IDLE_S = 5.0
"""How long a connection may stay silent, and how long one write may take."""
STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5, max=100\r\nTransfer-Encoding: chunked\r\n"
    b"Connection: keep-alive\r\nCache-Control: no-cache\r\nContent-Type: text/event-stream\r\n"
    b"Content-Type: text/event-stream\r\n\r\n"
)
LAST_CHUNK = b"0\r\n\r\n"
_REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    500: "Internal Server Error",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
_FIRST_ERROR = 400
_RECEIVED_BYTES = 65536
_LENGTH = re.compile(rb"(?im)^content-length: *(\d+)")
_CHUNKED = re.compile(rb"(?im)^transfer-encoding: *chunked")


class Gone(Exception):
    """The client closed the connection, or is silent for too long."""


class Request(NamedTuple):
    """A whole request."""

    method: str
    path: str
    body: bytes


class Reply(NamedTuple):
    """An answer that is no stream.

    ``what`` is the text of an exception that the handler threw; ``has_cors``: any page may read it.
    """

    status: int
    body: bytes = b""
    what: str = ""
    has_cors: bool = False


class Connection:
    """A client's connection; raises Gone whenever it breaks."""

    def __init__(self, peer: socket.socket) -> None:
        self._peer = peer
        self._held = b""
        peer.settimeout(IDLE_S)

    def request(self) -> Request:
        """Read the next request."""
        head = self._until(b"\r\n\r\n")
        method, path, *_ = [*head.split(b"\r\n", 1)[0].decode("latin-1").split(" "), "", ""]
        if _CHUNKED.search(head):
            return Request(method, path, self._chunks())
        length = _LENGTH.search(head)
        return Request(method, path, self._exactly(int(length[1]) if length else 0))

    def send(self, data: bytes) -> None:
        """Write bytes."""
        try:
            self._peer.sendall(data)
        except OSError as error:
            raise Gone from error

    def reply(self, reply: Reply) -> None:
        """Write an answer; one that is an error announces the end of the connection."""
        is_error = reply.status >= _FIRST_ERROR
        fields = ["Access-Control-Allow-Origin: *"] if reply.has_cors else []
        fields += ["Connection: close" if is_error else "Keep-Alive: timeout=5, max=100"]
        fields.append(f"Content-Length: {len(reply.body)}")
        if reply.body:
            fields.append("Content-Type: application/json")
        if reply.what:
            fields.append(f"EXCEPTION_WHAT: {reply.what}")
        status = f"HTTP/1.1 {reply.status} {_REASONS[reply.status]}"
        self.send("\r\n".join([status, *fields, "", ""]).encode() + reply.body)
        if is_error:
            raise Gone

    def send_chunk(self, data: bytes) -> None:
        """Write one chunk of a stream."""
        self.send(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def is_there(self) -> bool:
        """Say whether the client still listens; one that only stopped sending counts as gone too."""
        try:
            says_something = select.select([self._peer], [], [], 0)[0]
            return not says_something or self._peer.recv(1, socket.MSG_PEEK) != b""
        except (OSError, ValueError):
            return False

    def close(self) -> None:
        """Cut the connection; its thread sees it gone."""
        try:
            self._peer.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def _until(self, end: bytes) -> bytes:
        while end not in self._held:
            self._more()
        data, _, self._held = self._held.partition(end)
        return data

    def _exactly(self, size: int) -> bytes:
        while len(self._held) < size:
            self._more()
        data, self._held = self._held[:size], self._held[size:]
        return data

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self._until(b"\r\n").partition(b";")[0], 16):
            body += self._exactly(size)
            self._until(b"\r\n")
        self._until(b"\r\n")
        return body

    def _more(self) -> None:
        try:
            data = self._peer.recv(_RECEIVED_BYTES)
        except OSError as error:
            raise Gone from error
        if not data:
            raise Gone
        self._held += data


class Workers:
    """The threads of a server, each taken by one connection, an idle one too."""

    def __init__(self, listener: socket.socket, answer: Callable[[Connection, Request], None]) -> None:
        self._listener = listener
        self._answer = answer
        self._waiting: queue.SimpleQueue[socket.socket] = queue.SimpleQueue()
        listener.listen(BACKLOG)

    def start(self) -> None:
        """Take connections; they queue until then."""
        for _ in range(WORKERS):
            threading.Thread(target=self._work, daemon=True).start()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):  # closed at the end
            while True:
                self._waiting.put(self._listener.accept()[0])

    def _work(self) -> None:
        while True:
            with self._waiting.get() as peer, suppress(Gone):
                connection = Connection(peer)
                while True:
                    self._answer(connection, connection.request())
