"""One HTTP request whose answer is read as it arrives, and which another thread can stop."""

import contextlib
import http.client
import socket
import ssl
from collections.abc import Iterator, Mapping

from axchat.deadline import NEVER, Deadline
from axchat.errors import EngineFault, RunnerFailed, RunnerTimeout

# Loopback connects at once or not at all; a full accept queue is the only wait.
CONNECT_TIMEOUT_S = 5.0
# Across the world a connection takes some round trips: one lost packet is sent again after 1, 2 and 4 s.
REMOTE_CONNECT_TIMEOUT_S = 15.0
# A connection breaks a moment before the kernel reports the end of the child that served it.
DEATH_PATIENCE_S = 1.0
# An error body is one JSON object; more is not read.
MAX_ERROR_BYTES = 64 * 1024
_READ_BYTES = 64 * 1024


class HttpStream:
    """A request and its streamed answer: ``post`` once, then drain ``chunks``, then ``close``.

    ``cancel`` may be called from another thread or from a signal handler, at any time, also before
    ``post``: it shuts the socket down, so that whoever waits on it wakes up, and the server sees that
    the client is gone. Everything else belongs to one thread.

    No proxy is ever used, whatever the environment names.

    Args:
        host: name or address.
        port: where the server listens.
        deadline: for the whole answer.
        tls: for https; None for plain http.
        connect_timeout_s: how long connecting may take at most, seconds.
    """

    def __init__(
        self,
        host: str,
        port: int,
        deadline: Deadline = NEVER,
        *,
        tls: ssl.SSLContext | None = None,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
    ) -> None:
        patience_s = deadline.left(connect_timeout_s) or 0.001
        self._connection = (
            http.client.HTTPConnection(host, port, timeout=patience_s)
            if tls is None
            else http.client.HTTPSConnection(host, port, timeout=patience_s, context=tls)
        )
        self._deadline = deadline
        self._has_sent = False
        self._socket: socket.socket | None = None
        self._response: http.client.HTTPResponse | None = None
        self._cancelled = False

    @property
    def was_cancelled(self) -> bool:
        """Whether ``cancel`` was called."""
        return self._cancelled

    @property
    def has_sent(self) -> bool:
        """Whether the server may have got the request, or a part of it."""
        return self._has_sent

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> int | None:
        """``request`` with POST."""
        return self.request("POST", path, body, headers)

    def request(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> int | None:
        """Send the request and wait for the head of the answer.

        Returns:
            The HTTP status; None when cancelled.

        Raises:
            RunnerTimeout: no answer before the deadline.
            RunnerFailed: the server is not there, or went away, or does not speak HTTP.
            EngineFault: its TLS certificate is not trusted, or it has no TLS.
        """
        try:
            self._connection.connect()
            self._socket = self._connection.sock
            if self._cancelled:
                return None
            self._arm()
            self._has_sent = True
            self._connection.request(method, path, body, {"Connection": "close", **headers})
            self._arm()
            self._response = self._connection.getresponse()
        except (OSError, http.client.HTTPException) as exc:
            self._translate(exc)
            return None
        return self._response.status

    def header(self, name: str) -> str | None:
        """A field of the answer's head."""
        return None if self._response is None else self._response.getheader(name)

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
                # Not the TLS socket's own method: that one would have the reader take ciphertext for text.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

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
        if isinstance(exc, TimeoutError) and self._socket is None and not self._deadline.is_over:
            raise RunnerTimeout("the server does not take connections") from exc
        if isinstance(exc, TimeoutError):
            raise RunnerTimeout(
                "the answer was not complete in the time allowed", hint="allow more time with --timeout"
            ) from exc
        if isinstance(exc, ConnectionRefusedError):
            raise RunnerFailed("nothing listens where the server was") from exc
        if isinstance(exc, ssl.SSLCertVerificationError):
            raise EngineFault(
                f"the server's certificate is not trusted: {exc.verify_message}",
                hint="use the name in its certificate; SSL_CERT_FILE names other authorities",
            ) from exc
        if isinstance(exc, ssl.SSLError) and self._socket is None:
            raise EngineFault(
                f"no TLS connection to the server: {exc.reason or 'it broke off'}",
                hint="an address with http:// is for servers without TLS",
            ) from exc
        if isinstance(exc, socket.gaierror):
            raise RunnerFailed("the server's name is not known here", hint="check the address") from exc
        if isinstance(exc, http.client.BadStatusLine) and not isinstance(exc, ConnectionError):
            raise RunnerFailed("what listens there does not speak HTTP", hint="check the address") from exc
        if self._socket is None and isinstance(exc, OSError):
            raise RunnerFailed(f"cannot reach the server: {exc.strerror or exc}") from exc
        raise RunnerFailed("the server closed the connection before the answer was complete") from exc
