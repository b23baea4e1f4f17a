"""What the holder is doing, as a value: for ``ps``, ``/health``, ``/api/ps`` and the metrics."""

from dataclasses import dataclass, field
from enum import StrEnum

from axchat.engines.base import Capabilities
from axchat.errors import AxchatError
from axchat.wire.holder import ModelSpec


class State(StrEnum):
    """``degraded``: the last load or answer failed, half a minute ago at most."""

    IDLE = "idle"
    LOADING = "loading"
    READY = "ready"
    DEGRADED = "degraded"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class Status:
    """A moment of the holder's life; times are seconds of the wall clock (``time.time``).

    Attributes:
        state: see ``State``.
        spec: the model that is loaded or loading; None when none is.
        model: its name as its engine tells it.
        capabilities: of the loaded engine.
        since: when it was loaded.
        load_s: what that took.
        load_percent: of a load under way, 0 to 100.
        load_left_s: seconds that it still takes, if anybody remembers.
        expires_at: when it will be unloaded; None for never, or while it is in use.
        remaining_cmm_mib: card memory left after the load, if the runner told.
        queue: how many requests wait.
        is_busy: whether one is being served: its model loads, or it is answered.
        answered: how many were, since the holder started.
        error: the last failure, None after the next success.
    """

    state: State = State.IDLE
    spec: ModelSpec | None = None
    model: str | None = None
    capabilities: Capabilities | None = None
    since: float | None = None
    load_s: float | None = None
    load_percent: float | None = None
    load_left_s: float | None = None
    expires_at: float | None = None
    remaining_cmm_mib: int | None = None
    queue: int = 0
    is_busy: bool = False
    answered: int = 0
    error: AxchatError | None = field(default=None, compare=False)
