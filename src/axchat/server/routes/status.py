"""``/health`` for whoever sends requests here, and ``/metrics`` for Prometheus. See docs/serve.md."""

from collections.abc import Awaitable, Callable
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from axchat import __version__
from axchat.axcl.smi import Card
from axchat.server.connections import LOCAL
from axchat.server.holder import Holder
from axchat.server.metrics import CONTENT_TYPE, exposition
from axchat.server.security import Rules, has_key
from axchat.server.status import State, Status
from axchat.server.tally import Tally

BAD = frozenset({State.DEGRADED, State.STOPPING})
"""States in which requests are better sent elsewhere. A load is none: it ends, and requests wait for it."""


class HealthError(BaseModel):
    """The last failure; who has no key is told its id only, for a message may name paths."""

    id: str
    message: str | None
    hint: str | None


class Health(BaseModel):
    """How the holder is."""

    status: Literal["idle", "loading", "ready", "degraded", "stopping"]
    live: Literal[True] = True
    ready: bool
    version: str = __version__
    model: str | None
    load_percent: float | None
    load_left_s: float | None
    queue: int
    error: HealthError | None


def health_of(status: Status, *, is_stranger: bool = False) -> Health:
    """The answer to ``/health``.

    Args:
        status: of now.
        is_stranger: a key is needed here and was not given: no model is named, and no path.
    """
    error = None
    if status.error is not None:
        error = HealthError(id=status.error.id, message=None, hint=None)
        if not is_stranger:
            error = HealthError(id=status.error.id, message=status.error.message, hint=status.error.hint)
    return Health(
        status=status.state.value,
        ready=status.state is State.READY,
        model=None if status.spec is None or is_stranger else status.spec.name,
        load_percent=status.load_percent,
        load_left_s=status.load_left_s,
        queue=status.queue,
        error=error,
    )


def status_router(
    holder: Holder,
    tally: Tally,
    read_card: Callable[[], Awaitable[Card | None]],
    rules: Rules,
) -> APIRouter:
    """The routes.

    Args:
        holder: whose health it is.
        tally: its counts.
        read_card: what axcl-smi says of the card.
        rules: whose key a request has to carry to be told everything.
    """
    router = APIRouter(tags=["status"])

    @router.get("/health", responses={503: {"model": Health, "description": "Send requests elsewhere"}})
    async def health(http: Request) -> Health:
        """Whether requests are welcome: 200 for idle, loading and ready, 503 for degraded and stopping."""
        status = holder.status()
        is_local = http.scope.get("state", {}).get(LOCAL, False)
        said = health_of(status, is_stranger=not is_local and not has_key(rules, http.headers))
        if status.state in BAD:
            return JSONResponse(said.model_dump(), status_code=503)  # type: ignore[return-value]
        return said

    @router.get(
        "/metrics",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    async def metrics() -> Response:
        """Counts and times for Prometheus."""
        card = await read_card()
        return Response(exposition(holder.status(), tally, card), media_type=CONTENT_TYPE)

    return router
