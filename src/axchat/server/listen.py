"""uvicorn on our own sockets, ended by us."""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Generator

from starlette.types import ASGIApp
from uvicorn import Config
from uvicorn.server import Server

from axchat.errors import UsageError
from axchat.server.connections import Connection

KEEP_ALIVE_S = 75
"""Longer than between two requests of a conversation; an idle connection costs a descriptor."""

MAX_CONNECTIONS = 512
"""Half of what a process may open by default; a board's card serves one request at a time."""

MAX_HEAD_BYTES = 64 * 2**10
"""Of a request's head."""

BACKLOG = 256
"""Connections that may wait to be accepted: a burst, not a queue."""


class HolderServer(Server):
    """uvicorn without its signal handlers and without its tick of ten a second.

    Args:
        app: what answers.
        connection: the kind of connection; its limits are class attributes.
    """

    def __init__(self, app: ASGIApp, connection: type[Connection] = Connection) -> None:
        super().__init__(
            Config(
                app,
                http=connection,
                ws="none",
                lifespan="off",
                loop="asyncio",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=KEEP_ALIVE_S,
                backlog=BACKLOG,
                limit_concurrency=MAX_CONNECTIONS,
                h11_max_incomplete_event_size=MAX_HEAD_BYTES,
            )
        )
        self.ended = asyncio.Event()

    async def main_loop(self) -> None:
        """Wait for ``end``."""
        await self.ended.wait()

    def end(self) -> None:
        """Take no more connections; answers under way end first. In the loop's thread."""
        self.should_exit = True
        self.ended.set()

    def abort(self) -> None:
        """End the connections that are left, whatever is unread. In the loop's thread."""
        for connection in list(self.server_state.connections):
            assert isinstance(connection, Connection)
            connection.transport.abort()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Signals are the holder's business."""
        yield


def listen_tcp(host: str, port: int) -> socket.socket:
    """A listening TCP socket.

    Raises:
        UsageError: no such address here, or it is taken.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        made = socket.socket(family, socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # UnicodeError: a name that is none
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"cannot listen at {host}:{port}: {reason}", hint="choose another --host") from error
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(BACKLOG)
    except OSError as error:
        made.close()
        raise UsageError(
            f"cannot listen at {host}:{port}: {error.strerror}", hint="choose another --port or --host"
        ) from error
    return made


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches this address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
