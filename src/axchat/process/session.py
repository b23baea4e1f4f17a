"""A runner's console, read by a thread of its own, so that what it says is known at once, also while idle."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from axchat.console.base import Command
from axchat.console.buffer import MAX_UNIT_BYTES
from axchat.console.choice import confirm
from axchat.console.events import NEED_DATA, ConsoleEvent
from axchat.console.parser import ConsoleParser
from axchat.console.states import State
from axchat.errors import ModelError, RunnerFailed
from axchat.process import shutdown
from axchat.process.transport import ConsoleTransport, Output

SETTLE_S = 0.03
"""Silence that proves the end of a turn where an answer stands on the console (runner-console 9.1)."""

WRITE_TIMEOUT_S = 10.0
"""A runner at its marker reads a line at once; one that takes none for this long hangs."""


@dataclass(frozen=True, slots=True)
class Stderr:
    """Bytes of the runner's standard error."""

    data: bytes


@dataclass(frozen=True, slots=True)
class WrongConsole:
    """The first bytes are of another dialect than the chosen one."""

    error: ModelError


SessionEvent = ConsoleEvent | Stderr | WrongConsole


class ConsoleSession:
    """One runner on its console: events come out in order, turns and signals go in.

    Args:
        transport: the running child; owned from here on.
        parser: reads its console.
        on_event: gets every event, on the reading thread; must return quickly.
        needs_silence: an end is believed after ``SETTLE_S`` of silence; False where no answer text stands on
            the console, so that nothing can be mistaken for an end.
    """

    def __init__(
        self,
        transport: ConsoleTransport,
        parser: ConsoleParser,
        on_event: Callable[[SessionEvent], None],
        *,
        needs_silence: bool = True,
    ) -> None:
        self._transport = transport
        self._parser = parser
        self._on_event = on_event
        self._needs_silence = needs_silence
        self._lock = threading.Lock()
        self._is_stopping = False
        self._first: bytes | None = b""
        self._thread = threading.Thread(target=self._read, name="console", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """The runner's process group."""
        return self._transport.pid

    def begin_turn(self, text: str) -> None:
        """Type a turn; the runner must be at its marker.

        Raises:
            PromptRefused: the dialect cannot carry it; nothing was typed.
            RunnerFailed: the runner takes no input.
        """
        self._type(lambda: self._parser.begin_turn(text))

    def begin_command(self, command: Command) -> None:
        """Type a command; ``Ready`` tells that it is over.

        Raises:
            UsageError: the runner has no such command.
            RunnerFailed: the runner takes no input.
        """
        self._type(lambda: self._parser.begin_command(command))

    def attach(self, paths: Sequence[str]) -> None:
        """Answer ``AttachmentAsked``; no path is a turn without files.

        Raises:
            PromptRefused: the runner cannot take these paths.
            RunnerFailed: the runner takes no input.
        """
        self._type(lambda: self._parser.attach(*paths))

    def _type(self, encode: Callable[[], bytes]) -> None:
        with self._lock:
            if self._parser.state is State.CLOSED:
                raise RunnerFailed("the runner closed its console")
            typed = encode()
        self._transport.write(typed, WRITE_TIMEOUT_S)

    def interrupt(self) -> None:
        """Send SIGINT to the runner; from any thread."""
        self._transport.interrupt()

    def terminate(self) -> None:
        """Send SIGTERM to the runner; from any thread."""
        self._transport.terminate()

    def end(
        self, *, quit_bytes: bytes | None, quit_patience_s: float = shutdown.QUIT_PATIENCE_S
    ) -> tuple[shutdown.Ended, int | None]:
        """End the runner and stop reading; what it still says goes to ``on_event`` as before.

        Args:
            quit_bytes: what an idle runner takes as "quit"; None when it is not idle.
            quit_patience_s: see ``shutdown.end``.
        """
        self._is_stopping = True
        self._transport.wake()
        self._thread.join()
        return shutdown.end(
            self._transport, quit_bytes=quit_bytes, on_output=self._take, quit_patience_s=quit_patience_s
        )

    def _read(self) -> None:
        while not self._is_stopping:
            output = self._transport.read(self._patience())
            if output is None:
                self._take_silence()
                continue
            self._take(output)
            if output.is_end:
                return

    def _patience(self) -> float | None:
        return SETTLE_S if self._parser.may_be_done else None

    def _take_silence(self) -> None:
        if not self._is_stopping and self._parser.may_be_done:
            with self._lock:
                self._parser.receive_silence()
            self._tell()

    def _take(self, output: Output) -> None:
        if output.stderr:
            self._on_event(Stderr(output.stderr))
        self._confirm(output.console)
        with self._lock:
            self._parser.receive_data(output.console)
            if output.is_end:
                self._parser.receive_eof()
        self._tell()
        if not self._needs_silence and self._parser.state is not State.BOOTING:
            self._take_silence()

    def _confirm(self, data: bytes) -> None:
        """Hold the first bytes against the chosen dialect, until they prove it or the load is over."""
        if self._first is None:
            return
        self._first += data
        try:
            is_proven = confirm(self._parser.dialect, self._first)
        except ModelError as error:
            self._on_event(WrongConsole(error))
            is_proven = True
        if is_proven or len(self._first) > MAX_UNIT_BYTES or self._parser.state is not State.BOOTING:
            self._first = None

    def _tell(self) -> None:
        while True:
            with self._lock:
                event = self._parser.next_event()
            if event is NEED_DATA:
                return
            self._on_event(event)
