"""Keeps a conversation while it is led: on disk where that works, in memory until it does."""

from collections.abc import Callable, Sequence

from axchat.chat.conversation import Conversation, Exchange
from axchat.chat.stored import as_conversation, as_stored
from axchat.errors import StoreError
from axchat.store.connection import BUSY_TIMEOUT_S
from axchat.store.records import Found, Summary
from axchat.store.store import Store
from axchat.store.titles import title_of


class _Line:
    """One conversation as the recorder leads it: where the store has it, and what it holds by now.

    Attributes:
        said: all of it, as the chat has it.
        kept: what the store has of it, as far as the changes were carried out.
        unsaved: what it does not have yet.
        number: the store's, None before its first turn is stored.
        last: the store's number of the last turn.
        store: identity of the store that these numbers are of.
    """

    def __init__(self, title: str | None, system: str | None) -> None:
        self.title = title
        self.system = system
        self.said: list[Exchange] = []
        self.kept: list[Exchange] = []
        self.unsaved: list[Exchange] = []
        self._missing: list[Exchange] = []
        self.number: int | None = None
        self.last: int | None = None
        self.store: float | None = None

    def enter(self, store: Store) -> None:
        """Make sure that the numbers are of this store: another file gets the whole conversation.

        Raises:
            StoreError: it cannot be written; goes on where it was the next time.
        """
        if self.store is not None and store.identity != self.store:
            self._missing, self.kept = [*self.kept, *self._missing], []
            self.number, self.last, self.store = None, None, None
        while self._missing:
            self.append(store, self._missing[0])
            self._missing.pop(0)

    def append(self, store: Store, exchange: Exchange, *, replaces: bool = False) -> bool:
        """Store one exchange; gives whether it had to go to a copy of the conversation."""
        kept = store.append(
            self.number,
            as_stored(exchange),
            after=self.last,
            replaces=replaces,
            system=self.system,
            title=self.title,
        )
        self.number, self.last, self.store = kept.conversation, kept.turn, store.identity
        if replaces and self.kept:
            self.kept.pop()
        self.kept.append(exchange)
        return kept.is_forked


Change = Callable[[Store], None]

Rescue = Callable[[str | None, Conversation, int], str]
"""Takes title, conversation and how many of its exchanges are not stored; gives what to tell of it."""


RETRY_TIMEOUT_S = 0.2
"""A file that another program held for long is tried at every turn, and no turn waits for it again."""


class StoreRecorder:
    """See ``Recorder``. What the store does not take waits, in order, and is tried again at the next change.

    Every try after a failure opens the store anew: a file that was put aside is not written to any more, and
    one that was begun in its place gets the whole conversation.

    Args:
        open_store: opens it in this thread, and waits so many seconds for who holds it; raises StoreError.
        rescue: keeps a conversation that could not be stored when the chat ends.
    """

    def __init__(self, open_store: Callable[[float], Store], rescue: Rescue) -> None:
        self.tell: Callable[[str], None] = lambda _text: None
        self._open_store = open_store
        self._rescue = rescue
        self._store: Store | None = None
        self._waiting: list[Change] = []
        self._is_failing = False
        self._line = _Line(None, None)
        self._lines = [self._line]

    @property
    def title(self) -> str | None:
        """See ``Recorder``."""
        return self._line.title

    @property
    def unsaved(self) -> int:
        """How many exchanges are not on disk."""
        return sum(len(line.unsaved) for line in self._lines)

    def keep(self, exchange: Exchange) -> None:
        """See ``Recorder``."""
        self._append(exchange, replaces=False)

    def replace_last(self, exchange: Exchange) -> None:
        """See ``Recorder``."""
        self._append(exchange, replaces=True)

    def undo(self) -> None:
        """See ``Recorder``."""
        line = self._line
        line.said = line.said[:-1]

        def undo(store: Store) -> None:
            if line.number is not None and line.last is not None:
                line.last = store.undo(line.number, line.last)
                line.kept = line.kept[:-1]

        self._change(line, undo)

    def leave_out(self, count: int, summary: str | None = None) -> None:
        """See ``Recorder``."""
        self._change_stored(lambda store, number: store.leave_out(number, count, summary))

    def rename(self, title: str) -> None:
        """See ``Recorder``."""
        self._line.title = title
        self._change_stored(lambda store, number: store.rename(number, title))

    def set_system(self, system: str | None) -> None:
        """See ``Recorder``."""
        self._line.system = system
        self._change_stored(lambda store, number: store.set_system(number, system))

    def start_new(self, system: str | None) -> None:
        """See ``Recorder``."""
        self._lead(_Line(None, system))

    def resume(self, name: str | None) -> Conversation:
        """See ``Recorder``."""
        store = self._opened()
        stored = store.load(store.latest() if name is None else store.find(name))
        conversation = as_conversation(stored)
        line = _Line(stored.title, stored.system)
        line.number, line.store = stored.number, store.identity
        line.last = stored.turns[-1].number if stored.turns else None
        line.said, line.kept = list(conversation.exchanges), list(conversation.exchanges)
        self._lead(line)
        return conversation

    def sessions(self, limit: int) -> Sequence[Summary]:
        """See ``Recorder``."""
        return self._opened().summaries(limit)

    def search(self, text: str) -> Sequence[Found]:
        """See ``Recorder``."""
        return self._opened().search(text)

    def close(self) -> None:
        """Try once more, and save what is still waiting somewhere else."""
        self._flush()
        for line in self._lines:
            if line.unsaved:
                whole = Conversation(line.system, line.said)
                self.tell(self._rescue(line.title, whole, len(line.unsaved)))
        self.release()

    def release(self) -> None:
        """SQLite's connections belong to the thread that opened them."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def _lead(self, line: _Line) -> None:
        self._line = line
        self._lines = [*(each for each in self._lines if each.unsaved), line]

    def _append(self, exchange: Exchange, *, replaces: bool) -> None:
        line = self._line
        line.title = line.title or title_of(exchange.user.text)
        line.said = [*(line.said[:-1] if replaces else line.said), exchange]
        line.unsaved.append(exchange)

        def append(store: Store) -> None:
            is_forked = line.append(store, exchange, replaces=replaces)
            line.unsaved.remove(exchange)
            if is_forked:
                self.tell(
                    "this conversation went on in another chat meanwhile; yours is kept as a copy, "
                    f"number {line.number}"
                )

        self._change(line, append)

    def _change_stored(self, change: Callable[[Store, int], None]) -> None:
        """Change the conversation that the store has; one that it gets later comes as it is by then."""
        line = self._line

        def change_if_there(store: Store) -> None:
            if line.number is not None:
                change(store, line.number)

        self._change(line, change_if_there)

    def _change(self, line: _Line, change: Change) -> None:
        if not (line.number or line.unsaved):
            return  # nothing of it is stored, or waits to be

        def enter_and_change(store: Store) -> None:
            line.enter(store)
            change(store)

        self._waiting.append(enter_and_change)
        self._flush()

    def _flush(self) -> None:
        """Carry out what waits, as far as the store lets it."""
        try:
            store = self._opened() if self._waiting else None
            while self._waiting and store is not None:
                self._waiting[0](store)
                self._waiting.pop(0)
        except StoreError as error:
            self.release()
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
            self._store = self._open_store(RETRY_TIMEOUT_S if self._is_failing else BUSY_TIMEOUT_S)
        return self._store
