"""One runner that has loaded, or is loading, its model: its events in order, its signals, its end."""

import contextlib
import queue
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from axchat.console.base import Command, Dialect
from axchat.console.events import Closed, ConsoleLine, Fault, FaultKind, RunnerLog, RuntimeLog
from axchat.console.idle import ENDLESS_MARKERS, MAX_IDLE_MARKERS
from axchat.console.parser import ConsoleParser
from axchat.console.states import State
from axchat.deadline import Deadline
from axchat.engines.context_room import ContextRoom
from axchat.engines.runner_faults import Evidence
from axchat.errors import RunnerFailed, RunnerTimeout
from axchat.events import Event, Level, Notice, TextDelta
from axchat.process.session import ConsoleSession, SessionEvent, Stderr
from axchat.process.shutdown import QUIT_PATIENCE_S, Ended
from axchat.process.transport import ConsoleTransport


@dataclass(frozen=True, slots=True)
class Woken:
    """Somebody wants a look at the state: a cancel."""


RunnerEvent = SessionEvent | Woken

CONSOLE_ENDED = "its console ended"
"""Why a runner is lost that said nothing about it."""

_STRAYED_CHARS = 4096


class GoneWhileIdle(RunnerFailed):
    """The runner had ended before it took the prompt: nothing was lost, another one can be asked."""


