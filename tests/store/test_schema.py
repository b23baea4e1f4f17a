import contextlib
import sqlite3
from pathlib import Path

import pytest

from axchat.errors import StoreLocked
from axchat.store import schema
from axchat.store.store import Store
from support.stored import a_turn, asked_in

MORE = ("2031-01-01 colours", "ALTER TABLE conversation ADD COLUMN colour; CREATE TABLE colour (name)")


def known(monkeypatch: pytest.MonkeyPatch, *migrations: tuple[str, str]) -> None:
    """The migrations of another version of axchat."""
    monkeypatch.setattr(schema, "MIGRATIONS", migrations)
    monkeypatch.setattr(schema, "_KNOWN", frozenset(name for name, _ in migrations))


def names_in(path: Path) -> list[str]:
    """Of the migrations that the file has seen."""
    connection = sqlite3.connect(path)
    names = [name for (name,) in connection.execute("SELECT name FROM migration ORDER BY rowid")]
    connection.close()
    return names


def test_an_older_file_becomes_this_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is applied once; what was said stays."""
    path = tmp_path / "history.db"
    first = Store(path)
    first.append(None, a_turn("before"))
    first.close()
    known(monkeypatch, *schema.MIGRATIONS, MORE)
    for _ in range(2):
        store = Store(path)
        assert asked_in(store, 1) == ["before"]
        store.close()
    assert names_in(path) == [name for name, _ in schema.MIGRATIONS]


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even what came before it: the file is still good for the version that made it."""
    path = tmp_path / "history.db"
    Store(path).close()
    before = schema.MIGRATIONS
    known(
        monkeypatch,
        *before,
        MORE,
        ("2031-02-02 wrong", "CREATE TABLE well (x); CREATE TABLE conversation (x)"),
    )
    connection = sqlite3.connect(path, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        schema.bring_up_to_date(connection, str(path))
    connection.close()
    assert names_in(path) == [name for name, _ in before]
    known(monkeypatch, *before)
    Store(path).close()


def test_a_file_that_is_just_being_made_is_ours(tmp_path: Path) -> None:
    """Another chat makes it between two of our looks: that is seen whole or not at all."""
    path = tmp_path / "history.db"
    connection = sqlite3.connect(path, isolation_level=None)

    def make(statement: str) -> None:
        if "sqlite_master" in statement:
            with contextlib.suppress(StoreLocked):
                Store(path, busy_timeout_s=0).close()

    connection.set_trace_callback(make)
    assert not schema.is_up_to_date(connection, str(path))
    connection.set_trace_callback(None)
    connection.close()
