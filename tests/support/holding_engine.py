"""An engine that holds its answer when it is told to, until somebody cancels it."""

import queue
from collections.abc import Generator
from pathlib import Path

from axchat.engines.base import Request
from axchat.engines.scripted import Answer, ScriptedEngine
from axchat.events import Event
from axchat.messages import Message

FOR_EVER_S = 3600.0
"""Longer than any test: what is held ends by a cancel only."""

HOLD = "hold"
"""The message whose answer never begins."""

HOLD_INSIDE = "hold inside"
"""The message whose answer says one word and then nothing more."""


class HoldingEngine(ScriptedEngine):
    """Says ``echo: MESSAGE`` word by word, or holds (``HOLD``, ``HOLD_INSIDE``).

    Attributes:
        begun: gets the message of each generation as it begins.
        ended: gets it when the generation is over, however it ended.
        had_pictures: whether the pictures of each request were there until its end.
    """

    def __init__(self, *, stop_s: float = 0.0) -> None:
        super().__init__(_echo, stop_s=stop_s)
        self.had_pictures: list[bool] = []
        self.begun: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.ended: queue.SimpleQueue[str] = queue.SimpleQueue()

    def generate(self, request: Request) -> Generator[Event, None, None]:
        """See ``Engine.generate``."""
        text = request.messages[-1].text
        self._first_token_s = FOR_EVER_S if text == HOLD else 0.0
        self._token_s = FOR_EVER_S if text == HOLD_INSIDE else 0.0
        return self._tell(request.messages[-1], super().generate(request))

    def _tell(self, asked: Message, events: Generator[Event, None, None]) -> Generator[Event, None, None]:
        self.begun.put(asked.text)
        try:
            yield from events
        finally:
            self.had_pictures.append(all(Path(image).exists() for image in asked.images))
            self.ended.put(asked.text)


def _echo(request: Request) -> Answer:
    words = request.messages[-1].text.split()
    return Answer(["echo:", *(f" {word}" for word in words)])
