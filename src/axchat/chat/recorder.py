"""What keeps a conversation while it is led: on disk where that works, in memory until it does."""

from collections.abc import Callable, Sequence
from typing import Protocol

from axchat.chat.conversation import Conversation, Exchange
from axchat.chat.stored import as_conversation, as_stored
from axchat.errors import StoreError
from axchat.store.records import Found, Summary
from axchat.store.store import Store


class Recorder(Protocol):
    """Told of every change of a conversation as it happens.

    What changes it never raises, and is kept when the method returns, or the user was told why not. What asks
    for stored conversations raises ``StoreError``. All calls come from one thread.

    Attributes:
        title: of the conversation, None before it has one.
        tell: shows the user one line.
    """

    title: str | None
    tell: Callable[[str], None]

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
        raise StoreError("this chat keeps nothing", hint="leave out --no-save")

    def sessions(self, limit: int) -> Sequence[Summary]:  # noqa: ARG002
        """There is no store."""
        raise StoreError("this chat keeps nothing", hint="leave out --no-save")

    def search(self, text: str) -> Sequence[Found]:  # noqa: ARG002
        """There is no store."""
        raise StoreError("this chat keeps nothing", hint="leave out --no-save")

    def release(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""


Change = Callable[[Store], None]


class StoreRecorder:
    """See ``Recorder``. What the store does not take waits, in order, and is tried again at the next change.

    Args:
        open_store: opens it in this thread; raises StoreError.
        rescue: takes what could not be stored when the chat ends, and gives what to tell of it.
    """

    def __init__(
        self,
        open_store: Callable[[], Store],
        rescue: Callable[[str | None, Sequence[Exchange]], str],
    ) -> None:
        self.title: str | None = None
        self.tell: Callable[[str], None] = lambda _text: None
        self._open_store = open_store
        self._rescue = rescue
        self._store: Store | None = None
        self._waiting: list[Change] = []
        self._unsaved: list[Exchange] = []
        self._is_failing = False
        self._system: str | None = None
        self._conversation: int | None = None
        self._last: int | None = None

    @property
    def unsaved(self) -> int:
        """How many exchanges are not on disk."""
        return len(self._unsaved)

    def keep(self, exchange: Exchange) -> None:
        """See ``Recorder``."""
        self._append(exchange, replaces=False)

    def replace_last(self, exchange: Exchange) -> None:
        """See ``Recorder``."""
        self._append(exchange, replaces=True)

    def undo(self) -> None:
        """See ``Recorder``."""

        def undo(store: Store) -> None:
            if self._conversation is not None and self._last is not None:
                self._last = store.undo(self._conversation, self._last)

        self._change(undo)

    def leave_out(self, count: int, summary: str | None = None) -> None:
        """See ``Recorder``."""

        def leave_out(store: Store) -> None:
            if self._conversation is not None:
                store.leave_out(self._conversation, count, summary)

        self._change(leave_out)

    def rename(self, title: str) -> None:
        """See ``Recorder``."""
        self.title = title

        def rename(store: Store) -> None:
            if self._conversation is not None:
                store.rename(self._conversation, title)

        self._change(rename)

    def set_system(self, system: str | None) -> None:
        """See ``Recorder``."""
        self._system = system

        def set_system(store: Store) -> None:
            if self._conversation is not None:
                store.set_system(self._conversation, system)

        self._change(set_system)

    def start_new(self, system: str | None) -> None:
        """See ``Recorder``."""

        def start(_store: Store) -> None:
            self._conversation, self._last = None, None

        self.title, self._system = None, system
        if self._waiting:
            self._change(start)
        else:
            self._conversation, self._last = None, None

    def resume(self, name: str | None) -> Conversation:
        """See ``Recorder``."""
        store = self._opened()
        return self._take(store, store.latest() if name is None else store.find(name))

    def sessions(self, limit: int) -> Sequence[Summary]:
        """See ``Recorder``."""
        return self._opened().summaries(limit)

    def search(self, text: str) -> Sequence[Found]:
        """See ``Recorder``."""
        return self._opened().search(text)

    def close(self) -> None:
        """Try once more, and save what is still waiting somewhere else."""
        self._flush()
        if self._unsaved:
            self.tell(self._rescue(self._system, self._unsaved))
        self.release()

    def release(self) -> None:
        """SQLite's connections belong to the thread that opened them."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def _take(self, store: Store, number: int) -> Conversation:
        stored = store.load(number)
        self._conversation, self._last = number, stored.turns[-1].number if stored.turns else None
        self.title, self._system = stored.title, stored.system
        return as_conversation(stored)

    def _append(self, exchange: Exchange, *, replaces: bool) -> None:
        title, system = self.title, self._system

        def append(store: Store) -> None:
            kept = store.append(
                self._conversation,
                as_stored(exchange),
                after=self._last,
                replaces=replaces,
                system=system,
                title=title,
            )
            self._conversation, self._last = kept.conversation, kept.turn
            self._unsaved.remove(exchange)
            if kept.is_forked:
                self.tell(
                    "this conversation went on in another chat meanwhile; yours is kept as a copy, "
                    f"number {kept.conversation}"
                )

        self._unsaved.append(exchange)
        self._change(append)

    def _change(self, change: Change) -> None:
        self._waiting.append(change)
        self._flush()

    def _flush(self) -> None:
        """Carry out what waits, as far as the store lets it."""
        try:
            store = self._opened() if self._waiting else None
            while self._waiting and store is not None:
                self._waiting[0](store)
                self._waiting.pop(0)
        except StoreError as error:
            if not self._is_failing:
                self.tell(f"not stored: {error.message}")
                self.tell(f"the chat goes on, keeps it in memory and tries again; {error.hint}")
            self._is_failing = True
        else:
            if self._is_failing:
                self.tell("stored: nothing is missing any more")
            self._is_failing = False

    def _opened(self) -> Store:
        if self._store is None:
            self._store = self._open_store()
        return self._store
