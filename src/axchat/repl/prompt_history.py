"""What was typed, in a file that only its owner reads."""

import datetime
import os
from collections.abc import Callable
from pathlib import Path

from prompt_toolkit.history import FileHistory, History, InMemoryHistory

HISTORY_MODE = 0o600
MAX_HISTORY_ENTRY_BYTES = 64 * 1024
"""A longer message, a pasted file, is remembered until the end of the chat only."""


class PromptHistory(FileHistory):
    """Shared by the chats of a user.

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


def open_history(path: Path, on_trouble: Callable[[str], None]) -> History:
    """The file's history, or one for this chat only where the file cannot be used; that is told."""
    try:
        return PromptHistory(path, on_trouble)
    except OSError as exc:
        on_trouble(f"what you type is not stored: {path}: {exc.strerror}")
        return InMemoryHistory()
