"""HTTP by hand: what a client library would hide."""

import http.client
import json
import socket
from dataclasses import dataclass
from typing import Any, Self

PATIENCE_S = 60.0


@dataclass(frozen=True)
class Got:
    """A whole HTTP answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


def call(
    port: int, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
) -> Got:
    """One request on a connection of its own; a body that is no bytes is sent as JSON."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    sent = headers or {}
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} | sent
    try:
        connection.request(method, path, body, sent)
        response = connection.getresponse()
        return Got(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


class Caller:
    """A client that reads as much as it likes and may hang up; a context manager."""

    def __init__(self, port: int, path: str, body: object, headers: dict[str, str] | None = None) -> None:
        sent = json.dumps(body).encode()
        lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        lines += [f"Content-Length: {len(sent)}", "", ""]
        self.received = b""
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self._socket.sendall("\r\n".join(lines).encode() + sent)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up()

    def read_until(self, mark: bytes) -> bytes:
        """Read until the mark was received; all that was."""
        while mark not in self.received:
            chunk = self._socket.recv(65536)
            assert chunk, f"the server closed after {self.received!r}"
            self.received += chunk
        return self.received

    def hang_up(self) -> None:
        """Close the connection."""
        self._socket.close()
