"""The store: conversations, turn by turn."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from axchat.errors import ConversationUnknown, StoreReadOnly
from axchat.store.connection import BUSY_TIMEOUT_S, connect, connect_to_read, our_words
from axchat.store.glance import LAST_USED
from axchat.store.naming import HOW_TO_LIST, named
from axchat.store.records import Found, Kept, StoredConversation, StoredTurn, Summary
from axchat.store.rows import COLUMNS, loaded_text, row_of, shown_text, stored_text, turn_of
from axchat.store.search import found_in, searchable
from axchat.store.titles import title_of

_TURNS = f"SELECT {COLUMNS}, id FROM turn WHERE conversation = ? AND state = 'kept' ORDER BY id"  # noqa: S608
_KNOWN_TO_WRITER = f"""
    WITH RECURSIVE known (number) AS (
        SELECT ? UNION ALL SELECT turn.before FROM turn JOIN known ON turn.id = known.number
    )
    SELECT {COLUMNS}, id FROM turn WHERE id IN (SELECT number FROM known) AND conversation = ? ORDER BY id
"""  # noqa: S608
_PLACES = ", ".join("?" * 15)
_INSERT = f"INSERT INTO turn (conversation, before, {COLUMNS}) VALUES ({_PLACES})"  # noqa: S608
_SUMMARY = """
    SELECT c.id, c.title, count(t.id), coalesce((
        SELECT m.model FROM turn m WHERE m.conversation = c.id AND m.state = 'kept' ORDER BY m.id DESC LIMIT 1
    ), ''), c.created, c.updated
    FROM conversation c LEFT JOIN turn t ON t.conversation = c.id AND t.state = 'kept'
