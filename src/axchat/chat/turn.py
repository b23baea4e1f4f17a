"""One request and its answer, measured by our own clock."""

import time
from collections.abc import Callable, Iterator

from axchat.chat.conversation import Exchange
from axchat.engines.base import Engine, Request, refuse_unsupported
from axchat.errors import EngineFault
from axchat.events import Event, Finished, TextDelta
from axchat.messages import Message


class Turn(Iterator[Event]):
    """The events of one generation; what was said and how long it took can be read at any time.

    Iterate it to its end, or ``close`` it to stop the generation (``contextlib.closing`` does).

    Attributes:
        text: the answer so far; what was said before a failure or a cancel stays.
        finished: the last event, None until it came.
        ttft_s: seconds from the first ``next`` to the first text, None until it came. Includes all that the
            engine does before it: queueing, tokenising, prefill, and the load where it loads per request.
        total_s: seconds from the first ``next`` to ``Finished``, None until it came.

    Raises:
        AxchatError: by ``next``; what the engine raises, and ``EngineFault`` if it ends without ``Finished``.
    """

    def __init__(self, engine: Engine, request: Request, *, clock: Callable[[], float]) -> None:
        self.finished: Finished | None = None
        self.ttft_s: float | None = None
        self.total_s: float | None = None
        self._engine_name = engine.name
        self._pieces: list[str] = []
        self._clock = clock
        self._started_at: float | None = None
        self._events = engine.generate(request)

    @property
    def text(self) -> str:
        """The answer so far."""
        return "".join(self._pieces)

    def __next__(self) -> Event:
        if self._started_at is None:
            self._started_at = self._clock()
        try:
            event = next(self._events)
        except StopIteration:
            if self.finished is None:
                raise EngineFault(
                    f"the {self._engine_name} engine stopped without ending its answer",
                    hint="send the message again; axchat doctor checks the rest",
                ) from None
            raise
        if isinstance(event, TextDelta):
            if self.ttft_s is None and event.text:
                self.ttft_s = self._clock() - self._started_at
            self._pieces.append(event.text)
        elif isinstance(event, Finished):
            self.total_s = self._clock() - self._started_at
            self.finished = event
        return event

    def close(self) -> None:
        """Stop the generation if it is under way; may be called twice."""
        self._events.close()


def run_turn(engine: Engine, request: Request, *, clock: Callable[[], float] = time.monotonic) -> Turn:
    """One answer of a started engine, as events.

    Raises:
        UsageError: the request asks for something the engine would ignore; nothing was sent.
        AxchatError: what ``Engine.generate`` raises at once.
    """
    refuse_unsupported(engine, request)
    return Turn(engine, request, clock=clock)


def exchange_of(
    asked: Message, turn: Turn, engine: Engine, *, clock: Callable[[], float] = time.time
) -> Exchange:
    """A finished turn as what is remembered of it.

    Args:
        asked: the user's message that it answers.
        turn: finished.
        engine: that answered.
        clock: unix seconds.
    """
    finished = turn.finished
    assert finished is not None, "only a finished turn is remembered"
    return Exchange(
        user=asked,
        answer=turn.text,
        reason=finished.reason,
        model=engine.model,
        engine=engine.name,
        usage=finished.usage,
        ttft_s=turn.ttft_s,
        total_s=turn.total_s,
        tokens_per_s=decode_rate(finished, ttft_s=turn.ttft_s, total_s=turn.total_s),
        at=clock(),
    )


def decode_rate(finished: Finished, *, ttft_s: float | None, total_s: float | None) -> float | None:
    """Answer tokens a second after the first: the engine's figure, else by axchat's clock; None if unknown.

    The engine's own is not used where it counts the prompt's tokens too.
    """
    timings, tokens = finished.timings, finished.usage.completion_tokens
    if timings.tokens_per_s is not None and not timings.rate_includes_prompt:
        return timings.tokens_per_s
    if tokens is None or tokens < 2 or ttft_s is None or total_s is None or total_s <= ttft_s:
        return None
    return (tokens - 1) / (total_s - ttft_s)
