"""A conversation with an engine: says a message, shows the answer, keeps what was said."""

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from axchat.chat.conversation import Conversation, Exchange
from axchat.chat.recorder import Recorder
from axchat.chat.turn import Turn, exchange_of, run_turn
from axchat.deadline import Deadline
from axchat.engines.base import Engine, Request, refuse_unsupported
from axchat.errors import AxchatError
from axchat.events import Event, FinishReason, TextDelta
from axchat.messages import Message, Sampling
from axchat.repl.attachments import compose
from axchat.repl.builtins import TABLE
from axchat.repl.commands import CommandTable
from axchat.repl.display import Bar, Display
from axchat.repl.event_display import end_of, show
from axchat.repl.input_line import Command, Nothing, Unknown, read_line, unknown_command
from axchat.repl.lent import Lent
from axchat.repl.room import Room
from axchat.ui.thoughts import Thoughts


class Withheld(Exception):
    """The user chose not to send the message."""


class ChatSession:
    """Turns lines into messages and commands; also the ``Chat`` that commands work on.

    Everything but ``stop`` is called from one thread, which may wait for the engine as long as it takes.

    Args:
        engine: started by ``start``, or by the caller; closed by the caller.
        display: where everything is shown.
        recorder: keeps the conversation on disk.
        sampling: for every message.
        lent: what the command line lends.
        answer_timeout_s: for each answer, from its sending on; None for ever.
        is_quiet: what engines and queues have to say is not shown.
    """

    def __init__(
        self,
        engine: Engine,
        conversation: Conversation,
        display: Display,
        recorder: Recorder,
        *,
        sampling: Sampling,
        thoughts: Thoughts = Thoughts.HIDE,
        lent: Lent | None = None,
        answer_timeout_s: float | None = None,
        is_quiet: bool = False,
        table: CommandTable = TABLE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.display = display
        self.conversation = conversation
        self.recorder = recorder
        self.sampling = sampling
        self.thoughts = thoughts
        self.think: bool | None = None
        self.lent = lent or Lent()
        recorder.tell = display.tell
        self.attached: list[Message] = []
        self.replaces: Exchange | None = None
        self.is_over = False
        self.is_quiet = is_quiet
        self._engine = engine
        self._answer_timeout_s = answer_timeout_s
        self._table = table
        self._clock = clock
        self._is_stopped = threading.Event()
        self._room = Room(self)

    @property
    def engine(self) -> Engine:
        """What answers."""
        return self._engine

    def tell(self, text: str) -> None:
        """Show lines that are no answer."""
        self.display.tell(text)

    def start(self, deadline: Deadline) -> None:
        """Load the model, showing how far it is.

        Raises:
            AxchatError: it could not start.
        """
        self._show_bar()
        self._start(self._engine, deadline)
        refuse_unsupported(
            self._engine,
            Request(self.conversation.messages_for(self._engine.capabilities), self.sampling),
        )
        self._show_bar()

    def _start(self, engine: Engine, deadline: Deadline) -> None:
        try:
            for event in engine.start(deadline):
                self._show(event)
        finally:
            self.display.status("")

    def use_engine(self, engine: Engine, fit: Callable[[], None]) -> None:
        """Start another engine, call ``fit``, and answer with it from now on; see ``Chat``.

        Raises:
            AxchatError: it did not start, or cannot do what this chat asks for; it is closed.
        """
        try:
            self._start(engine, Deadline(self._answer_timeout_s, self._clock))
            fit()
            said = self.conversation.messages_for(engine.capabilities)
            refuse_unsupported(engine, Request(said, self.sampling))
        except BaseException:  # Ctrl-C too: nothing half loaded stays
            engine.close()
            raise
        before, self._engine = self._engine, engine
        before.close()
        self._show_bar()

    def _show_bar(self) -> None:
        """What is known now; the card is glanced at."""
        engine, exchanges = self._engine, self.conversation.exchanges
        used, glance = self._room.used(), self.lent.glance()
        self.display.bar(
            Bar(
                engine.model,
                engine.name,
                used_tokens=None if used is None else used.count,
                context_tokens=engine.capabilities.context_tokens,
                is_exact=used is None or used.is_exact,
                tokens_per_s=exchanges[-1].tokens_per_s if exchanges else None,
                queued=None if glance is None else glance.queue,
                celsius=None if glance is None else glance.celsius,
                unsaved=self.recorder.unsaved,
            )
        )

    def stop(self) -> None:
        """Stop the answer under way, from any thread."""
        self._is_stopped.set()
        self._engine.cancel()

    def allow(self) -> None:
        """A stop that came too late for the last message is none for the next."""
        self._is_stopped.clear()

    def stops_with(self, text: str, *, is_literal: bool = False) -> bool:
        """Whether this, typed while an answer is under way, stops it; from any thread."""
        line = read_line(text, self._table.names, is_literal=is_literal)
        return isinstance(line, Command) and self._table.runs_during_answer(line.name)

    def take(self, text: str, *, is_literal: bool = False) -> Unknown | None:
        """What was typed: run the command, or say it; gives a command that does not exist.

        Raises:
            AxchatError: the engine's, or a command's; the conversation is as it was before.
            OutputClosed: nobody reads the answer.
        """
        line = read_line(text, self._table.names, is_literal=is_literal)
        if isinstance(line, Unknown):
            return line
        try:
            if isinstance(line, Command):
                self._table.run(self, line.name, line.argument)
            elif not isinstance(line, Nothing):
                self._say_typed(line.text)
        finally:
            self._is_stopped.clear()
        return None

    def _say_typed(self, text: str) -> None:
        """What was typed, with what is attached to it, and in place of the last exchange if that is edited.

        Without an answer both are as they were, for the next try.
        """
        message, attached = compose(self.attached, text), list(self.attached)
        edited, self.replaces = self.replaces, None
        if edited is not None and self.conversation.exchanges[-1:] == (edited,):
            self.conversation.undo()
        else:
            edited = None
        self.attached.clear()
        try:
            self.say(message, instead_of=edited)
        finally:
            last = self.conversation.exchanges[-1:]
            if not last or last[0].user is not message:
                self.attached[:0] = attached
                self.replaces = edited

    def handle(self, text: str, *, is_literal: bool = False) -> None:
        """``take`` for people: shows what was typed, what fails is told, and a message comes back."""
        self.display.echo(text)
        said = len(self.conversation.exchanges)
        try:
            unknown = self.take(text, is_literal=is_literal)
        except AxchatError as error:
            self.tell(f"error: {error.message}")
            if error.hint is not None:
                self.tell(f"hint: {error.hint}")
            if len(self.conversation.exchanges) == said and not text.startswith("/"):
                self.tell("your message is on the input line again")
                self.display.put_draft(text)
        except Withheld:
            self.tell("nothing was sent; your message is on the input line again")
            self.display.put_draft(text)
        else:
            if unknown is not None:
                self.tell("; ".join(unknown_command(unknown)))
        self._show_bar()

    def say(self, message: Message, *, instead_of: Exchange | None = None) -> None:
        """Send a message, show its answer, and keep both; see ``Chat``.

        A message that got no answer, because of an error or an early stop, is taken out of the conversation.

        Raises:
            AxchatError: the engine's; the conversation is as it was before.
            OutputClosed: nobody reads the answer.
            Withheld: it does not fit the context, and the user will not have it sent.
        """
        exchange = None
        try:
            if not self._room.make(message):
                raise Withheld
            self.conversation.ask(message)
            try:
                sent = self.conversation.messages_for(self._engine.capabilities)
                turn = self._answer(sent, self.sampling)
            finally:
                self.conversation.withdraw()
            if turn.text:
                exchange = exchange_of(message, turn, self._engine)
        finally:
            if exchange is None and instead_of is not None:
                self.conversation.put_back(instead_of)
        if exchange is not None:
            self.conversation.ask(message)
            self.conversation.answer(exchange)
            self._room.learn(sent)
            self._keep(exchange, is_replacing=instead_of is not None)
        self.display.end_answer()
        self.display.status("")
        if told := end_of(turn):
            self.tell(told)

    def dictate(self, messages: Sequence[Message]) -> str | None:
        """Have the model say something that is no part of the conversation; see ``Chat``."""
        # the chat's limits are for its answers: a summary that ends at one would be none
        turn = self._answer(tuple(messages), replace(self.sampling, max_tokens=None, stop=None))
        self.display.end_answer()
        reason = None if turn.finished is None else turn.finished.reason
        is_cut = reason in {None, FinishReason.CANCELLED, FinishReason.LENGTH}
        return turn.text if turn.text and not is_cut else None

    def _answer(self, messages: tuple[Message, ...], sampling: Sampling) -> Turn:
        deadline = Deadline(self._answer_timeout_s, self._clock)
        if self._engine.is_lost:
            self.tell("the model's process had ended; loading again")
            self._start(self._engine, deadline)
        request = Request(messages, sampling, deadline, think=self.think)
        self.display.begin_answer(self.thoughts)
        try:
            with contextlib.closing(run_turn(self._engine, request, clock=self._clock)) as turn:
                if self._is_stopped.is_set():
                    self._engine.cancel()  # the one before came when there was nothing to stop yet
                for event in turn:
                    self._show(event)
        except BaseException:  # a closed output too: the answer ends on the screen
            self.display.status("")
            self.display.end_answer()
            raise
        return turn

    def _show(self, event: Event) -> None:
        if not self.is_quiet or isinstance(event, TextDelta):
            show(event, self.display)

    def _keep(self, exchange: Exchange, *, is_replacing: bool) -> None:
        if is_replacing:
            self.recorder.replace_last(exchange)
        else:
            self.recorder.keep(exchange)
