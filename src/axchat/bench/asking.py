"""One request of a bench: its events with their moments, by the given clock."""

from collections.abc import Callable
from dataclasses import dataclass, field

from axchat.bench.report import Arrival, Load, LoadSource
from axchat.engines.base import Engine, Request
from axchat.errors import EngineFault
from axchat.events import (
    Event,
    Finished,
    FinishReason,
    LoadProgress,
    Notice,
    PromptEstimate,
    Queued,
    TextDelta,
)

Clock = Callable[[], float]
Tell = Callable[[Event], None]


class Stopped(Exception):
    """The answer under way was cancelled."""


@dataclass(slots=True)
class Asked:
    """A request that was answered.

    Attributes:
        began: on the clock, when it was handed over.
        pieces: seconds since then, text, and tokens that came with it.
        loads: moments of its load's progress.
        end: its last event; None where the bench left at the first text.
        total_s: until then.
    """

    began: float
    pieces: list[tuple[float, str, int | None]] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)
    end: Finished | None = None
    total_s: float = 0.0

    @property
    def text(self) -> str:
        """The whole answer."""
        return "".join(text for _, text, _ in self.pieces)

    def arrivals(self) -> tuple[Arrival, ...]:
        """The pieces that hold text; what came without any counts with the next."""
        found, waiting = [], 0
        for at_s, text, tokens in self.pieces:
            if text:
                found.append(Arrival(at_s, None if tokens is None else tokens + waiting))
                waiting = 0
            else:
                waiting += tokens or 0
        return tuple(found)

    def load(self) -> Load | None:
        """The load within it: the engine's own figure, else what its progress shows; None for none."""
        told = None if self.end is None else self.end.timings.load_s
        if told is not None:
            return Load(told, LoadSource.ENGINE)
        if not self.loads or self.loads[-1] <= self.loads[0]:
            return None
        return Load(self.loads[-1] - self.loads[0], LoadSource.PROGRESS)


def ask(engine: Engine, request: Request, clock: Clock, tell: Tell, *, only_first: bool = False) -> Asked:
    """Have it answered.

    Args:
        engine: started.
        request: what is asked.
        clock: seconds, monotonic.
        tell: gets progress and notices; never between two texts unless the engine sends one there.
        only_first: leave at the first text, for engines that cannot be told to say one token.

    Raises:
        Stopped: the answer ended cancelled.
        AxchatError: the engine failed.
    """
    asked = Asked(clock())
    events = engine.generate(request)
    try:
        for event in events:
            now = clock() - asked.began
            asked.total_s = now
            if isinstance(event, TextDelta):
                asked.pieces.append((now, event.text, event.tokens))
                if only_first and event.text:
                    return asked
            elif isinstance(event, Finished):
                asked.end = event
                break
            else:
                _see(asked, event, now, tell)
    finally:
        events.close()
    if asked.end is None:
        raise EngineFault(f"the {engine.name} engine stopped without ending its answer")
    if asked.end.reason is FinishReason.CANCELLED:
        raise Stopped
    return asked


def _see(asked: Asked, event: Event, now: float, tell: Tell) -> None:
    if isinstance(event, LoadProgress):
        asked.loads.append(now)
    if isinstance(event, LoadProgress | Notice | Queued | PromptEstimate):
        tell(event)
