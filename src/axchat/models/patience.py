"""How long a pull puts up with a server: breaks are gone on with, short waits are kept, the rest is told."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from axchat.errors import SourceUnreachable
from axchat.models.download import Progress
from axchat.models.place import free_bytes_of

MAX_BREAKS = 5
"""Connections that may break in one run, for one file, each after new bytes; they are made anew at once."""
MAX_WAIT_S = 120
"""The longest time that a server's Retry-After is waited for; a longer one is told to the user."""
MAX_WAITS = 3

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a pull asks of its surroundings; tests put their own in.

    Attributes:
        on_progress: gets bytes done and total of all files.
        tell: gets a line for the user.
        wait: sleeps for a server's Retry-After, seconds.
        free_bytes: free space of the file system a directory is on.
    """

    on_progress: Callable[[Progress], None]
    tell: Callable[[str], None]
    wait: Callable[[float], None]
    free_bytes: Callable[[Path], int] = free_bytes_of


def patiently(ask: Callable[[], Answer], around: Surroundings) -> Answer:
    """What the server gives in the end.

    Asks again at once after a break that came behind new bytes, and after a wait that the server asks for.

    Raises:
        SourceUnreachable: it breaks or makes wait too often, or wants a longer wait.
        ModelError: as ``ask`` does.
    """
    done, breaks, waits = -1, 0, 0
    while True:
        try:
            return ask()
        except SourceUnreachable as exc:
            here, seconds = exc.facts.get("done"), exc.facts.get("retry_after_s")
            if isinstance(here, int) and here > done and breaks < MAX_BREAKS:
                done, breaks = here, breaks + 1
            elif isinstance(seconds, int) and seconds <= MAX_WAIT_S and waits < MAX_WAITS:
                waits += 1
                around.tell(f"{exc.message}; it asks to wait {seconds} s, going on then")
                around.wait(seconds)
            else:
                raise
