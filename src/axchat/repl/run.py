"""The chat's entrance: on a terminal the line editor, otherwise one message per line."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from axchat.chat.conversation import Conversation
from axchat.chat.recorder import Recorder
from axchat.deadline import Deadline
from axchat.engines.base import Engine
from axchat.errors import UsageError
from axchat.messages import Sampling
from axchat.repl.display import Display
from axchat.repl.input_line import unknown_command
from axchat.repl.interrupts import stops_answer
from axchat.repl.introduction import introduction
from axchat.repl.lent import Lent
from axchat.repl.line_display import LineDisplay
from axchat.repl.notices import NoticeWriter
from axchat.repl.session import ChatSession
from axchat.ui.answer import AnswerWriter, OutputClosed
from axchat.ui.thoughts import Thoughts

BARE_PROMPT = "> "


@dataclass(frozen=True, slots=True)
class Streams:
    """Where a chat is typed and shown.

    Attributes:
        stdin: ``sys.stdin``, a text stream over a binary one like the other two.
        stdout: for answers.
        stderr: for everything else; None where the parent closed it.
        is_plain: answers as they are, and no dim lines (``--plain``, ``NO_COLOR``).
        is_dumb: ``TERM`` is ``dumb``: plain lines and a bare prompt on stdout, no escapes of ours.
    """

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO | None
    is_plain: bool = False
    is_dumb: bool = False

    @property
    def screen(self) -> TextIO | None:
        """The terminal to draw on; None where nobody types or nobody sees."""
        if not self.stdin.isatty():
            return None
        return next((stream for stream in (self.stdout, self.stderr) if _is_terminal(stream)), None)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a chat is led.

    Attributes:
        history_path: typed messages, created with mode 0600; only used on a terminal.
        sampling: for every message.
        thoughts: how ``<think>`` blocks are shown.
        answer_timeout_s: how long the load, and one answer, may take; None for ever.
        is_vi: vi keys instead of Emacs'.
        lent: what the command line lends.
        is_quiet: neither introduction nor what engines and queues have to say; answers and errors.
    """

    history_path: Path
    sampling: Sampling = field(default_factory=Sampling)
    thoughts: Thoughts = Thoughts.HIDE
    answer_timeout_s: float | None = None
    is_vi: bool = False
    lent: Lent = field(default_factory=Lent)
    is_quiet: bool = False


def run_repl(
    engine: Engine,
    conversation: Conversation,
    recorder: Recorder,
    streams: Streams,
    manner: Manner,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Chat until the user ends it; gives the exit status, 0.

    With a terminal on stdin, and on stdout or stderr: the line editor, on the one of them that is a terminal;
    the model loads while it is there. Otherwise every line of stdin is one message (or slash command), in
    turn, until the end of file; nothing but the answers is written to stdout, and the first error ends it.

    Args:
        engine: not started; the one that is in use at the end is closed.
        conversation: what was said before.
        recorder: keeps it; closed at the end.
        streams: where it is typed and shown.
        manner: how it is led.
        clock: seconds, monotonic.

    Raises:
        UsageError: the engine cannot do what was asked; without a terminal also an unknown slash command.
        AxchatError: the model does not load; without a terminal, whatever the engine raises.
        OutputClosed: nobody reads the answers.
        KeyboardInterrupt: Ctrl-C without a terminal, or a second one while an answer is being stopped.
    """

    def session(display: Display) -> ChatSession:
        return ChatSession(
            engine,
            conversation,
            display,
            recorder,
            sampling=manner.sampling,
            thoughts=manner.thoughts,
            lent=manner.lent,
            answer_timeout_s=manner.answer_timeout_s,
            is_quiet=manner.is_quiet,
            clock=clock,
        )

    screen = streams.screen
    if screen is not None and not streams.is_dumb:
        from axchat.repl.loop import converse

        return converse(session, streams, manner, clock=clock)
    notices = NoticeWriter(
        streams.stderr,
        is_terminal=_is_terminal(streams.stderr),
        is_plain=streams.is_plain,
        is_dumb=streams.is_dumb,
    )
    chat = session(
        LineDisplay(AnswerWriter(streams.stdout.buffer, is_terminal=streams.stdout.isatty()), notices)
    )
    try:
        chat.start(Deadline(manner.answer_timeout_s, clock))
        for line in introduction(chat, with_name=screen is not None):
            chat.tell(line)
        return _say_lines(chat, streams.stdin) if screen is None else _prompt(chat, streams)
    finally:
        chat.engine.close()
        recorder.close()


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _say_lines(chat: ChatSession, stdin: TextIO) -> int:
    """Every line is a message; read as bytes, because a wrong byte must be named, not guessed at."""
    for number, line in enumerate(stdin.buffer, start=1):
        try:
            text = line.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as exc:
            raise UsageError(
                f"line {number} of stdin is not UTF-8", hint="convert it: iconv -t UTF-8"
            ) from exc
        unknown = chat.take(text)
        if unknown is not None:
            message, hint = unknown_command(unknown)
            raise UsageError(f"line {number} of stdin: {message}", hint=hint)
        if chat.is_over:
            break
    return 0


def _prompt(chat: ChatSession, streams: Streams) -> int:
    """A bare prompt, for a terminal that cannot move its cursor."""
    may_quit = False
    while not chat.is_over:
        try:
            streams.stdout.write(BARE_PROMPT)
            streams.stdout.flush()
            line = streams.stdin.readline()
        except KeyboardInterrupt:
            if may_quit:
                streams.stdout.write("\n")
                break
            may_quit = True
            chat.tell("\nCtrl-C again, or Ctrl-D, quits")
            continue
        except OSError as exc:
            raise OutputClosed("the terminal is gone") from exc
        if not line:
            streams.stdout.write("\n")  # the shell's prompt begins a line
            break
        may_quit = False
        with stops_answer(chat.stop):
            chat.handle(line.rstrip("\r\n"))
    return 0
