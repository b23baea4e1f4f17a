"""Console bytes in, events out: no I/O, no clock. The same bytes cut anywhere give the same events.

Text may be split differently over ``TextDelta`` events; joined, it is the same.
"""

from typing import Literal

from axchat.console.buffer import Buffer
from axchat.console.dialects.base import AGAIN, Console, Dialect
from axchat.console.events import NEED_DATA, ConsoleEvent, Wait
from axchat.console.states import State


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
        self._dialect = dialect
        self._echo = echo
        self._console = Console(Buffer(crlf=crlf), one_shot=one_shot, live_print=live_print)

    def __repr__(self) -> str:
        return f"<ConsoleParser {self._dialect.name} {self.state.name}>"

    @property
    def state(self) -> State:
        """Where the console is."""
        return self._console.state

    @property
    def may_be_done(self) -> bool:
        """Whether the unread bytes are an end with a marker; only silence or the end of file proves it."""
        console = self._console
        if console.state is State.ENDING:
            return console.has_marker and console.tail_at == len(console.buffer.data)
        return console.state is State.LATE_ANSWER and console.buffer.data.endswith(b">> ")

    def receive_data(self, data: bytes) -> None:
        """Store bytes from the console."""
        if data:
            self._console.is_silent = False
            self._console.buffer.feed(data)

    def receive_silence(self) -> None:
        """Nothing has come for the settle time: what looks like the end of a turn is it."""
        self._console.is_silent = True

    def receive_eof(self) -> None:
        """The console was closed; nothing more comes."""
        self._console.buffer.end()
        self._console.is_at_end = True

    def begin_turn(self, text: str) -> bytes:
        """Start a turn; returns the bytes to type. Only in state READY."""
        assert self.state is State.READY, self
        typed = self._dialect.encode_turn(text)
        self._console.echo = typed if self._echo else b""
        self._console.go(State.PREFILL)
        return typed

    def next_event(self) -> ConsoleEvent | Literal[Wait.NEED_DATA]:
        """The next event, or NEED_DATA."""
        console = self._console
        while True:
            if console.queue:
                return console.queue.pop(0)
            reading = self._dialect.readers[console.state](console)
            if reading is None:
                return NEED_DATA
            if reading is AGAIN:
                continue
            return reading
