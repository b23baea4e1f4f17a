"""The connections of the tokenizer service: one thread that never waits for anybody but its sockets.

A runner gives up after a second without a byte (facts, part II section 6), so whoever waits for an answer
hears JSON white space until it comes. Every wait ends on a socket, on ``post`` or on the next due time.
"""

import collections
import contextlib
import errno
import selectors
import socket
import threading
import time
from collections.abc import Callable

from axchat.tokenizer import calls
from axchat.tokenizer.http_request import BadRequest, Request, read_request

HOST = "127.0.0.1"
DRIP_S = 0.4
"""Between two bytes to a runner that waits; it gives up after one second."""
IDLE_S = 5.0
"""How long a connection may take to send its request, and to take its answer."""
MAX_CONNECTIONS = 64
_BACKLOG = 128
_READ_BYTES = 256 * 1024
_OUT_OF_DESCRIPTORS = (errno.EMFILE, errno.ENFILE)


class Connection:
    """One client: it sends one request, waits, and is closed with its answer.

    Attributes:
        read_at: when its request's newest bytes were read, by ``time.perf_counter``.
        on_written: told ``read_at`` and when the answer's last byte was handed to the kernel.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.data = b""
        self.out = b""
        self.due = time.monotonic() + IDLE_S
        self.is_waiting = False
        self.is_dripping = False
        self.is_answered = False
        self.is_open = True
        self.read_at = 0.0
        self.on_written: Callable[[float, float], object] | None = None


class Connections:
    """Listens on loopback in a thread of its own; call ``close`` at the end.

    Args:
        port: 0 takes a free one; ``address`` says which.
        on_request: called on the thread with each whole request; must not wait. ``answer`` follows any time.

    Raises:
        OSError: the port cannot be had.
    """

    def __init__(self, port: int, on_request: Callable[[Connection, Request], None]) -> None:
        self._on_request = on_request
        self.refused = 0
        self.writing = threading.Lock()
        """Held from before bytes are handed to the kernel until ``on_written`` was told of them: who takes it
        after a client has its answer finds that told."""
        self._is_closing = False
        self._posted: collections.deque[Callable[[], None]] = collections.deque()
        self._open: dict[socket.socket, Connection] = {}
        self._listener = socket.create_server((HOST, port), backlog=_BACKLOG)
        self._listener.setblocking(False)
        self.address: tuple[str, int] = self._listener.getsockname()[:2]
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_out.setblocking(False)
        self._wake_in.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._wake_out, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._serve, name="tokenizer connections", daemon=True)
        self._thread.start()

    def post(self, action: Callable[[], None]) -> None:
        """Have the thread do something soon, in the order of the calls; from any thread."""
        self._posted.append(action)
        # A full pipe already wakes the thread; a closed one has nobody to wake.
        with contextlib.suppress(OSError):
            self._wake_in.send(b"w")

    def answer(self, connection: Connection, body: bytes) -> None:
        """Send an answer and close the connection; on the thread only. One that is gone hears nothing."""
        if connection.is_open:
            connection.is_waiting, connection.is_answered = False, True
            if connection.is_dripping:
                connection.out += calls.chunk(body) + calls.LAST_CHUNK
            else:
                connection.out += calls.reply_head(len(body)) + body
            connection.due = time.monotonic() + IDLE_S
            self._flush(connection)

    def close(self) -> None:
        """End the thread and close every connection. May be called twice."""
        self.post(self._stop)
        self._thread.join()
        self._wake_in.close()

    def _stop(self) -> None:
        self._is_closing = True

    def _serve(self) -> None:
        while not self._is_closing:
            for key, events in self._selector.select(self._patience()):
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj is self._wake_out:
                    self._do_posted()
                elif (connection := self._open.get(key.fileobj)) is not None:  # type: ignore[call-overload]
                    self._move(connection, events)
            self._keep_time()
        for connection in list(self._open.values()):
            self._drop(connection)
        self._selector.close()
        self._listener.close()
        self._wake_out.close()

    def _patience(self) -> float | None:
        if not self._open:
            return None
        return max(0.0, min(connection.due for connection in self._open.values()) - time.monotonic())

    def _keep_time(self) -> None:
        now = time.monotonic()
        for connection in [connection for connection in self._open.values() if connection.due <= now]:
            if connection.is_waiting:
                self._drip(connection)
            else:
                self._drop(connection)

    def _do_posted(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._wake_out.recv(4096)
        while self._posted:
            self._posted.popleft()()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in _OUT_OF_DESCRIPTORS:
                    self._drop_an_idle_one()
                return
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if len(self._open) >= MAX_CONNECTIONS:
                self._drop_an_idle_one()
            connection = self._open[sock] = Connection(sock)
            self._selector.register(sock, selectors.EVENT_READ)
            self._read(connection)

    def _drop_an_idle_one(self) -> None:
        idle = [connection for connection in self._open.values() if not connection.is_waiting]
        if idle:
            self._drop(min(idle, key=lambda connection: connection.due))

    def _move(self, connection: Connection, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            self._flush(connection)
        if events & selectors.EVENT_READ and connection.is_open:
            self._read(connection)

    def _read(self, connection: Connection) -> None:
        try:
            piece = connection.sock.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self._drop(connection)
        elif not connection.is_waiting and not connection.is_answered:
            connection.read_at = time.perf_counter()
            connection.data += piece
            self._look_for_request(connection)

    def _look_for_request(self, connection: Connection) -> None:
        try:
            request = read_request(connection.data)
        except BadRequest:
            self.refused += 1
            self._drop(connection)
            return
        if request is not None:
            connection.data = b""
            connection.is_waiting = True
            connection.due = time.monotonic() + DRIP_S
            self._on_request(connection, request)

    def _drip(self, connection: Connection) -> None:
        connection.due = time.monotonic() + DRIP_S
        if not connection.out:
            connection.out = (b"" if connection.is_dripping else calls.DRIP_HEAD) + calls.chunk(b" ")
            connection.is_dripping = True
            self._flush(connection)

    def _flush(self, connection: Connection) -> None:
        with self.writing:
            try:
                sent = connection.sock.send(connection.out)
            except BlockingIOError:
                sent = 0
            except OSError:
                self._drop(connection)
                return
            connection.out = connection.out[sent:]
            if connection.is_answered and not connection.out and connection.on_written is not None:
                connection.on_written(connection.read_at, time.perf_counter())
        if connection.out:
            self._selector.modify(connection.sock, selectors.EVENT_WRITE)
        elif connection.is_answered:
            self._drop(connection)
        else:
            self._selector.modify(connection.sock, selectors.EVENT_READ)

    def _drop(self, connection: Connection) -> None:
        connection.is_open = False
        self._open.pop(connection.sock)
        self._selector.unregister(connection.sock)
        connection.sock.close()
