"""Cancels an answer from another thread, and takes the time that the engine needs to be free again."""

import threading
import time

from axchat.engines.base import Engine, Request
from axchat.events import FinishReason
from support.session_engine import Answered, collect

FREE_S = 0.1
"""How soon after a cancel the engine takes the next request, at the stand-in."""

TRIES = 5
"""The machine may be busy: the best of so many is the engine's own time."""


def cancelled_after(engine: Engine, request: Request, after_s: float) -> tuple[Answered, float]:
    """Ask, cancel from another thread, read to the end; also the seconds from the cancel to the end."""
    at: list[float] = []

    def cancel() -> None:
        at.append(time.monotonic())
        engine.cancel()

    events = engine.generate(request)
    canceller = threading.Timer(after_s, cancel)
    canceller.start()
    answered = collect(events)
    over = time.monotonic()
    canceller.join()
    assert answered.error is None
    assert answered.finished is not None
    assert answered.finished.reason is FinishReason.CANCELLED
    return answered, over - at[0]


def best_time_to_free(engine: Engine, request: Request, after_s: float) -> float:
    """The shortest of several such times, in seconds."""
    best_s = float("inf")
    for _ in range(TRIES):
        best_s = min(best_s, cancelled_after(engine, request, after_s)[1])
        if best_s < FREE_S:
            break
    return best_s
