"""Suggestions as prompt-toolkit wants them, and the folder listing behind them."""

import itertools
import os
from collections.abc import Iterator

from prompt_toolkit.completion import CompleteEvent, Completer, Completion, ThreadedCompleter
from prompt_toolkit.document import Document

from axchat.config.paths import expanded
from axchat.repl.commands import CommandTable
from axchat.repl.lent import Lent
from axchat.repl.suggest import Entry, Sources, suggest

MAX_ENTRIES = 5000
"""Names that are read of one folder: some milliseconds, also on an SD card."""


class CommandCompleter(Completer):
    """Completes commands and their arguments; keeps nothing between calls, so any thread may call it."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def get_completions(
        self,
        document: Document,
        complete_event: CompleteEvent,  # noqa: ARG002
    ) -> Iterator[Completion]:
        """What may stand at the cursor."""
        for suggestion in suggest(document.text, document.cursor_position, self._sources):
            yield Completion(
                suggestion.text, start_position=suggestion.start, display_meta=suggestion.note or None
            )


def completer(table: CommandTable, lent: Lent) -> Completer:
    """Completes a chat's commands, in a thread of its own: a slow disk does not hold up the typing."""
    sources = Sources(table.commands, lent.models, lent.titles, list_folder)
    return ThreadedCompleter(CommandCompleter(sources))


def list_folder(folder: str) -> list[Entry]:
    """The first ``MAX_ENTRIES`` names in a folder as it is typed; none if it cannot be read."""
    try:
        with os.scandir(expanded(folder)) as entries:
            return [Entry(entry.name, _is_folder(entry)) for entry in itertools.islice(entries, MAX_ENTRIES)]
    except (OSError, ValueError):  # not there, not allowed; a NUL in the name
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a loop
        return False
