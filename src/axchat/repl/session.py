"""A conversation with an engine: says a message, writes the answer, keeps what was said."""

import contextlib
import time
from collections.abc import Callable, Sequence

from axchat.chat.conversation import Conversation
from axchat.chat.turn import Turn, exchange_of, run_turn
from axchat.deadline import Deadline
from axchat.engines.base import Capabilities, Engine, Request
from axchat.events import Event, FinishReason, Level, LoadProgress, Notice, PromptEstimate, TextDelta
from axchat.messages import Message, Role, Sampling
from axchat.repl.builtins import TABLE
from axchat.repl.commands import CommandTable
from axchat.repl.input_line import Command, Nothing, Say, Unknown, read_line
from axchat.repl.notices import NoticeWriter
from axchat.ui.answer import AnswerWriter
from axchat.ui.stderr import waiting


class ChatSession:
    """Turns lines into messages and commands; also the ``Chat`` that commands work on.

    Args:
        engine: started; neither started nor closed here.
        writer: where answers go.
        notices: where everything else goes.
        sampling: for every message.
        answer_timeout_s: for each, from its sending on; None for ever.
        should_stop: whether the answer under way was interrupted.
    """

    def __init__(
        self,
        engine: Engine,
        conversation: Conversation,
        writer: AnswerWriter,
        notices: NoticeWriter,
        *,
        sampling: Sampling,
        answer_timeout_s: float | None = None,
        should_stop: Callable[[], bool] = lambda: False,
        table: CommandTable = TABLE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.conversation = conversation
        self.is_over = False
        self._engine = engine
        self._writer = writer
        self._notices = notices
        self._sampling = sampling
        self._answer_timeout_s = answer_timeout_s
        self._should_stop = should_stop
        self._table = table
        self._clock = clock
        self._held_notices: list[str] = []

    def tell(self, text: str) -> None:
        """Show lines that are no answer."""
        self._notices.tell(text)

    def read(self, text: str) -> Say | Unknown | None:
        """Run a command; gives back what is to be said, or the command that does not exist."""
        line = read_line(text, self._table.names)
        if isinstance(line, Command):
            self._table.run(self, line.name, line.argument)
            return None
        return None if isinstance(line, Nothing) else line

    def say(self, text: str) -> None:
        """Send a message and write the answer as it comes.

        A message that got no answer, because of an error or an early stop, is taken out of the conversation.

        Raises:
            AxchatError: the engine's; the conversation is as it was before.
            OutputClosed: nobody reads the answer.
        """
        self.conversation.ask(Message(Role.USER, text))
        try:
            turn = self._answer()
        except BaseException:
            self.conversation.withdraw()
            raise
        self._keep(turn)

    def _answer(self) -> Turn:
        messages = self.conversation.messages_for(self._engine.capabilities)
        request = Request(messages, self._sampling, Deadline(self._answer_timeout_s, self._clock))
        try:
            with contextlib.closing(run_turn(self._engine, request, clock=self._clock)) as turn:
                for event in turn:
                    self._show(event)
                    if self._should_stop():
                        self._engine.cancel()  # the first one may have come before the engine was at work
            return turn
        finally:
            self._notices.clear_status()
            self._writer.finish()
            for notice in self._held_notices:
                self.tell(notice)
            self._held_notices.clear()

    def _show(self, event: Event) -> None:
        match event:
            case TextDelta(text=text):
                self._notices.clear_status()
                self._writer.write(text)
            case LoadProgress(done=done, total=total):
                self._notices.status(f"loading the model: {done} of {total}")
            case PromptEstimate():
                if announcement := waiting(event):
                    self._notices.status(announcement)
            case Notice(text=text, level=level):
                self._notice(f"warning: {text}" if level is Level.WARNING else text)

    def _notice(self, text: str) -> None:
        if self._writer.is_mid_line:
            self._held_notices.append(text)  # the answer is not cut in two; told after it
        else:
            self.tell(text)

    def _keep(self, turn: Turn) -> None:
        reason = turn.finished.reason if turn.finished else FinishReason.UNKNOWN
        is_cut = reason is FinishReason.CANCELLED
        asked = self.conversation.withdraw()
        if turn.text:
            self.conversation.ask(asked)
            self.conversation.answer(exchange_of(asked, turn, self._engine))
        if is_cut:
            self.tell("stopped; what was said is kept" if turn.text else "stopped before anything was said")
        elif not turn.text:
            self.tell("the model said nothing; your message was taken back")
        elif reason is FinishReason.LENGTH:
            self.tell("the answer was cut at the token limit")


def unknown_command(line: Unknown) -> Sequence[str]:
    """Message and hint for a command that does not exist."""
    return (
        f"there is no command /{line.name}",
        f"did you mean /{line.nearest}?" if line.nearest else "/help lists them; //text says /text",
    )


def caveats(capabilities: Capabilities) -> list[str]:
    """What a user of such an engine has to know before the first message."""
    told = []
    if not capabilities.stays_loaded:
        told.append("every message loads the model again with this engine")
    if not capabilities.history:
        told.append("the model sees only the message you send, not the earlier ones, with this engine")
    return told
