"""Rich consoles on the streams that the command line was given."""

import os
from typing import TYPE_CHECKING, TextIO

from axchat.ui.answer import OutputClosed

if TYPE_CHECKING:
    from rich.console import Console


def console_on(stream: TextIO) -> "Console":
    """A console that draws on this stream; colour only on a terminal and without ``NO_COLOR``.

    Drawing raises OutputClosed when the reader has gone.
    """
    from rich.console import Console

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            # rich's own ends the program here, with status 1
            raise OutputClosed("the reader of stdout is gone")

    # rich asks the standard streams, and COLUMNS, which a shell sets for its own terminal
    width = os.get_terminal_size(stream.fileno()).columns or None if stream.isatty() else None
    return Plain(file=stream, highlight=False, markup=False, emoji=False, width=width)
