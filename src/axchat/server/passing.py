"""The events of an answer on their way from its engine to its job."""

from collections.abc import Callable

from axchat.chat.turn import Turn
from axchat.events import Finished, LoadProgress, TextDelta
from axchat.server.jobs import Job
from axchat.server.meter import Meter


def pass_on(
    turn: Turn,
    job: Job,
    *,
    on_load: Callable[[LoadProgress], object],
    meter: Meter,
    clock: Callable[[], float],
) -> tuple[Finished, float | None]:
    """Tell the events of an answer but for the last.

    Args:
        turn: not begun.
        job: hears them.
        on_load: tells the events of a load within the answer instead.
        meter: counts.
        clock: seconds, monotonic.

    Returns:
        The last event, and the seconds of a load within the answer, None without.

    Raises:
        AxchatError: the engine's.
    """
    before, is_first, load_s = clock(), True, None
    for event in turn:
        if isinstance(event, Finished):
            return event, load_s
        if isinstance(event, LoadProgress):
            on_load(event)
            before, load_s = clock(), event.load_s
            continue
        job.put(event)
        if isinstance(event, TextDelta):
            now = clock()
            meter.said(now - before, is_first=is_first)
            before, is_first = now, False
    raise AssertionError("a turn ends with Finished or raises")
