"""Rich consoles on the streams that the command line was given."""

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console


def console_on(stream: TextIO) -> "Console":
    """A console that draws on this stream; colour only on a terminal and without ``NO_COLOR``."""
    from rich.console import Console

    return Console(file=stream, highlight=False, markup=False, emoji=False)
