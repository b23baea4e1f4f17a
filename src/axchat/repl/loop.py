"""The chat on a terminal: prompt-toolkit's line editor around ``ChatSession``."""

import datetime
import os
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, has_focus
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.input import create_input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import create_output

from axchat.errors import AxchatError
from axchat.repl.input_line import Unknown
from axchat.repl.interrupts import AnswerInterrupts
from axchat.repl.session import ChatSession, unknown_command

PROMPT = "> "
CONTINUATION = "  "
HISTORY_MODE = 0o600
MAX_HISTORY_ENTRY_BYTES = 64 * 1024
"""A longer message, a pasted file, is remembered until the end of the chat only."""


class PromptHistory(FileHistory):
    """What was typed, in a file that only its owner reads.

    Each entry is one ``write`` in append mode, so that several chats may share the file.

    Args:
        path: created with mode 0600, with its directories.
        on_trouble: told once, in one line, when the file stops taking entries.

    Raises:
        OSError: the file cannot be created, read or written.
    """

    def __init__(self, path: Path, on_trouble: Callable[[str], None]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, HISTORY_MODE))
        super().__init__(path)
        self._path = path
        self._on_trouble = on_trouble
        self._is_failing = False

    def store_string(self, string: str) -> None:
        """Append one message; the chat goes on when the file cannot be written."""
        lines = "".join(f"+{line}\n" for line in string.split("\n"))
        entry = f"\n# {datetime.datetime.now(datetime.UTC)}\n{lines}".encode("utf-8", "replace")
        if len(entry) > MAX_HISTORY_ENTRY_BYTES:
            return
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, HISTORY_MODE)
            try:
                os.write(descriptor, entry)
            finally:
                os.close(descriptor)
        except OSError as exc:
            if not self._is_failing:
                self._on_trouble(f"what you type is not stored: {self._path}: {exc.strerror}")
            self._is_failing = True


class TerminalPrompt:
    """Reads one message at a time; Enter sends, Alt-Enter and Ctrl-J begin a new line.

    A paste (bracketed) is inserted as it is, newlines and all.

    Args:
        history_path: see ``PromptHistory``; without it if it cannot be used, and ``on_trouble`` is told.
        stdin: the keyboard.
        screen: the terminal to draw on; None on a dumb one, where prompt-toolkit falls back to a bare
            prompt on stdout, and every newline sends.
    """

    def __init__(
        self, history_path: Path, *, stdin: TextIO, screen: TextIO | None, on_trouble: Callable[[str], None]
    ) -> None:
        self._session: PromptSession[str] = PromptSession(
            PROMPT,
            multiline=True,
            reserve_space_for_menu=0,
            prompt_continuation=CONTINUATION,
            key_bindings=_key_bindings(has_new_lines=screen is not None),
            history=_open_history(history_path, on_trouble),
            input=create_input(stdin),
            output=None if screen is None else create_output(screen),
        )

    def ask(self) -> str:
        """The next message.

        Raises:
            EOFError: Ctrl-D on an empty line, or the terminal is gone.
            KeyboardInterrupt: Ctrl-C; ``draft`` is what it threw away.
        """
        return self._session.prompt()

    @property
    def draft(self) -> str:
        """What stood on the line when ``ask`` ended."""
        return self._session.default_buffer.text


def converse(chat: ChatSession, prompt: TerminalPrompt, interrupts: AnswerInterrupts) -> int:
    """Prompt and answer until the user quits; gives the exit status, 0.

    Args:
        chat: what is said and to whom.
        prompt: where it is typed.
        interrupts: entered by the caller.
    """
    may_quit = False
    while not chat.is_over:
        try:
            text = prompt.ask()
        except KeyboardInterrupt:
            if may_quit and not prompt.draft:
                break
            may_quit = True
            chat.tell("Ctrl-C again, or Ctrl-D, quits")
            continue
        except EOFError:
            break
        may_quit = False
        asked = chat.read(text)
        if isinstance(asked, Unknown):
            chat.tell("; ".join(unknown_command(asked)))
        elif asked is not None:
            interrupts.begin_answer()
            try:
                _say(chat, asked.text)
            finally:
                interrupts.end_answer()
    return 0


def _say(chat: ChatSession, text: str) -> None:
    """One message; an engine's error is told and the chat goes on."""
    try:
        chat.say(text)
    except AxchatError as error:
        chat.tell(f"error: {error.message}")
        if error.hint is not None:
            chat.tell(f"hint: {error.hint}")
        chat.tell("your message was not kept; press Up to send it again")


def _open_history(path: Path, on_trouble: Callable[[str], None]) -> History:
    try:
        return PromptHistory(path, on_trouble)
    except OSError as exc:
        on_trouble(f"what you type is not stored: {path}: {exc.strerror}")
        return InMemoryHistory()


def _key_bindings(*, has_new_lines: bool) -> KeyBindings:
    bindings = KeyBindings()
    is_typing = has_focus(DEFAULT_BUFFER)  # in Ctrl-R's search these keys are the search's

    @bindings.add("enter", filter=is_typing)
    def _send(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    # without them, Ctrl-J is Enter: what was typed before the bare prompt was ready has newlines for Enter
    begins_line = is_typing & Condition(lambda: has_new_lines)

    @bindings.add("escape", "enter", filter=begins_line)
    @bindings.add("c-j", filter=begins_line)
    def _begin_line(event: KeyPressEvent) -> None:
        event.current_buffer.newline(copy_margin=False)

    return bindings
