"""What a dialect is: a reader for each state, how a turn is written, and what it cannot carry."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from axchat.console.buffer import Buffer, TextDecoder
from axchat.console.events import ConsoleEvent
from axchat.console.states import TRANSITIONS, State


class Step(Enum):
    """What a reader gives besides an event."""

    AGAIN = "again"


AGAIN = Step.AGAIN
"""A reader changed the state or consumed something silent: ask the reader of the state once more."""

Reading = ConsoleEvent | Literal[Step.AGAIN] | None
"""What a reader gives: an event, AGAIN, or None for "more bytes, please"."""


@dataclass
class Console:
    """All that readers share about one console.

    Attributes:
        buffer: unread bytes.
        state: changed only by ``go``.
        one_shot: a prompt was given on the command line, so that a turn follows the load at once.
        live_print: answers are streamed (True), printed after the end line (False), or not known (None).
        echo: bytes the terminal will echo before the answer; empty without ECHO.
        is_at_end: no more bytes will come.
        tail_at: while ENDING, where in the buffer the unread rest of the possible tail begins.
        has_marker: while ENDING, whether the tail holds the prompt marker.
        is_silent: the driver saw no byte for the settle time; cleared by the next bytes.
    """

    buffer: Buffer
    one_shot: bool = False
    live_print: bool | None = None
    state: State = State.BOOTING
    echo: bytes = b""
    is_at_end: bool = False
    is_silent: bool = False
    tail_at: int = 0
    has_marker: bool = False
    text: TextDecoder = field(default_factory=TextDecoder)
    ttft_ms: float | None = None
    tokens_per_s: float | None = None
    queue: list[ConsoleEvent] = field(default_factory=list)

    def go(self, state: State) -> None:
        """Change the state, along the table only."""
        assert state in TRANSITIONS[self.state], f"{self.state} -> {state}"
        self.state = state


@dataclass(frozen=True, slots=True)
class Dialect:
    """One console protocol of a vendor runner.

    Attributes:
        name: as in the vocabulary of the documentation.
        readers: one per state; each consumes some bytes and gives a Reading.
        encode_turn: prompt text to the bytes to be typed.
        quit: bytes that end an idle runner politely.
    """

    name: str
    readers: Mapping[State, Callable[[Console], Reading]]
    encode_turn: Callable[[str], bytes]
    quit: bytes
