"""``/health`` for whoever sends requests here, and ``/metrics`` for Prometheus. See docs/serve.md."""

from collections.abc import Awaitable, Callable
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from axchat import __version__
from axchat.axcl.smi import Card
from axchat.server.holder import Holder
from axchat.server.metrics import CONTENT_TYPE, exposition
from axchat.server.status import State, Status
from axchat.server.tally import Tally

BAD = frozenset({State.DEGRADED, State.STOPPING})
"""States in which requests are better sent elsewhere. A load is none: it ends, and requests wait for it."""


class HealthError(BaseModel):
    """The last failure."""

    id: str
    message: str
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


def health_of(status: Status) -> Health:
    """The answer to ``/health``."""
    error = status.error
    return Health(
        status=status.state.value,
        ready=status.state is State.READY,
        model=None if status.spec is None else status.spec.name,
        load_percent=status.load_percent,
        load_left_s=status.load_left_s,
        queue=status.queue,
        error=None if error is None else HealthError(id=error.id, message=error.message, hint=error.hint),
    )


def status_router(holder: Holder, tally: Tally, read_card: Callable[[], Awaitable[Card | None]]) -> APIRouter:
    """The routes.

    Args:
        holder: whose health it is.
        tally: its counts.
        read_card: what axcl-smi says of the card.
    """
    router = APIRouter(tags=["status"])

    @router.get("/health", responses={503: {"model": Health, "description": "Send requests elsewhere"}})
    async def health() -> Health:
        """Whether requests are welcome: 200 for idle, loading and ready, 503 for degraded and stopping."""
        status = holder.status()
        said = health_of(status)
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
