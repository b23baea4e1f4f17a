"""What axcl-smi says of the card, read now and then in a thread."""

import asyncio
import os
import shutil
import time
from collections.abc import Callable, Mapping

from axchat.axcl.smi import Card, parse_smi
from axchat.doctor.child import OUTPUT_LIMIT_BYTES, run_child
from axchat.process.launch import child_environment

FRESH_S = 10.0
"""A reading is good for so long: axcl-smi talks to the card and takes a second of its processor."""

KNOWN_S = 60.0
"""A reading may still be shown for so long, to whoever cannot wait for a new one."""

TIMEOUT_S = 5.0
"""axcl-smi answers within a second, or not at all (a card that is dead or lost)."""


class CardReading:
    """Reads one card; one reading at a time, whoever asks meanwhile gets the same.

    Args:
        device: the card's index.
        env: where ``axcl-smi`` is looked for; ours by default.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        device: int,
        env: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._device = device
        self._env = os.environ if env is None else env
        self._clock = clock
        self._reading: asyncio.Task[Card | None] | None = None
        self._read_at: float | None = None
        self._read_last: tuple[float, Card | None] | None = None

    async def card(self) -> Card | None:
        """The card; None where axcl-smi is missing, fails, or does not list it."""
        return await asyncio.shield(self._fresh())

    def latest(self) -> Card | None:
        """The card as it was read last, without waiting; None where that was long ago, or never.

        Starts a new reading where the last is not fresh: who asks now and then gets it the next time. Call
        it in the event loop's thread.
        """
        self._fresh()
        read = self._read_last
        return None if read is None or self._clock() - read[0] > KNOWN_S else read[1]

    def _fresh(self) -> "asyncio.Task[Card | None]":
        """The reading that is fresh or under way."""
        is_fresh = self._read_at is not None and self._clock() - self._read_at < FRESH_S
        if self._reading is None or (self._reading.done() and not is_fresh):
            self._read_at = self._clock()
            self._reading = asyncio.create_task(asyncio.to_thread(self._read))
        return self._reading

    def _read(self) -> Card | None:
        began = self._clock()
        card = self._look()
        self._read_last = began, card
        return card

    def _look(self) -> Card | None:
        program = shutil.which("axcl-smi", path=self._env.get("PATH"))
        if program is None:
            return None
        done = run_child([program], child_environment(self._env), TIMEOUT_S, OUTPUT_LIMIT_BYTES)
        return next((card for card in parse_smi(done.output).cards if card.index == self._device), None)
