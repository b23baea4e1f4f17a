"""One request to the holder over its Unix socket, whose answer is read line by line.

Plain HTTP/1.0, whose answer ends with the connection: ``http.client`` would cost an attached command more
start-up time (email, ssl) than the whole request takes.
"""

import contextlib
import json
import socket
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from axchat import __version__
from axchat.deadline import NEVER, Deadline
from axchat.errors import AxchatError, HolderFailed, RunnerTimeout
from axchat.wire.holder import API, decode_error

OK = 200
_READ_BYTES = 64 * 1024
_MAX_HEAD_BYTES = 16 * 1024


class HolderGone(HolderFailed):
    """The holder ended before it answered: it read nothing, or nothing came of it. Ask another one."""


class Talk:
    """A request on a connection of its own, and its answer.

    Everything belongs to one thread, but for ``hang_up``.

    Args:
        connection: to the holder; closed with this.
        method: GET or POST.
        path: after ``API``.
        body: JSON, for POST.
        deadline: for the whole answer.
        patience_s: until the answer begins, where that takes the holder no time; None is for ever.

    Raises:
        HolderFailed: it did not begin to answer, or is no holder.
        HolderGone: it ended before it answered.
        RunnerTimeout: it did not answer in time.
        AxchatError: it refused; the error is its own.
    """

    def __init__(
        self,
        connection: socket.socket,
        method: str,
        path: str,
        body: bytes = b"",
        deadline: Deadline = NEVER,
        patience_s: float | None = None,
    ) -> None:
        self._connection = connection
        self._deadline = deadline
        self._patience = Deadline(patience_s)
        self._buffer = b""
        try:
            self._send(method, path, body)
            self.status = self._read_head()
            self._patience = NEVER
            if self.status != OK:
                self._refuse()
        except BaseException:  # Ctrl-C too: the holder sees that nobody listens
            self.close()
            raise

    def _send(self, method: str, path: str, body: bytes) -> None:
        head = (
            f"{method} {API}{path} HTTP/1.0\r\nHost: axchat\r\nUser-Agent: axchat/{__version__}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        try:
            self._arm()
            self._connection.sendall(head.encode("ascii") + body)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it may have answered before it read all; otherwise reading finds that it is gone
        except TimeoutError as error:
            raise self._too_slow() from error

    def _read_head(self) -> int:
        while b"\r\n\r\n" not in self._buffer:
            if len(self._buffer) > _MAX_HEAD_BYTES or not self._read():
                raise HolderGone("the holder ended before it answered", hint="run it again")
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        version, _, rest = head.partition(b" ")
        if not version.startswith(b"HTTP/1.") or not rest[:3].isdigit():
            raise HolderFailed("what answers at the holder's socket is no holder")
        return int(rest[:3])

    def _read(self) -> bool:
        """Read some; False at the end."""
        try:
            self._arm()
            data = self._connection.recv(_READ_BYTES)
        except ConnectionResetError:
            return False
        except TimeoutError as error:
            raise self._too_slow() from error
        self._buffer += data
        return bool(data)

    def _arm(self) -> None:
        left = self._deadline.left(self._patience.left())
        if left == 0:
            raise TimeoutError
        self._connection.settimeout(left)

    def _refuse(self) -> NoReturn:
        body = self.body()
        try:
            error = decode_error(json.loads(body)["error"])
        except (ValueError, KeyError, TypeError):
            said = body[:200].decode("utf-8", "replace")
            error = HolderFailed(f"the holder answered {self.status}: {said}", hint="axchat stop, then again")
        raise error

    def body(self) -> bytes:
        """All that is left of the answer."""
        while self._read():
            pass
        rest, self._buffer = self._buffer, b""
        return rest

    def lines(self) -> Iterator[Mapping[str, Any]]:
        """The answer's lines as JSON objects, each as soon as it is there.

        Raises:
            RunnerTimeout: the deadline passed.
            HolderFailed: it said something else.
        """
        while True:
            *whole, self._buffer = self._buffer.split(b"\n")
            for text in whole:
                try:
                    given = json.loads(text)
                except ValueError as error:
                    raise HolderFailed("the holder sent a line that is not JSON") from error
                yield given
            if not self._read():
                return

    def hang_up(self) -> None:
        """End the talk from another thread or a signal handler: whoever reads finds the end."""
        with contextlib.suppress(OSError):  # it is closed already
            self._connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the connection back; may be called twice."""
        self._connection.close()

    def _too_slow(self) -> AxchatError:
        if self._patience.is_over:
            return HolderFailed("the holder does not answer", hint="end it: axchat stop --now")
        return RunnerTimeout(
            "the answer was not complete in the time allowed", hint="allow more time with --timeout"
        )