"""


class Store:
    """A file of conversations, for the thread that opened it.

    Every method that changes something is one transaction, on the disk when it returns.

    Args:
        path: made if it is not there.
        clock: unix seconds.

    Raises:
        StoreError: by any method; nothing was changed then.
    """

    def __init__(
        self,
        path: Path,
        *,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.path = path
        self._clock = clock
        try:
            self._connection = connect(path, busy_timeout_s=busy_timeout_s)
        except StoreReadOnly:
            if not path.is_file():
                raise
            self._connection = connect_to_read(path)  # what changes something raises then

    @property
    def identity(self) -> float:
        """Tells one file from another that was begun at the same path later; numbers begin anew there."""
        with our_words(self.path):
            begun = self._connection.execute("SELECT min(at) FROM migration").fetchone()[0]
        return float(begun)

    def close(self) -> None:
        """May be called twice."""
        self._connection.close()

    def append(
        self,
        conversation: int | None,
        turn: StoredTurn,
        *,
        after: int | None = None,
        replaces: bool = False,
        system: str | None = None,
        title: str | None = None,
    ) -> Kept:
        """Store a turn.

        Args:
            conversation: None begins one.
            turn: its ``number`` does not matter.
            after: the last turn that the writer knows of; where the conversation has gone on since, the turn
                goes to a copy of what the writer knows.
            replaces: the turn ``after`` was answered anew.
            system: of a new conversation.
            title: of a new one; without it, the first words.
        """
        with self._change() as change:
            forked = False
            before = after
            if conversation is None or not self._is_there(conversation):
                before = None
                conversation = self._begin(title or title_of(turn.asked), system)
            elif after != self._last(conversation):
                conversation, forked = self._fork(conversation, after), True
                before = self._last(conversation)
            if replaces and before is not None:
                change.execute("UPDATE turn SET state = 'replaced' WHERE id = ?", (before,))
                before = self._before(before)
            number = self._insert(conversation, turn, before)
            change.execute("UPDATE conversation SET updated = ? WHERE id = ?", (self._clock(), conversation))
        return Kept(conversation, number, forked)

    def add(
        self,
        turns: Sequence[StoredTurn],
        *,
        system: str | None = None,
        title: str | None = None,
        unseen: int = 0,
        summary: str | None = None,
    ) -> int:
        """Store a whole conversation as a new one, all of it or nothing; gives its number."""
        with self._change():
            conversation = self._begin(title or title_of(turns[0].asked), system, unseen, summary)
            before: int | None = None
            for turn in turns:
                before = self._insert(conversation, turn, before)
        return conversation

    def undo(self, conversation: int, turn: int) -> int | None:
        """Take the last turn out of its conversation; gives the one before it.

        Where the conversation has gone on since, it stays as it is: the writer's next turn goes to a copy.
        """
        with self._change() as change:
            before = self._before(turn)
            if self._last(conversation) == turn:
                change.execute("UPDATE turn SET state = 'undone' WHERE id = ?", (turn,))
                change.execute(
                    "UPDATE conversation SET unseen = 0, summary = NULL WHERE id = ? AND unseen > "
                    "(SELECT count(*) FROM turn WHERE conversation = conversation.id AND state = 'kept')",
                    (conversation,),
                )
            return before

    def leave_out(self, conversation: int, unseen: int, summary: str | None) -> None:
        """The model is not sent the oldest turns any more; without a new summary, the one before stays."""
        with self._change() as change:
            change.execute(
                "UPDATE conversation SET unseen = ?, summary = coalesce(?, summary) WHERE id = ?",
                (unseen, stored_text(summary), conversation),
            )

    def rename(self, conversation: int, title: str) -> None:
        """Give it another title."""
        with self._change() as change:
            change.execute(
                "UPDATE conversation SET title = ? WHERE id = ?", (shown_text(title), conversation)
            )

    def set_system(self, conversation: int, system: str | None) -> None:
        """Change its system prompt."""
        with self._change() as change:
            change.execute(
                "UPDATE conversation SET system = ? WHERE id = ?", (stored_text(system), conversation)
            )

    def remove(self, conversation: int) -> None:
        """Delete it, with all that was undone or replaced in it."""
        with self._change() as change:
            turns = change.execute("SELECT id FROM turn WHERE conversation = ?", (conversation,)).fetchall()
            change.executemany("DELETE FROM turn_text WHERE rowid = ?", turns)
            change.execute("DELETE FROM conversation WHERE id = ?", (conversation,))

    def load(self, conversation: int) -> StoredConversation:
        """All of it.

        Raises:
            ConversationUnknown: there is none of this number.
        """
        with our_words(self.path):
            row = self._connection.execute(
                "SELECT title, system, summary, unseen, created, updated FROM conversation WHERE id = ?",
                (conversation,),
            ).fetchone()
            turns = self._connection.execute(
                _TURNS,
                (conversation,),
            ).fetchall()
        if row is None:
            raise ConversationUnknown(f"there is no conversation {conversation}", hint=HOW_TO_LIST)
        title, system, summary, unseen, created, updated = row
        return StoredConversation(
            conversation,
            title,
            loaded_text(system),
            tuple(turn_of(turn) for turn in turns),
            min(unseen, len(turns)),
            loaded_text(summary),
            created,
            updated,
        )

    def summaries(self, limit: int = -1) -> list[Summary]:
        """Those last used first; -1 for all."""
        with our_words(self.path):
            rows = self._connection.execute(
                f"{_SUMMARY} GROUP BY c.id ORDER BY {LAST_USED} DESC LIMIT ?", (limit,)
            ).fetchall()
        return [Summary(*row) for row in rows]

    def latest(self) -> int:
        """The one that was used last.

        Raises:
            ConversationUnknown: there is none.
        """
        newest = self.summaries(1)
        if not newest:
            raise ConversationUnknown("no conversation is stored yet", hint="axchat chat begins one")
        return newest[0].number

    def find(self, name: str) -> int:
        """By number, by title, or by the beginning of a title, if only one begins so.

        Raises:
            ConversationUnknown: none, or several; the hint names the nearest.
        """
        return named(name, self.summaries())

    def search(self, text: str, limit: int = 50) -> list[Found]:
        """Turns that hold every word of the text, in either side, newest first; parts of words count."""
        with our_words(self.path):
            return found_in(self._connection, text, limit)

    def _begin(self, title: str, system: str | None, unseen: int = 0, summary: str | None = None) -> int:
        now = self._clock()
        row = (shown_text(title), stored_text(system), unseen, stored_text(summary), now, now)
        columns = "title, system, unseen, summary, created, updated"
        inserted = f"INSERT INTO conversation ({columns}) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608
        return _identity(self._connection.execute(inserted, row))

    def _is_there(self, conversation: int) -> bool:
        found = self._connection.execute("SELECT 1 FROM conversation WHERE id = ?", (conversation,))
        return found.fetchone() is not None

    def _last(self, conversation: int) -> int | None:
        found = self._connection.execute(
            "SELECT max(id) FROM turn WHERE conversation = ? AND state = 'kept'", (conversation,)
        ).fetchone()
        return None if found[0] is None else int(found[0])

    def _fork(self, conversation: int, upto: int | None) -> int:
        """A copy of the conversation as the writer of this turn knew it, with what was undone since."""
        now = self._clock()
        copy = _identity(
            self._connection.execute(
                "INSERT INTO conversation (title, system, summary, unseen, created, updated) "
                "SELECT title || ' (2)', system, summary, unseen, ?, ? FROM conversation WHERE id = ?",
                (now, now, conversation),
            )
        )
        before: int | None = None
        for row in self._connection.execute(_KNOWN_TO_WRITER, (upto, conversation)).fetchall():
            before = self._insert(copy, turn_of(row), before)
        return copy

    def _before(self, turn: int) -> int | None:
        found = self._connection.execute("SELECT before FROM turn WHERE id = ?", (turn,)).fetchone()
        return None if found is None or found[0] is None else int(found[0])

    def _insert(self, conversation: int, turn: StoredTurn, before: int | None) -> int:
        number = _identity(self._connection.execute(_INSERT, (conversation, before, *row_of(turn))))
        self._connection.execute(
            "INSERT INTO turn_text (rowid, asked, answer) VALUES (?, ?, ?)",
            (number, searchable(turn.asked), searchable(turn.answer)),
        )
        return number

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with our_words(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:  # Ctrl-C too: all of it or nothing
                if self._connection.in_transaction:
                    self._connection.rollback()
                raise


def _identity(cursor: sqlite3.Cursor) -> int:
    assert cursor.lastrowid is not None, "a row was inserted"
    return cursor.lastrowid
