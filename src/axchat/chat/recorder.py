"""What keeps a conversation while it is led."""

from typing import Protocol

from axchat.chat.conversation import Exchange


class Recorder(Protocol):
    """Told of every change as it happens; never raises, and is called from one thread."""

    @property
    def unsaved(self) -> int:
        """How many exchanges are not where they belong."""

    def keep(self, exchange: Exchange) -> None:
        """The next exchange; it is kept when this returns, or the user was told why not."""

    def replace_last(self, exchange: Exchange) -> None:
        """The last exchange was answered anew."""

    def close(self) -> None:
        """The chat is over."""


class NoRecorder:
    """Keeps nothing, because that was asked for."""

    unsaved = 0

    def keep(self, exchange: Exchange) -> None:
        """It is forgotten with the chat."""

    def replace_last(self, exchange: Exchange) -> None:
        """It is forgotten with the chat."""

    def close(self) -> None:
        """Nothing to do."""
