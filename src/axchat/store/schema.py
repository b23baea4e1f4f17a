"""The tables, and how older files become this version's."""

import sqlite3
import time

from axchat.errors import StoreCorrupt, StoreNewer

APPLICATION_ID = 0x61786368
"""``axch``, in the file's header: another program's database is not written to."""

MIGRATIONS = (
    (
        "2026-11-28 conversations",
        """
        CREATE TABLE conversation (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            title TEXT NOT NULL,
            system,
            summary,
            unseen INTEGER NOT NULL DEFAULT 0,
            created REAL NOT NULL,
            updated REAL NOT NULL
        );
        CREATE TABLE turn (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            conversation INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
            before INTEGER,
            state TEXT NOT NULL DEFAULT 'kept' CHECK (state IN ('kept', 'replaced', 'undone')),
            asked NOT NULL,
            answer NOT NULL,
            reason TEXT NOT NULL,
            model TEXT NOT NULL,
            engine TEXT NOT NULL,
            images TEXT NOT NULL,
            prompt_tokens INTEGER,
            completion_tokens INTEGER,
            cached_tokens INTEGER,
            ttft_s REAL,
            total_s REAL,
            tokens_per_s REAL,
            at REAL NOT NULL
        );
        CREATE INDEX turn_of_conversation ON turn (conversation, id);
        CREATE VIRTUAL TABLE turn_text USING fts5 (asked, answer, tokenize = 'trigram');
        """,
    ),
)
"""Named, in order. A name is applied once, and never changed after a release."""

_KNOWN = frozenset(name for name, _ in MIGRATIONS)


def is_up_to_date(connection: sqlite3.Connection, path: str) -> bool:
    """Whether the file is ours and has seen every migration; changes nothing.

    Raises:
        StoreNewer: a later version of axchat has changed the file.
        StoreCorrupt: the file is another program's.
        sqlite3.Error: as it comes.
    """
    connection.execute("BEGIN")  # several reads of one state: another program may make the file just now
    try:
        return _applied(connection, path) == _KNOWN
    finally:
        connection.rollback()


def bring_up_to_date(connection: sqlite3.Connection, path: str) -> None:
    """Apply what the file has not seen yet, all of it or nothing.

    Raises:
        StoreNewer: a later version of axchat has changed the file.
        StoreCorrupt: the file is another program's.
        sqlite3.Error: as it comes.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        applied = _applied(connection, path)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, at REAL NOT NULL)")
        for name, statements in MIGRATIONS:
            if name not in applied:
                for statement in statements.split(";"):
                    connection.execute(statement)
                connection.execute("INSERT INTO migration VALUES (?, ?)", (name, time.time()))
        connection.execute("COMMIT")
    except BaseException:  # Ctrl-C too: all of it or nothing
        connection.rollback()
        raise


def _applied(connection: sqlite3.Connection, path: str) -> frozenset[str]:
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if owner != APPLICATION_ID and tables:
        raise StoreCorrupt(
            f"{path} is no store of axchat's conversations",
            hint="name another file: the setting history.path (AXCHAT_HISTORY_PATH)",
        )
    if "migration" not in tables:
        return frozenset()
    applied = frozenset(name for (name,) in connection.execute("SELECT name FROM migration"))
    if applied - _KNOWN:
        raise StoreNewer(
            f"{path} was written by a newer axchat ({max(applied - _KNOWN)})",
            hint="update axchat, or name another file: the setting history.path (AXCHAT_HISTORY_PATH)",
        )
    return applied
