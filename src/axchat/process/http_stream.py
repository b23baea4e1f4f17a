"""One POST over loopback whose answer is read as it arrives, and which another thread can stop."""

import contextlib
import http.client
import socket
from collections.abc import Iterator, Mapping

from axchat.deadline import NEVER, Deadline
from axchat.errors import RunnerFailed, RunnerTimeout

# Loopback connects at once or not at all; a full accept queue is the only wait.
CONNECT_TIMEOUT_S = 5.0
# An error body is one JSON object; more is not read.
MAX_ERROR_BYTES = 64 * 1024
_READ_BYTES = 64 * 1024


class HttpStream:
    """A request and its streamed answer: ``post`` once, then drain ``chunks``, then ``close``.

    ``cancel`` may be called from another thread or from a signal handler, at any time, also before
    ``post``: it shuts the socket down, so that whoever waits on it wakes up, and the server sees that
    the client is gone. Everything else belongs to one thread.

    Args:
        host: a loopback address.
        port: where the server listens.
        deadline: for the whole answer.
    """

    def __init__(self, host: str, port: int, deadline: Deadline = NEVER) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=CONNECT_TIMEOUT_S)
        self._deadline = deadline
        self._socket: socket.socket | None = None
        self._response: http.client.HTTPResponse | None = None
        self._cancelled = False

    @property
    def was_cancelled(self) -> bool:
        """Whether ``cancel`` was called."""
        return self._cancelled

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> int | None:
        """Send the request and wait for the head of the answer.

        Returns:
            The HTTP status; None when cancelled.

        Raises:
            RunnerTimeout: no answer before the deadline.
            RunnerFailed: the server is not there, or went away.
        """
        try:
            self._connection.connect()
            self._socket = self._connection.sock
            if self._cancelled:
                return None
            self._arm()
            self._connection.request("POST", path, body, {"Connection": "close", **headers})
            self._arm()
            self._response = self._connection.getresponse()
        except (OSError, http.client.HTTPException) as exc:
            self._translate(exc)
            return None
        return self._response.status

    def chunks(self) -> Iterator[bytes]:
        """The answer's bytes, each piece as soon as it is there; ends early when cancelled.

        Raises:
            RunnerTimeout: the deadline passed before the end.
            RunnerFailed: the connection broke before the end.
        """
        # since Python 3.13 a response that was read to its announced length has closed its socket by itself
        while not self._cancelled and self._response is not None and not self._response.isclosed():
            try:
                self._arm()
                chunk = self._response.read1(_READ_BYTES)
            except (OSError, http.client.HTTPException) as exc:
                self._translate(exc)
                return
            if not chunk:
                return
            yield chunk

    def error_body(self) -> bytes:
        """The answer's bytes when it is an error, of a bounded length."""
        body = b""
        for chunk in self.chunks():
            body += chunk
            if len(body) >= MAX_ERROR_BYTES:
                break
        return body[:MAX_ERROR_BYTES]

    def cancel(self) -> None:
        """Stop waiting and reading, at once; takes no lock."""
        self._cancelled = True
        if self._socket is not None:
            # Not connected any more, or closed by the owner: nothing is left to stop.
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the connection back; may be called twice."""
        if self._response is not None:
            self._response.close()
        self._connection.close()

    def _arm(self) -> None:
        assert self._socket is not None
        left = self._deadline.left()
        if left == 0:
            raise TimeoutError
        self._socket.settimeout(left)

    def _translate(self, exc: Exception) -> None:
        if self._cancelled:
            return
        if isinstance(exc, TimeoutError):
            raise RunnerTimeout(
                "the answer was not complete in the time allowed", hint="allow more time with --timeout"
            ) from exc
        if isinstance(exc, ConnectionRefusedError):
            raise RunnerFailed("nothing listens where the server was") from exc
        raise RunnerFailed("the server closed the connection before the answer was complete") from exc
