"""The application in front of the others: private routes for the Unix socket, the public APIs for all."""

import asyncio
import contextlib
from collections.abc import Callable

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from axchat.errors import Forbidden
from axchat.server.connections import LOCAL, USER
from axchat.server.refusal import refused
from axchat.wire.holder import API


class Door:
    """Sends each request to its application.

    Args:
        local: the private routes; nobody but the Unix socket's clients reaches them.
        make_public: makes the public application, in a thread, when the first request needs it: FastAPI
            takes longer to import than a warm answer takes to come.
        users: who may come by the Unix socket, where more than its mode is to keep others out; None for all
            that its mode lets in.
    """

    def __init__(
        self,
        local: ASGIApp,
        make_public: Callable[[], ASGIApp],
        *,
        users: frozenset[int] | None = None,
    ) -> None:
        self._users = users
        self._local = local
        self._make_public = make_public
        self._public: asyncio.Task[ASGIApp] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            raise RuntimeError(f"no {scope['type']} here")
        is_local = scope["state"].get(LOCAL, False)
        if is_local and self._users is not None and scope["state"].get(USER) not in self._users:
            await refused(Forbidden("this holder is another user's"))(scope, receive, send)
            return
        app = self._local if is_local and scope["path"].startswith(API + "/") else await self.public()
        with contextlib.suppress(ClientDisconnect):  # in the middle of its request: nobody waits for this
            await app(scope, receive, send)

    async def public(self) -> ASGIApp:
        """The public application; made once."""
        if self._public is None:
            self._public = asyncio.create_task(asyncio.to_thread(self._make_public))
        return await asyncio.shield(self._public)
