"""The tokenizer service that axchat runs in the vendor's place, on loopback.

One thread keeps the connections and never waits for an engine (``connections``); another calls the turn,
which may take its time: the runner hears white space meanwhile, and other connections are answered.
"""

import collections
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Self

from axchat.tokenizer.base import Hold, Prompt, Turn
from axchat.tokenizer.connections import Connection, Connections
from axchat.tokenizer.http_request import Request
from axchat.tokenizer.replies import Replies
from axchat.tokenizer.turn_calls import TurnCalls

_Call = tuple[Connection, Request]


class TokenizerService:
    """Answers a runner's tokenizer calls; each turn's through the ``Turn`` that the engine gives.

    Args:
        bos_id: what /bos_id says, -1 for none.
        eos_id: what /eos_id says.
        port: 0 takes a free one; ``address`` says which.
        system_ids: the rendered system prompt, for /reset of the uid protocol.
        on_reset: called on the service's thread when the runner resets its context.

    Attributes:
        failure: what a call-back of this turn raised; the runner got a harmless answer.
        called_at: when the last byte of the call that the turn is asked about was read, by
            ``time.perf_counter``; for the turn, on the service's thread.

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
        self._replies = Replies(bos_id=bos_id, eos_id=eos_id, system_ids=system_ids)
        self.on_reset = on_reset
        self.failure: BaseException | None = None
        self.called_at = 0.0
        self._turn_calls = TurnCalls()
        self._turn: Turn | None = None
        self._turn_lock = threading.RLock()
        # Both belong to the connections' thread.
        self._held: collections.deque[tuple[Connection, str]] = collections.deque()
        self._released: collections.deque[Prompt | str] = collections.deque()
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._connections = Connections(port, self._take)
        self.address = self._connections.address
        self._thread = threading.Thread(target=self._answer_calls, name="tokenizer turns", daemon=True)
        self._thread.start()

    @property
    def strangers(self) -> int:
        """How many calls were nobody's: no HTTP, an unknown path, or not of the turn."""
        return self._connections.refused + self._replies.strangers

    @property
    def system_ids(self) -> Sequence[int]:
        """What /reset answers; may be set at any time, and is never empty."""
        return self._replies.system_ids

    @system_ids.setter
    def system_ids(self, ids: Sequence[int]) -> None:
        self._replies.system_ids = ids

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def begin_turn(self, turn: Turn) -> None:
        """Let ``turn`` answer from now on; forgets the failure of the one before."""
        with self._turn_lock:
            self.failure = None
            self._turn_calls = TurnCalls()
            self._connections.post(self._released.clear)
            self._turn = turn

    def turn_calls(self) -> TurnCalls:
        """What the calls of this turn, or of the last one, took so far; all whose answers have arrived."""
        with self._connections.writing:
            return replace(self._turn_calls)

    def end_turn(self) -> None:
        """Answer harmlessly from now on; an answer still held is given. Waits for a call-back under way."""
        with self._turn_lock:
            self._turn = None
        self.release("")

    def release(self, reply: Prompt | str) -> None:
        """Give the answer that a turn held, from any thread: a Prompt for /encode, text for /decode."""
        self._connections.post(partial(self._release, reply))

    def close(self) -> None:
        """Close every connection at once and end the threads. Waits for a call-back under way.

        May be called twice.
        """
        self._connections.close()
        self._calls.put(None)
        self._thread.join()

    def _take(self, connection: Connection, request: Request) -> None:
        reply = self._replies.at_once(request.path)
        if reply is None:
            self._calls.put((connection, request))
        else:
            self._connections.answer(connection, reply)

    def _answer_calls(self) -> None:
        while (call := self._calls.get()) is not None:
            # Also for a client that is gone: what a runner said before it died is part of its answer.
            self._answer(*call)

    def _answer(self, connection: Connection, request: Request) -> None:
        reply: bytes | Hold
        if request.path == "/reset":
            try:
                reply = self._replies.reset(self.on_reset)
            except BaseException as error:  # noqa: BLE001  as below
                self.failure = error
                reply = self._replies.harmless(request.path)
            self._connections.post(partial(self._connections.answer, connection, reply))
            return
        # Posted under the lock, so that a held call is known before ``end_turn`` gives what is held.
        with self._turn_lock:
            self.called_at, strangers = connection.read_at, self._replies.strangers
            try:
                reply = self._replies.of_turn(self._turn, request)
            except BaseException as error:  # noqa: BLE001  the engine reads it; the runner must get an answer
                self.failure = error
                reply = self._replies.harmless(request.path)
            if self._replies.strangers == strangers:
                connection.on_written = partial(self._turn_calls.answered, request.path)
            if isinstance(reply, Hold):
                self._connections.post(partial(self._hold, connection, request.path))
            else:
                self._connections.post(partial(self._connections.answer, connection, reply))

    def _hold(self, connection: Connection, path: str) -> None:
        self._held.append((connection, path))
        self._give()

    def _release(self, reply: Prompt | str) -> None:
        self._released.append(reply)
        self._give()

    def _give(self) -> None:
        while self._released and self._held:
            connection, path = self._held.popleft()
            if not connection.is_open:
                continue
            try:
                body = self._replies.of_release(path, self._released.popleft())
            except ValueError as error:
                self.failure = error
                body = self._replies.harmless(path)
            self._connections.answer(connection, body)
