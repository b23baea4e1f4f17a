"""The tokenizer service that axchat runs in the vendor's place, on loopback, in one thread.

A runner dies without a word of an error, of an empty id list and of a second's silence (facts, part II
section 6), so every call gets a valid answer in time, whatever the engine's turn does.
"""

import collections
import contextlib
import selectors
import socket
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Self

from axchat.tokenizer import calls
from axchat.tokenizer.base import HOLD, Hold, Prompt, Turn
from axchat.tokenizer.http_request import BadRequest, Request, read_request

HOST = "127.0.0.1"
DRIP_S = 0.4
"""Between two bytes of a held answer; the runner gives up after one second."""
IDLE_S = 5.0
"""How long a connection may take to send its request."""
MAX_CONNECTIONS = 64
_BACKLOG = 128
_READ_BYTES = 256 * 1024


class _Connection:
    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.data = b""
        self.out = b""
        self.due = time.monotonic() + IDLE_S
        self.held: str | None = None
        self.dripped = False
        self.answered = False


class TokenizerService:
    """Answers a runner's tokenizer calls; each turn's through the ``Turn`` that the engine gives.

    Args:
        bos_id: what /bos_id says, -1 for none.
        eos_id: what /eos_id says.
        port: 0 takes a free one; ``address`` says which.
        system_ids: the rendered system prompt, for /reset of the uid protocol.
        on_reset: called on the service's thread when the runner resets its context.

    Raises:
        OSError: the port cannot be had.
    """

    def __init__(
        self,
        *,
        bos_id: int,
        eos_id: int,
        port: int = 0,
        system_ids: Sequence[int] = (),
        on_reset: Callable[[], None] | None = None,
    ) -> None:
        self._values = {"bos_id": bos_id, "eos_id": eos_id}
        self._harmless = Prompt((max(eos_id, 0),))
        self._system_ids = tuple(system_ids) or self._harmless.token_ids
        self._on_reset = on_reset
        self.strangers = 0
        self.failure: BaseException | None = None
        self._turn: Turn | None = None
        self._turn_lock = threading.RLock()
        self._releases: collections.deque[Prompt | str] = collections.deque()
        self._closing = False
        self._busy: tuple[_Connection, float] | None = None
        self._busy_lock = threading.Lock()
        self._listener = socket.create_server((HOST, port), backlog=_BACKLOG)
        self._listener.setblocking(False)
        self.address: tuple[str, int] = self._listener.getsockname()[:2]
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_out.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._wake_out, selectors.EVENT_READ)
        self._connections: dict[socket.socket, _Connection] = {}
        self._stop_watch = threading.Event()
        self._threads = [
            threading.Thread(target=self._serve, name="tokenizer service", daemon=True),
            threading.Thread(target=self._watch, name="tokenizer service watch", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def begin_turn(self, turn: Turn) -> None:
        """Let ``turn`` answer from now on; forgets the failure of the one before."""
        with self._turn_lock:
            self.failure = None
            self._releases.clear()
            self._turn = turn

    def end_turn(self) -> None:
        """Answer harmlessly from now on; an answer still held is given. Waits for a call-back under way."""
        with self._turn_lock:
            self._turn = None
        self.release("")

    def release(self, reply: Prompt | str) -> None:
        """Give the answer that a turn held, from any thread: a Prompt for /encode, text for /decode."""
        self._releases.append(reply)
        self._wake()

    def close(self) -> None:
        """End the thread and close every connection. May be called twice."""
        if not self._closing:
            self._closing = True
            self._stop_watch.set()
            self._wake()
            for thread in self._threads:
                thread.join()
            self._wake_in.close()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):
            self._wake_in.send(b"w")

    def _serve(self) -> None:
        while not self._closing:
            for key, events in self._selector.select(self._patience()):
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj is self._wake_out:
                    self._give_releases()
                else:
                    self._move(self._connections[key.fileobj], events)  # type: ignore[index]
            self._keep_time()
        for connection in list(self._connections.values()):
            self._drop(connection)
        self._selector.close()
        self._listener.close()
        self._wake_out.close()

    def _patience(self) -> float | None:
        if not self._connections:
            return None
        return max(0.0, min(c.due for c in self._connections.values()) - time.monotonic())

    def _keep_time(self) -> None:
        now = time.monotonic()
        for connection in [c for c in self._connections.values() if c.due <= now]:
            if connection.held is None:
                self._drop(connection)
            else:
                self._drip(connection)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                sock.setblocking(False)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._make_room()
                connection = self._connections[sock] = _Connection(sock)
                self._selector.register(sock, selectors.EVENT_READ)
                self._read(connection)

    def _make_room(self) -> None:
        if len(self._connections) >= MAX_CONNECTIONS:
            idle = [c for c in self._connections.values() if c.held is None]
            if idle:
                self._drop(min(idle, key=lambda c: c.due))

    def _move(self, connection: _Connection, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            self._flush(connection)
        else:
            self._read(connection)

    def _read(self, connection: _Connection) -> None:
        try:
            piece = connection.sock.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self._drop(connection)
        elif connection.held is None and not connection.answered:
            connection.data += piece
            try:
                request = read_request(connection.data)
            except BadRequest:
                self.strangers += 1
                self._drop(connection)
                return
            if request is not None:
                self._answer(connection, request)

    def _answer(self, connection: _Connection, request: Request) -> None:
        with self._busy_lock:
            self._busy = (connection, time.monotonic())
        try:
            reply = self._reply_to(request)
        except Exception as error:  # noqa: BLE001  the engine reads it; the runner must get an answer
            self.failure = error
            reply = self._harmless_reply(request.path)
        finally:
            with self._busy_lock:
                self._busy = None
        if isinstance(reply, Hold):
            connection.held = request.path
            self._drip(connection)
            self._give_releases()
        else:
            self._send(connection, reply)

    def _reply_to(self, request: Request) -> bytes | Hold:
        name = request.path[1:]
        if name in self._values:
            return calls.value_reply(name, self._values[name])
        if name == "get_uid":
            return calls.value_reply("uid", str(uuid.uuid4()))
        if name == "reset":
            if self._on_reset is not None:
                self._on_reset()
            return calls.reset_reply(self._system_ids)
        body = calls.read_body(request.body)
        with self._turn_lock:
            if name == "encode":
                return self._encode(body.get("text"), body.get("last_reply"))
            if name == "decode":
                return self._decode(calls.ids_of(body))
        self.strangers += 1
        return b"error"

    def _encode(self, text: object, last_reply: object) -> bytes | Hold:
        prompt: Prompt | Hold | None = None
        if self._turn is not None and isinstance(text, str):
            prompt = self._turn.prompt(text, last_reply if isinstance(last_reply, str) else None)
        if prompt is HOLD:
            return HOLD
        if prompt is None:
            self.strangers += 1
            return self._harmless_reply("/encode")
        assert isinstance(prompt, Prompt)
        return self._checked(prompt)

    def _decode(self, ids: tuple[int, ...] | None) -> bytes | Hold:
        if self._turn is None or ids is None:
            self.strangers += 1
            return self._harmless_reply("/decode")
        text = self._turn.decoded(ids)
        return HOLD if isinstance(text, Hold) else calls.decode_reply(text)

    def _checked(self, prompt: Prompt) -> bytes:
        if not prompt.token_ids or (prompt.diff is not None and not prompt.diff):
            raise ValueError("a prompt without ids kills the runner")
        return calls.encode_reply(prompt)

    def _harmless_reply(self, path: str) -> bytes:
        if path == "/encode":
            return calls.encode_reply(self._harmless)
        return calls.reset_reply(self._system_ids) if path == "/reset" else calls.decode_reply("")

    def _give_releases(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._wake_out.recv(4096)
        held = [c for c in self._connections.values() if c.held is not None]
        while self._releases and held:
            reply, connection = self._releases.popleft(), held.pop(0)
            path, connection.held = connection.held or "", None
            try:
                whole = (
                    self._checked(reply)
                    if path == "/encode" and isinstance(reply, Prompt)
                    else calls.decode_reply(reply)
                    if path == "/decode" and isinstance(reply, str)
                    else self._harmless_reply(path)
                )
            except ValueError as error:
                self.failure = error
                whole = self._harmless_reply(path)
            self._send(connection, whole)

    def _drip(self, connection: _Connection) -> None:
        self._begin_drip(connection)
        connection.due = time.monotonic() + DRIP_S

    def _begin_drip(self, connection: _Connection) -> None:
        head = b"" if connection.dripped else calls.DRIP_HEAD
        connection.dripped = True
        with contextlib.suppress(OSError):
            connection.sock.send(head + calls.chunk(b" "))

    def _send(self, connection: _Connection, body: bytes) -> None:
        connection.answered = True
        if connection.dripped:
            connection.out = calls.chunk(body) + calls.LAST_CHUNK
        else:
            connection.out = calls.reply_head(len(body)) + body
        connection.due = time.monotonic() + IDLE_S
        self._flush(connection)

    def _flush(self, connection: _Connection) -> None:
        try:
            sent = connection.sock.send(connection.out)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._drop(connection)
            return
        connection.out = connection.out[sent:]
        if connection.out:
            self._selector.modify(connection.sock, selectors.EVENT_WRITE)
        else:
            self._drop(connection)

    def _drop(self, connection: _Connection) -> None:
        self._connections.pop(connection.sock)
        self._selector.unregister(connection.sock)
        connection.sock.close()

    def _watch(self) -> None:
        # A call-back that takes long blocks the service's thread; the runner must hear something meanwhile.
        while not self._stop_watch.wait(DRIP_S / 2):
            with self._busy_lock:
                if self._busy is not None and time.monotonic() - self._busy[1] >= DRIP_S / 2:
                    self._begin_drip(self._busy[0])
