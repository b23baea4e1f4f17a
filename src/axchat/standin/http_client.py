"""One HTTP request as cpp-httplib 0.15.3 makes it, for the vendor's tokenizer calls.

One connection per request, ``Connection: close``, header and body in two sends, 1 s for each of connect, read
and write; a silence of more than a second anywhere is a failure (runner-console facts, part II section 6).
"""

import re
import socket
from typing import NamedTuple

OK = 200
TIMEOUT_S = 1.0
"""The vendor's set_connection_timeout(1), set_read_timeout(1), set_write_timeout(1)."""
_CHUNK_BYTES = 4096
_HTTP_PORT = 80
_ADDRESS = re.compile(r"http://(?:\[([0-9A-Fa-f:]+)\]|([^:/?#]+))(?::([0-9]{1,5}))?\Z")
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: [^\r\n]*)?\r?\n\Z")


class TransportFailed(Exception):
    """No complete answer came: the vendor's result object is empty."""


def connects(address: str) -> bool:
    """Say whether ``http://host:port`` takes a connection, which is closed again without a word."""
    parts = _ADDRESS.match(address)
    if parts is None:
        return False
    try:
        socket.create_connection(
            (parts[1] or parts[2], int(parts[3] or _HTTP_PORT)), timeout=TIMEOUT_S
        ).close()
    except (OSError, OverflowError):
        return False
    return True


class Reply(NamedTuple):
    """An answer: status and body."""

    status: int
    body: bytes


def request(
    address: str, method: str, path: str, body: bytes | None = None, *, timeout_s: float = TIMEOUT_S
) -> Reply:
    """Make one request to ``http://host:port`` (no trailing slash, as the vendor's client demands).

    Raises TransportFailed for anything but a complete HTTP answer.
    """
    parts = _ADDRESS.match(address)
    if parts is None:
        raise TransportFailed(address)
    host = parts[1] or parts[2]
    port = int(parts[3] or _HTTP_PORT)
    try:
        with socket.create_connection((host, port), timeout=timeout_s) as connection:
            connection.sendall(_head(method, path, f"[{host}]" if parts[1] else host, port, body))
            if body:
                connection.sendall(body)
            return _read_reply(_Stream(connection))
    except (OSError, ValueError, OverflowError) as error:
        raise TransportFailed(str(error)) from error


def _head(method: str, path: str, host: str, port: int, body: bytes | None) -> bytes:
    fields = ["Accept: */*", "Connection: close"]
    if body is not None:
        fields += [f"Content-Length: {len(body)}", "Content-Type: application/json"]
    fields += [
        f"Host: {host}" if port == _HTTP_PORT else f"Host: {host}:{port}",
        "User-Agent: cpp-httplib/0.15.3",
    ]
    return (f"{method} {path} HTTP/1.1\r\n" + "\r\n".join(fields) + "\r\n\r\n").encode()


class _Stream:
    """Buffered reading with the timeout on every read; raises TransportFailed when the data ends early."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._held = b""

    def line(self) -> bytes:
        while b"\n" not in self._held:
            self._more()
        line, newline, self._held = self._held.partition(b"\n")
        return line + newline

    def exactly(self, size: int) -> bytes:
        while len(self._held) < size:
            self._more()
        data, self._held = self._held[:size], self._held[size:]
        return data

    def rest(self) -> bytes:
        while data := self._connection.recv(_CHUNK_BYTES):
            self._held += data
        return self._held

    def _more(self) -> None:
        data = self._connection.recv(_CHUNK_BYTES)
        if not data:
            raise TransportFailed("the answer ends early")
        self._held += data


def _read_reply(stream: _Stream) -> Reply:
    status = _STATUS.match(stream.line())
    if status is None:
        raise TransportFailed("not an HTTP answer")
    fields = _read_fields(stream)
    if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
        body = _read_chunks(stream)
    elif b"content-length" in fields:
        body = stream.exactly(int(fields[b"content-length"]))
    else:
        body = stream.rest()
    return Reply(int(status[1]), body)


def _read_fields(stream: _Stream) -> dict[bytes, bytes]:
    fields = {}
    while line := stream.line().strip():
        name, _, value = line.partition(b":")
        fields[name.strip().lower()] = value.strip()
    return fields


def _read_chunks(stream: _Stream) -> bytes:
    body = b""
    while size := int(stream.line().partition(b";")[0], 16):
        body += stream.exactly(size)
        stream.line()
    _read_fields(stream)
    return body
