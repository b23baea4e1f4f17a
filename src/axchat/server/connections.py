"""One connection of a client: by which socket it came, and how long it may take to say what it wants."""

import asyncio
import socket
import struct
from collections.abc import Callable

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from axchat.attach.place import peer_of

LOCAL = "axchat.local"
"""Set in the scope's state for requests that came by the Unix socket."""

USER = "axchat.user"
"""Set in the scope's state for these requests: the user at the other end."""

HEAD_TIMEOUT_S = 20.0
"""A request's head fits one packet; who dribbles it keeps a descriptor from others."""

REST_TIMEOUT_S = 10.0
"""For what is left of a body whose request was answered already: a client has to read that answer, which it
would not if the connection ended at once."""

MAX_OPEN = 768
"""Connections over TCP: of 1,024 descriptors, the rest is for the user's own commands and for runners."""

STALL_TIMEOUT_S = 120.0
"""A reader of an answer that takes nothing for so long is gone; the card is not waiting for it."""

_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Connection(H11Protocol):
    """A client's connection."""

    head_timeout_s = HEAD_TIMEOUT_S
    stall_timeout_s = STALL_TIMEOUT_S
    rest_timeout_s = REST_TIMEOUT_S
    max_open = MAX_OPEN
    _head_timer: asyncio.TimerHandle | None = None
    _stall_timer: asyncio.TimerHandle | None = None
    _rest_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See ``asyncio.Protocol``."""
        super().connection_made(transport)
        its_socket = transport.get_extra_info("socket")
        is_local = its_socket is not None and its_socket.family == socket.AF_UNIX
        self.app_state = {**self.app_state, LOCAL: is_local}
        if is_local:
            self.app_state[USER] = peer_of(its_socket)
            self.limit_concurrency = None  # the user's own commands get in however many others knock
        elif len(self.connections) > self.max_open:
            transport.abort()
        self._head_timer = self._soon(self.head_timeout_s, self._head_is_late)

    def data_received(self, data: bytes) -> None:
        """See ``asyncio.Protocol``."""
        super().data_received(data)
        state = self.conn.their_state
        if state is not h11.SEND_BODY:
            self._rest_timer = _cancelled(self._rest_timer)
        if state is not h11.IDLE:
            self._head_timer = _cancelled(self._head_timer)
        elif self.conn.trailing_data[0]:
            self._head_timer = self._head_timer or self._soon(self.head_timeout_s, self._head_is_late)
        elif self.timeout_keep_alive_task is None and self._head_timer is None:
            # the rest of a body came after its answer: uvicorn would wait for ever for the next request
            self.timeout_keep_alive_task = self._soon(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def send_400_response(self, msg: str) -> None:
        """See ``H11Protocol``; what cannot be read may be the rest of a request that is being answered."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            super().send_400_response(msg)
        else:
            self.transport.close()

    def on_response_complete(self) -> None:
        """See ``H11Protocol``."""
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY and self._rest_timer is None:
            self._rest_timer = self._soon(self.rest_timeout_s, self.transport.close)

    def pause_writing(self) -> None:
        """See ``asyncio.Protocol``: the client reads slower than we write."""
        super().pause_writing()
        self._stall_timer = self._stall_timer or self._soon(self.stall_timeout_s, self._reader_is_gone)

    def resume_writing(self) -> None:
        """See ``asyncio.Protocol``."""
        super().resume_writing()
        self._stall_timer = _cancelled(self._stall_timer)

    def connection_lost(self, exc: Exception | None) -> None:
        """See ``asyncio.Protocol``."""
        self._head_timer = _cancelled(self._head_timer)
        self._stall_timer = _cancelled(self._stall_timer)
        self._rest_timer = _cancelled(self._rest_timer)
        super().connection_lost(exc)

    def _soon(self, seconds: float, act: Callable[[], object]) -> asyncio.TimerHandle:
        return self.loop.call_later(seconds, act)

    def _head_is_late(self) -> None:
        self._head_timer = None
        self.transport.write(_TOO_SLOW)
        self.transport.close()

    def _reader_is_gone(self) -> None:
        # without lingering: the kernel would keep what was written for a reader that never reads it
        its_socket = self.transport.get_extra_info("socket")
        its_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


def _cancelled(timer: asyncio.TimerHandle | None) -> asyncio.TimerHandle | None:
    """No timer, in place of this one."""
    if timer is not None:
        timer.cancel()
    return None
