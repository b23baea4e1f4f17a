"""One request on its way through the holder, and what it is told."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from axchat.engines.base import Capabilities, Request
from axchat.errors import AxchatError
from axchat.events import Event
from axchat.wire.holder import ModelSpec

__all__ = ["Failed", "Job", "JobEvent", "ModelSpec", "Ready"]


@dataclass(frozen=True, slots=True)
class Ready:
    """The job's model is loaded and its turn has come.

    ``ignored`` are the names of sampling values that this loaded model keeps as they are; ``load_s`` is what
    the load took, None where it was loaded already.
    """

    engine: str
    model: str
    capabilities: Capabilities
    ignored: tuple[str, ...] = ()
    load_s: float | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The job's last event where it has no ``Finished``."""

    error: AxchatError


JobEvent = Event | Ready | Failed

_numbers = itertools.count(1)


@dataclass(eq=False, slots=True)
class Job:
    """A request that waits or is answered.

    Attributes:
        spec: the model it wants.
        request: what is asked; None asks for the load only.
        client: whose it is, for the fair queue.
        put: takes its events, in the owner's thread; must not block.
        keep_alive_s: how long the model stays afterwards; None the holder's default, below 0 for ever.
        allows_reload: whether a sampling value may cost a load.
        id: for ``cancel``.
        is_lenient: leave out sampling values that the engine does not have, and say so, instead of refusing.
        since: when it came, on the owner's clock.
        is_cancelled: nobody wants the answer any more.
        is_over: it had its last event.
        loads_before_s: seconds of all loads of the holder before it came.
        queue_s: how long it had waited for others when its turn came, without loads.
        position, announced_at: what it was told last of the queue, and when.
    """

    spec: ModelSpec
    request: Request | None
    client: str
    put: Callable[[JobEvent], None]
    keep_alive_s: float | None = None
    allows_reload: bool = False
    id: str = field(default_factory=lambda: str(next(_numbers)))
    is_lenient: bool = False
    since: float = field(default_factory=time.monotonic)
    is_cancelled: bool = False
    is_over: bool = False
    loads_before_s: float = 0.0
    queue_s: float = 0.0
    position: int | None = None
    announced_at: float = 0.0
