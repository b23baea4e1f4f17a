"""The chat's entrance: on a terminal the line editor, otherwise one message per line."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from axchat.chat.conversation import Conversation
from axchat.engines.base import Engine, Request, refuse_unsupported
from axchat.errors import UsageError
from axchat.messages import Sampling
from axchat.repl.input_line import Unknown
from axchat.repl.interrupts import AnswerInterrupts
from axchat.repl.keyboard import typing_unseen
from axchat.repl.notices import NoticeWriter
from axchat.repl.session import ChatSession, caveats, unknown_command
from axchat.ui.answer import AnswerWriter


def run_repl(
    engine: Engine,
    *,
    history_path: Path,
    stdin: TextIO,
    stdout: TextIO,
    stderr: TextIO | None,
    system: str | None = None,
    sampling: Sampling | None = None,
    answer_timeout_s: float | None = None,
    is_plain: bool = False,
    is_dumb: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Chat until the user ends it; gives the exit status, 0.

    With a terminal on stdin, and on stdout or stderr: the line editor, on the one of them that is a terminal.
    Otherwise every line of stdin is one message (or slash command), in turn, until the end of file; nothing
    but the answers is written to stdout, and the first error ends it.

    Args:
        engine: started; not closed here.
        history_path: typed messages, created with mode 0600; only used on a terminal.
        stdin: ``sys.stdin``, a text stream over a binary one like the other two.
        stdout: for answers.
        stderr: for everything else; None where the parent closed it.
        system: the system prompt.
        sampling: for every message.
        answer_timeout_s: how long one answer may take; None for ever.
        is_plain: no dim lines (``NO_COLOR``).
        is_dumb: ``TERM`` is ``dumb``: plain lines and a bare prompt on stdout, no escapes of ours.
        clock: seconds, monotonic.

    Raises:
        UsageError: the engine cannot do what was asked; without a terminal also an unknown slash command.
        AxchatError: without a terminal, the engine's.
        OutputClosed: nobody reads the answers.
        KeyboardInterrupt: Ctrl-C without a terminal, or a second one while an answer is being stopped.
    """
    conversation = Conversation(system)
    sampling = sampling or Sampling()
    refuse_unsupported(engine, Request(conversation.messages_for(engine.capabilities), sampling))
    notices = NoticeWriter(stderr, is_terminal=_is_terminal(stderr), is_plain=is_plain, is_dumb=is_dumb)
    writer = AnswerWriter(stdout.buffer, is_terminal=stdout.isatty())
    interrupts = AnswerInterrupts(engine.cancel)
    chat = ChatSession(
        engine,
        conversation,
        writer,
        notices,
        sampling=sampling,
        answer_timeout_s=answer_timeout_s,
        should_stop=lambda: interrupts.is_stopped,
        clock=clock,
    )
    screen = next((stream for stream in (stdout, stderr) if _is_terminal(stream)), None)
    if screen is None or not stdin.isatty():
        _tell_all(notices, caveats(engine.capabilities))
        return _say_lines(chat, stdin)
    from axchat.repl.loop import TerminalPrompt, converse

    _tell_all(
        notices,
        [f"{engine.model} ({engine.name}); /help lists commands and keys", *caveats(engine.capabilities)],
    )
    with interrupts, typing_unseen(stdin.fileno()):
        prompt = TerminalPrompt(
            history_path, stdin=stdin, screen=None if is_dumb else screen, on_trouble=notices.tell
        )
        return converse(chat, prompt, interrupts)


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _tell_all(notices: NoticeWriter, texts: list[str]) -> None:
    for text in texts:
        notices.tell(text)


def _say_lines(chat: ChatSession, stdin: TextIO) -> int:
    """Every line is a message; read as bytes, because a wrong byte must be named, not guessed at."""
    for number, line in enumerate(stdin.buffer, start=1):
        try:
            text = line.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as exc:
            raise UsageError(
                f"line {number} of stdin is not UTF-8", hint="convert it: iconv -t UTF-8"
            ) from exc
        asked = chat.read(text)
        if isinstance(asked, Unknown):
            message, hint = unknown_command(asked)
            raise UsageError(f"line {number} of stdin: {message}", hint=hint)
        if asked is not None:
            chat.say(asked.text)
        if chat.is_over:
            break
    return 0
