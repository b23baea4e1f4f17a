"""What the command line lends to a chat: things whose composition the chat must not know."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from axchat.attach.glance import Glance
from axchat.engines.base import Engine


def _none() -> Sequence[str]:
    return ()


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Lent:
    """Each is None where the command line has nothing to lend; the command says so then.

    Attributes:
        models: names that ``open_model`` takes, for completion; quick, and never raises.
        titles: of the conversations that are kept; as ``models``, and from any thread.
        open_model: builds an engine, not started, for a name, directory or file; raises AxchatError.
        unload: takes the model of the engine it is given off the card (``axchat stop``) and gives what was
            done, in one line; raises UsageError where nothing keeps it for others.
        glance: what goes on at the holder; quick, and never raises.
        examine: runs the doctor; yields what it found as lines.
        measure: measures the engine it is given, started; yields what it found as lines.
    """

    models: Callable[[], Sequence[str]] = _none
    titles: Callable[[], Sequence[str]] = _none
    open_model: Callable[[str], Engine] | None = None
    unload: Callable[[Engine], str] | None = None
    glance: Callable[[], Glance | None] = _nothing
    examine: Callable[[], Iterator[str]] | None = None
    measure: Callable[[Engine], Iterator[str]] | None = None
