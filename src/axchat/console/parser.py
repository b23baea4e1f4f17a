"""Console bytes in, events out: no I/O, no clock. The same bytes cut anywhere give the same events.

Text may be split differently over ``TextDelta`` events; joined, it is the same.
"""

from typing import Literal

from axchat.console.base import AGAIN, Command, Console, Dialect
from axchat.console.buffer import Buffer
from axchat.console.events import NEED_DATA, ConsoleEvent, Limits, Wait
from axchat.console.states import State
from axchat.errors import UsageError


class ConsoleParser:
    """One vendor console, read from its first byte to its end.

    Call ``receive_data`` with what was read, then ``next_event`` until it gives ``NEED_DATA``. Call
    ``receive_silence`` when nothing came for the settle time, ``receive_eof`` at the end of file.

    Args:
        dialect: how this runner speaks.
        one_shot: a prompt was given on the runner's command line.
        live_print: what the run script says; None finds out.
        crlf: the terminal turns LF into CR LF (see ``Buffer``).
        echo: the terminal echoes what is typed.
    """

    def __init__(
        self,
        dialect: Dialect,
        *,
        one_shot: bool = False,
        live_print: bool | None = None,
        crlf: bool = False,
        echo: bool = False,
    ) -> None:
        self._echo = echo
        self._console = Console(dialect, Buffer(crlf=crlf), one_shot=one_shot, live_print=live_print)

    def __repr__(self) -> str:
        return f"<ConsoleParser {self.dialect.name} {self.state.name}>"

    @property
    def dialect(self) -> Dialect:
        """How the runner speaks; a variant of what was given when the bytes have shown one."""
        return self._console.dialect

    @property
    def state(self) -> State:
        """Where the console is."""
        return self._console.state

    @property
    def limits(self) -> Limits:
        """What the start lines have told so far."""
        return self._console.limits

    @property
    def may_be_done(self) -> bool:
        """Whether the unread bytes are an end with a marker; only silence or the end of file proves it.

        Also for a marker without an end: of a failed turn, a command, a vision build that asks for files.
        """
        return self._console.needs_silence

    def receive_data(self, data: bytes) -> None:
        """Store bytes from the console."""
        if data:
            self._console.is_silent = self._console.needs_silence = False
            self._console.buffer.feed(data)

    def receive_silence(self) -> None:
        """Nothing has come for the settle time: what looks like the end of a turn is it."""
        self._console.is_silent = True

    def receive_eof(self) -> None:
        """The console was closed; nothing more comes."""
        self._console.buffer.end()
        self._console.is_at_end = True

    def begin_turn(self, text: str) -> bytes:
        """Start a turn; returns the bytes to type. Only in state READY.

        Raises:
            PromptRefused: the dialect cannot carry this prompt.
        """
        return self._begin(State.PREFILL, self.dialect.encode_turn(text))

    def begin_command(self, command: Command) -> bytes:
        """Start a command; returns the bytes to type. Only in state READY; ``Ready`` tells that it is over.

        Raises:
            UsageError: the runner has no such command.
        """
        if command not in self.dialect.commands:
            raise UsageError(f"runners of the {self.dialect.name} dialect have no command {command.value!r}")
        return self._begin(State.COMMAND, self.dialect.commands[command])

    def attach(self, *paths: str) -> bytes:
        """Answer ``AttachmentAsked``; returns the bytes to type, an empty line for a turn without files.

        Raises:
            PromptRefused: the runner cannot take these paths.
        """
        assert self.state is State.ATTACHING, self
        typed = self.dialect.encode_attachments(paths)
        self._console.go(State.PREFILL)
        self._console.echo = self._echo_of(typed)
        return typed

    def _begin(self, state: State, typed: bytes) -> bytes:
        assert self.state is State.READY, self
        self._console.drop_idle_bytes()
        self._console.begin(state, self._echo_of(typed))
        return typed

    def _echo_of(self, typed: bytes) -> bytes:
        return typed if self._echo or self.dialect.echoes else b""

    def next_event(self) -> ConsoleEvent | Literal[Wait.NEED_DATA]:
        """The next event, or NEED_DATA."""
        console = self._console
        while True:
            if console.queue:
                return console.queue.pop(0)
            console.needs_silence = False
            reading = console.dialect.readers[console.state](console)
            if reading is None:
                return NEED_DATA
            if reading is AGAIN:
                continue
            return reading
