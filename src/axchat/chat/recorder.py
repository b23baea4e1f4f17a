"""What keeps a conversation while it is led, and finds those that were led before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from axchat.chat.conversation import Conversation, Exchange
from axchat.errors import UsageError


@dataclass(frozen=True, slots=True)
class Kept:
    """One conversation that is kept.

    Attributes:
        title: what it is called and found by.
        exchanges: how many it has.
        model: that answered last.
        at: when it did, unix seconds.
    """

    title: str
    exchanges: int
    model: str
    at: float


@dataclass(frozen=True, slots=True)
class Hit:
    """One exchange that a search found: its conversation's title, the words around, and when."""

    title: str
    text: str
    at: float


class Recorder(Protocol):
    """Told of every change as it happens, by one thread; what only tells it something never raises."""

    @property
    def unsaved(self) -> int:
        """How many exchanges are not where they belong."""

    @property
    def title(self) -> str | None:
        """What this conversation is called; None before anything was said."""

    def keep(self, exchange: Exchange) -> None:
        """The next exchange; it is kept when this returns, or the user was told why not."""

    def replace_last(self, exchange: Exchange) -> None:
        """The last exchange was answered anew."""

    def undo(self) -> None:
        """The last exchange was taken back."""

    def leave_out(self, count: int, summary: str | None) -> None:
        """The model is not sent the ``count`` oldest exchanges any more, but ``summary``."""

    def set_system(self, system: str | None) -> None:
        """The system prompt is another one from now on."""

    def start_new(self, system: str | None) -> None:
        """Another conversation begins."""

    def rename(self, title: str) -> None:
        """What this conversation is called from now on.

        Raises:
            UsageError: it cannot be called so.
        """

    def load(self, title: str) -> Conversation:
        """A conversation that is kept; it is the one that is told of from now on.

        Raises:
            UsageError: there is none of this title; the hint names the nearest.
        """

    def kept(self, limit: int) -> Sequence[Kept]:
        """The conversations there are, the latest first; quick, never raises, and any thread may ask."""

    def search(self, text: str, limit: int) -> Sequence[Hit]:
        """Exchanges of all conversations that hold all words of ``text``, the best first.

        Raises:
            UsageError: nothing is kept, or it cannot be read.
        """

    def close(self) -> None:
        """The chat is over."""


_NOTHING = "nothing is kept in this chat"


class NoRecorder:
    """Keeps nothing, because that was asked for."""

    unsaved = 0
    title: str | None = None

    def keep(self, exchange: Exchange) -> None:
        """It is forgotten with the chat."""

    def replace_last(self, exchange: Exchange) -> None:
        """It is forgotten with the chat."""

    def undo(self) -> None:
        """Nothing to do."""

    def leave_out(self, count: int, summary: str | None) -> None:
        """Nothing to do."""

    def set_system(self, system: str | None) -> None:
        """Nothing to do."""

    def start_new(self, system: str | None) -> None:
        """Nothing to do."""

    def rename(self, title: str) -> None:  # noqa: ARG002
        """It would be forgotten."""
        raise UsageError(_NOTHING, hint="/export writes the conversation to a file")

    def load(self, title: str) -> Conversation:  # noqa: ARG002
        """There is none."""
        raise UsageError(_NOTHING)

    def kept(self, limit: int) -> Sequence[Kept]:  # noqa: ARG002
        """None."""
        return ()

    def search(self, text: str, limit: int) -> Sequence[Hit]:  # noqa: ARG002
        """There is nothing to search."""
        raise UsageError(_NOTHING)

    def close(self) -> None:
        """Nothing to do."""
