"""The loading bars, one drawing for each thing that is loaded (vendor cqdm.cpp)."""

import time

from axchat.standin import text
from axchat.standin.clock import Pace
from axchat.standin.session import Session

BARS_BESIDE_LAYERS = 3
"""Tokenizer, embeddings and post model."""


class Bars:
    """The loading bars, with the script's loading time spread over the layers and the post model."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._total = session.settings.layers + BARS_BESIDE_LAYERS
        self._done = 0
        self._pace = Pace(session.interrupts, stoppable=False)
        self._step_s = session.script.load_s / (session.settings.layers + 1)
        self._started = time.monotonic()

    def wait(self) -> None:
        """Spend the time that one layer takes."""
        self._pace.step(self._step_s)

    def draw(self, message: str) -> None:
        """Draw the next bar with its message, and flush it."""
        self._done += 1
        elapsed_ms = int((time.monotonic() - self._started) * text.MILLISECONDS)
        bar = text.progress(self._done, self._total, elapsed_ms, "count", message)
        self._session.output.write(bar)
        self._session.output.flush()