class LoadedRunner:
    """A runner, from its start to its end: ``start`` first, ``end`` last.

    ``next_event`` belongs to one thread; ``interrupt``, ``wake`` and ``put`` may be called from any.

    Args:
        dialect: what it speaks.
        evidence: collects what it says, for the error if it fails.
        owns_tokenizer: no answer text stands on the console, so an end is believed at once.
        one_shot: a prompt was given on its command line.

    Attributes:
        is_idle: it stands at its marker and may be typed to or quit.
        lost: why it can no longer be used; None while it can.
    """

    def __init__(
        self,
        dialect: Dialect,
        evidence: Evidence,
        *,
        owns_tokenizer: bool,
        one_shot: bool = False,
        live_print: bool | None = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.dialect = dialect
        self.evidence = evidence
        self.is_idle = False
        self.lost: str | None = None
        self.started_at = clock()
        self.ready_at: float | None = None
        self.ended: tuple[Ended, int | None] | None = None
        self._clock = clock
        self._is_load_told = False
        self._events: queue.SimpleQueue[RunnerEvent] = queue.SimpleQueue()
        self._owns_tokenizer = owns_tokenizer
        self._strayed = ""
        self._parser = ConsoleParser(dialect, one_shot=one_shot, live_print=live_print)
        self._session: ConsoleSession | None = None

    def start(self, transport: ConsoleTransport) -> None:
        """Read this console from now on; it is owned by the runner."""
        self.started_at = self._clock()
        self._session = ConsoleSession(
            transport, self._parser, self._take, needs_silence=not self._owns_tokenizer
        )

    @property
    def _console(self) -> ConsoleSession:
        assert self._session is not None, "start() comes first"
        return self._session

    @property
    def room(self) -> ContextRoom:
        """The context's sizes, as far as its log told them."""
        return ContextRoom(self._parser.limits)

    @property
    def pid(self) -> int:
        """Its process group."""
        return self._console.pid

    @property
    def is_loading(self) -> bool:
        """Whether it has not come to its marker or its first answer."""
        return self._parser.state is State.BOOTING

    @property
    def lived_s(self) -> float:
        """Seconds since it was ready; 0 when it never was."""
        return 0.0 if self.ready_at is None else self._clock() - self.ready_at

    @property
    def load_s(self) -> float | None:
        """Seconds the load took; None while it is under way."""
        return None if self.ready_at is None else self.ready_at - self.started_at

    def load_s_once(self) -> float | None:
        """Seconds the load took, for the first answer after it; None for the others."""
        told, self._is_load_told = self._is_load_told, True
        return None if told else self.load_s

    def _take(self, event: SessionEvent) -> None:
        """On the reading thread: keep what matters at once, queue the rest."""
        match event:
            case RunnerLog() | RuntimeLog():
                self.evidence.add_line(event.message, event.level)
            case ConsoleLine():
                self.evidence.add_line(event.text, "I")
            case Fault():
                self.evidence.faults.append(event)
                if self.is_idle or event.kind is FaultKind.INPUT:
                    self.lost = self.lost or event.message
                if event.kind is FaultKind.INPUT and self._session is not None:
                    # it would keep a core busy until somebody asks
                    self._session.terminate()
            case TextDelta() if self._owns_tokenizer:
                self._stray(event.text)
                return
            case Closed():
                self.lost = self.lost or self.evidence.last_line or CONSOLE_ENDED
        self._events.put(event)

    def _stray(self, text: str) -> None:
        """Console text of a runner whose tokenizer is axchat's own: none of the model's."""
        if text.strip():
            self.evidence.add_line(text.strip())
        self._strayed = (self._strayed + text)[-_STRAYED_CHARS:]
        marker = self.dialect.grammar.marker.decode()
        if self._strayed.count(marker) > MAX_IDLE_MARKERS:
            self._strayed = ""
            self._take(Fault(FaultKind.INPUT, ENDLESS_MARKERS))

    def put(self, event: TextDelta) -> None:
        """Queue a piece of the answer that came by another way than the console."""
        self._events.put(event)

    def wake(self) -> None:
        """Make a waiting ``events`` look at the world; safe in a signal handler."""
        self._events.put(Woken())

    def begin_turn(self, text: str) -> None:
        """Type a turn.

        Raises:
            PromptRefused: the dialect cannot carry it.
            GoneWhileIdle: the runner takes no input.
        """
        self._strayed = ""
        self.evidence = self.evidence.of_next_turn()
        with self._losing():
            self._console.begin_turn(text)
        self.is_idle = False

    def begin_command(self, command: Command) -> None:
        """Type a command; ``Ready`` tells that it is over.

        Raises:
            GoneWhileIdle: the runner takes no input.
        """
        with self._losing():
            self._console.begin_command(command)
        self.is_idle = False

    def attach(self, paths: Sequence[str]) -> None:
        """Answer a vision build's question for files; none for a text turn."""
        with self._losing():
            self._console.attach(paths)

    @contextlib.contextmanager
    def _losing(self) -> Iterator[None]:
        """A runner that takes no input is of no more use."""
        try:
            yield
        except RunnerFailed as error:
            self.lost = self.lost or error.message
            raise GoneWhileIdle(error.message, hint="run: axchat doctor") from error

    def interrupt(self) -> None:
        """Send SIGINT; does nothing before the start."""
        if self._session is not None:
            self._session.interrupt()

    def next_event(self, patience_s: float | None) -> RunnerEvent | None:
        """The next event; None when none came in time."""
        try:
            return self._events.get(timeout=patience_s)
        except queue.Empty:
            return None

    def idle_notices(self) -> Iterator[Event]:
        """What has come since the last turn, without waiting; a fault in it loses the runner.

        What follows a fault is not told: it comes of it.
        """
        is_lost = False
        while True:
            try:
                event = self._events.get_nowait()
            except queue.Empty:
                return
            if isinstance(event, Fault):
                is_lost = True
                self.lost = self.lost or event.message
            if not is_lost:
                yield from notices(self, event)

    def ready(self) -> None:
        """It stands at its marker."""
        self.is_idle = True
        self.loaded()

    def loaded(self) -> None:
        """The load is over."""
        if self.ready_at is None:
            self.ready_at = self._clock()

    def end(self, quit_patience_s: float = QUIT_PATIENCE_S) -> tuple[Ended, int | None]:
        """End it, politely when it is idle; may be called twice.

        Returns:
            The step that worked and the exit status.
        """
        if self.ended is None:
            quit_bytes = self.dialect.quit if self.is_idle and self.lost is None else None
            self.is_idle = False
            self.ended = self._console.end(quit_bytes=quit_bytes, quit_patience_s=quit_patience_s)
            self.lost = self.lost or "it was ended"
        return self.ended


def silence(runner: LoadedRunner, deadline: Deadline, silence_s: float) -> RunnerTimeout:
    """The error for a runner that says nothing, or for a request whose time is over."""
    where = "while loading" if runner.is_loading else "while answering"
    last = f"; last line: {runner.evidence.last_line}" if runner.evidence.last_line else ""
    if deadline.is_over:
        return RunnerTimeout(f"no full answer within the time limit, {where}{last}", hint="raise --timeout")
    return RunnerTimeout(
        f"the runner said nothing for {silence_s:.0f} s {where}{last}", hint="run: axchat doctor"
    )


def notices(runner: LoadedRunner, event: RunnerEvent) -> Iterator[Event]:
    """What of a runner's own words the user should see: warnings, errors, library lines.

    The runner's error lines of a load are left out: they are the error if it fails, and noise if not.
    """
    match event:
        case RunnerLog() if event.level in "EW" and runner.ready_at is not None:
            yield Notice(f"runner: {event.message}", Level.WARNING)
        case RuntimeLog() if event.is_warning:
            yield Notice(f"AXCL runtime: {event.message}", Level.WARNING)
        case Stderr():
            for said in runner.evidence.add_stderr(event.data):
                yield Notice(f"AXCL runtime: {said}", Level.WARNING)
