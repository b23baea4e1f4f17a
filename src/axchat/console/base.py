"""What a dialect is: a reader for each state, the grammar of its turns, and what can be typed."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from re import Pattern as Regex
from typing import Literal

from axchat.console.buffer import Buffer, TextDecoder
from axchat.console.events import ConsoleEvent, ConsoleLine, Limits, Overflow
from axchat.console.grammar import RUNTIME
from axchat.console.patterns import Pattern
from axchat.console.states import TRANSITIONS, State
from axchat.console.turn_text import no_attachments


class Step(Enum):
    """What a reader gives besides an event."""

    AGAIN = "again"


class Decline(Enum):
    """What a part of a reader gives instead of a Reading."""

    ELSE = "else"


AGAIN = Step.AGAIN
"""A reader changed the state or consumed something silent: ask the reader of the state once more."""

ELSE = Decline.ELSE
"""A part of a reader has found nothing of its own: go on with the next part."""

Reading = ConsoleEvent | Literal[Step.AGAIN] | None
"""What a reader gives: an event, AGAIN, or None for "more bytes, please"."""

PerhapsReading = Reading | Literal[Decline.ELSE]
"""What a part of a reader gives."""


class Command(StrEnum):
    """What can be asked of a stateful runner besides an answer."""

    RESET = "reset"
    DROP_LAST = "drop-last"
    HISTORY = "history"


@dataclass(frozen=True, slots=True)
class Grammar:
    """The bytes of one runner's turns.

    Attributes:
        marker: what stands where a prompt is awaited.
        read_item: one unit outside a turn: log line, bar, library line, plain line.
        before: lines between prompt and answer.
        cuts: lines that are cut out of an answer, also right before its first byte.
        ends: what an end begins with; group ``rate`` where that is the end line itself.
        profile: a line of profiling, where an end may begin with those.
        end_line: the end line behind lines of profiling.
        tail: lines of the runner that may follow an end.
        words: fixed text that may stand between an end and the marker.
        quits: what ends the runner, as it is echoed behind the marker.
        late_tail: with ``--live_print 0``, what follows the answer; None where there is no such switch.
        has_ttft: whether a ttft line stands before every answer, so that a marker before it is a failed turn.
        asks: second markers, where a turn's files are typed.
        always_asks: whether each turn asks for files.
    """

    marker: bytes
    read_item: Callable[["Console"], Reading]
    before: tuple[Pattern, ...]
    cuts: tuple[Pattern, ...]
    ends: tuple[Pattern, ...]
    tail: tuple[Pattern, ...]
    quits: tuple[bytes, ...]
    profile: Pattern | None = None
    end_line: Pattern | None = None
    words: tuple[bytes, ...] = ()
    late_tail: Regex[bytes] | None = None
    has_ttft: bool = False
    asks: tuple[bytes, ...] = ()
    always_asks: bool = False


@dataclass(frozen=True, slots=True)
class Dialect:
    """One console protocol of a vendor runner.

    Attributes:
        name: as in the vocabulary of the documentation.
        grammar: the bytes of its turns.
        readers: one per state; each consumes some bytes and gives a Reading.
        encode_turn: prompt text to the bytes to be typed; raises PromptRefused.
        encode_attachments: paths to the bytes that answer a second marker; raises PromptRefused.
        quit: bytes that end an idle runner politely.
        commands: bytes of the commands it knows.
        echoes: the program itself echoes what is typed, whatever the terminal does.
    """

    name: str
    grammar: Grammar
    readers: Mapping[State, Callable[["Console"], Reading]]
    encode_turn: Callable[[str], bytes]
    quit: bytes
    encode_attachments: Callable[[Collection[str]], bytes] = no_attachments
    commands: Mapping[Command, bytes] = field(default_factory=dict)
    echoes: bool = False


@dataclass
class Console:
    """All that readers share about one console.

    Attributes:
        dialect: how the runner speaks; a reader may change it to a variant when the bytes show one.
        buffer: unread bytes.
        state: changed only by ``go``.
        one_shot: a prompt was given on the command line, so that a turn follows the load at once.
        live_print: answers are streamed (True), printed after the end line (False), or not known (None).
        echo: bytes that will be echoed before the answer; empty without echo.
        is_at_end: no more bytes will come.
        is_silent: the driver saw no byte for the settle time; cleared by the next bytes.
        needs_silence: only silence is missing for the unread bytes to be the end of something.
        is_ready: the marker was told and no turn begun since.
        markers: markers since the last thing that was typed.
        limits: what the start lines told.
        tail_at: while ENDING, where in the buffer the unread rest of the possible tail begins.
        end_at: while ENDING, how many bytes the end itself has.
        has_end: while ENDING, whether the end line itself was read.
        has_marker: while ENDING, whether the tail holds the prompt marker.
        may_ask: the turn has not asked for files yet.
        has_vision: the runner said that it asks for files.
        has_log: the turn has brought a log line.
        failure: first error line of the turn before its answer.
        overflow: numbers of the turn's context overflow.
    """

    dialect: Dialect
    buffer: Buffer
    one_shot: bool = False
    live_print: bool | None = None
    state: State = State.BOOTING
    echo: bytes = b""
    is_at_end: bool = False
    is_silent: bool = False
    needs_silence: bool = False
    is_ready: bool = False
    markers: int = 0
    limits: Limits = field(default_factory=Limits)
    tail_at: int = 0
    end_at: int = 0
    has_end: bool = False
    has_marker: bool = False
    may_ask: bool = False
    has_vision: bool = False
    has_log: bool = False
    failure: str | None = None
    overflow: Overflow | None = None
    text: TextDecoder = field(default_factory=TextDecoder)
    ttft_ms: float | None = None
    tokens_per_s: float | None = None
    queue: list[ConsoleEvent] = field(default_factory=list)

    @property
    def grammar(self) -> Grammar:
        """The bytes of its turns."""
        return self.dialect.grammar

    def go(self, state: State) -> None:
        """Change the state, along the table only."""
        assert state in TRANSITIONS[self.state], f"{self.state} -> {state}"
        self.state = state

    def drop_idle_bytes(self) -> None:
        """Before something is typed: an unfinished line is none of its echo, ``^C`` of an idle terminal say.

        The start of a library line stays, because its end is still to come.
        """
        if not RUNTIME.may_begin(self.buffer.data):
            idle = self.buffer.take(len(self.buffer.data))
            self.queue.append(ConsoleLine(idle.decode(errors="replace")))

    def begin(self, state: State, echo: bytes) -> None:
        """Something is typed at the marker; what was known of the last turn is over."""
        self.go(state)
        self.echo = echo
        self.is_ready, self.markers = False, 0
        self.may_ask, self.has_log = bool(self.grammar.asks), False
        self.failure = self.overflow = self.ttft_ms = self.tokens_per_s = None
