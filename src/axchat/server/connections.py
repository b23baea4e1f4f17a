"""One connection of a client: which application it reaches."""

import asyncio
import socket

from uvicorn.protocols.http.h11_impl import H11Protocol

LOCAL = "axchat.local"
"""Set in the scope's state for requests that came by the Unix socket."""


class Connection(H11Protocol):
    """A client's connection; requests of the Unix socket are marked as such."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See ``asyncio.Protocol``."""
        super().connection_made(transport)
        its_socket = transport.get_extra_info("socket")
        is_local = its_socket is not None and its_socket.family == socket.AF_UNIX
        self.app_state = {**self.app_state, LOCAL: is_local}
