"""What is told of every change of a conversation while it is led, to keep it; or to keep nothing."""

from collections.abc import Callable, Sequence
from typing import Protocol

from axchat.chat.conversation import Conversation, Exchange
from axchat.errors import StoreError
from axchat.store.records import Found, Summary


class Recorder(Protocol):
    """Told of every change of a conversation as it happens.

    What changes it never raises, and is kept when the method returns, or the user was told why not. What asks
    for stored conversations raises ``StoreError``. All calls come from one thread.

    Attributes:
        tell: shows the user one line.
    """

    tell: Callable[[str], None]

    @property
    def title(self) -> str | None:
        """Of the conversation; None before it has one."""

    @property
    def unsaved(self) -> int:
        """How many exchanges are not where they belong."""

    def keep(self, exchange: Exchange) -> None:
        """The next exchange."""

    def replace_last(self, exchange: Exchange) -> None:
        """The last exchange was answered anew."""

    def undo(self) -> None:
        """The last exchange was taken back."""

    def leave_out(self, count: int, summary: str | None = None) -> None:
        """The model is not sent the oldest exchanges any more; as ``Conversation.leave_out``."""

    def rename(self, title: str) -> None:
        """The conversation's title."""

    def set_system(self, system: str | None) -> None:
        """The conversation's system prompt."""

    def start_new(self, system: str | None) -> None:
        """What comes now is another conversation."""

    def resume(self, name: str | None) -> Conversation:
        """Go on with a stored conversation, by its title or number; None is the one last used.

        Raises:
            StoreError: it cannot be had; the one before goes on.
        """

    def sessions(self, limit: int) -> Sequence[Summary]:
        """Stored conversations, those last used first."""

    def search(self, text: str) -> Sequence[Found]:
        """Where something was said."""

    def release(self) -> None:
        """Another thread goes on from here."""

    def close(self) -> None:
        """The chat is over."""


KEEP_HINT = "leave out --no-save, and set history.keep (AXCHAT_HISTORY_KEEP) to true"


class NoRecorder:
    """Keeps nothing, because that was asked for."""

    unsaved = 0

    def __init__(self) -> None:
        self.title: str | None = None
        self.tell: Callable[[str], None] = lambda _text: None

    def keep(self, exchange: Exchange) -> None:
        """It is forgotten with the chat."""

    def replace_last(self, exchange: Exchange) -> None:
        """It is forgotten with the chat."""

    def undo(self) -> None:
        """Nothing was kept."""

    def leave_out(self, count: int, summary: str | None = None) -> None:
        """Nothing was kept."""

    def rename(self, title: str) -> None:
        """For this chat only."""
        self.title = title

    def set_system(self, system: str | None) -> None:
        """Nothing was kept."""

    def start_new(self, system: str | None) -> None:  # noqa: ARG002
        """Nothing was kept."""
        self.title = None

    def resume(self, name: str | None) -> Conversation:  # noqa: ARG002
        """There is no store."""
        raise StoreError("conversations are not kept here", hint=KEEP_HINT)

    def sessions(self, limit: int) -> Sequence[Summary]:  # noqa: ARG002
        """There is no store."""
        raise StoreError("conversations are not kept here", hint=KEEP_HINT)

    def search(self, text: str) -> Sequence[Found]:  # noqa: ARG002
        """There is no store."""
        raise StoreError("conversations are not kept here", hint=KEEP_HINT)

    def release(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""
