"""Every way in which the file may fail is told in our words, and changes nothing."""

import os
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from axchat.errors import StoreCorrupt, StoreError, StoreFull, StoreLocked, StoreNewer, StoreReadOnly
from axchat.store.connection import put_aside
from axchat.store.store import Store
from support.stored import a_turn, asked_in


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with one turn, closed."""
    path = tmp_path / "below" / "history.db"
    store = Store(path)
    store.append(None, a_turn("before"))
    store.close()
    return path


def still_holds_one(path: Path) -> None:
    """What was there before is there."""
    store = Store(path)
    assert asked_in(store, 1) == ["before"]
    store.close()


def test_only_the_owner_reads_it(path: Path) -> None:
    """Neither the folder, the file nor what SQLite puts beside it."""
    store = Store(path)
    store.append(None, a_turn("more"))
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    store.close()
    assert modes == {"history.db": 0o600, "history.db-wal": 0o600, "history.db-shm": 0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_commits_are_forced_to_the_disk(path: Path) -> None:
    """A log in front of the file, and fsync at each commit (2 is FULL)."""
    store = Store(path)
    told = [
        store._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
    ]
    store.close()
    assert told == ["wal", 2]


def test_a_file_without_a_log_is_used_as_it_is(path: Path) -> None:
    """While another program reads it, its kind of journal cannot be changed; a later chat does."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA journal_mode = DELETE")
    other.execute("BEGIN")
    other.execute("SELECT * FROM turn").fetchall()
    store = Store(path, busy_timeout_s=0)
    assert asked_in(store, 1) == ["before"]
    store.close()
    other.close()
    test_commits_are_forced_to_the_disk(path)


def test_a_locked_file(path: Path) -> None:
    """Another program's transaction is waited for, not for ever; it can be read meanwhile."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    store = Store(path, busy_timeout_s=0.05)
    with pytest.raises(StoreLocked, match="another program holds"):
        store.append(None, a_turn("during"))
    assert asked_in(store, 1) == ["before"]
    other.execute("ROLLBACK")
    other.close()
    assert store.append(None, a_turn("after")).conversation == 2
    store.close()


AS_NOBODY = """
import os, sys
from pathlib import Path
from axchat.errors import StoreError
from axchat.store.records import StoredTurn
from axchat.store.store import Store
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    store = Store(Path("history.db"))
    print(len(store.summaries()))
    store.append(None, StoredTurn("q", "a", "stop"))
except StoreError as error:
    print(error.id)
"""


@pytest.mark.parametrize(
    ("locked", "told"), [("file", "1\nstore-read-only\n"), ("folder", "store-read-only\n")]
)
def test_what_may_not_be_written(path: Path, locked: str, told: str) -> None:
    """It is read all the same if it is there. Tried by nobody, in a child, where the tests are root's."""
    with tempfile.TemporaryDirectory() as name:  # whose parents everybody may enter
        folder = Path(name)
        if locked == "file":
            shutil.copy(path, folder)
            (folder / path.name).chmod(0o444)
        folder.chmod(0o555)
        said = subprocess.run(
            [sys.executable, "-c", AS_NOBODY], cwd=folder, capture_output=True, text=True, timeout=60
        )
        folder.chmod(0o755)
    assert (said.stdout, said.stderr) == (told, "")


def test_a_file_system_that_went_read_only(path: Path) -> None:
    """SQLite says so at the first change."""
    store = Store(path)
    store._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreReadOnly):
        store.append(None, a_turn("during"))
    store.close()
    still_holds_one(path)


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    """The cause is in the message."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreReadOnly, match=r"Not a directory|File exists"):
        Store(tmp_path / "file" / "history.db")


def test_a_full_disk(path: Path) -> None:
    """What did not fit is not there by halves, and the next fits again."""
    store = Store(path)
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreFull, match="no room left"):
        store.append(None, a_turn("large", "x" * 100_000))
    store._connection.execute("PRAGMA max_page_count = 1000000")
    assert store.append(None, a_turn("fits")).conversation == 2
    assert [each.title for each in store.summaries()] == ["fits", "before"]
    store.close()


def test_a_file_that_may_not_grow(path: Path) -> None:
    """A limit of the system's is a full disk, too."""
    program = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from axchat.errors import StoreError\n"
        "from axchat.store.store import Store\n"
        "from support.stored import a_turn\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "store = Store(Path(sys.argv[1]))\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, (65536, {resource.RLIM_INFINITY}))\n"
        "try:\n    store.append(None, a_turn('large', 'x' * 1_000_000))\n"
        "except StoreError as error:\n    print(error.id)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (said.stdout, said.stderr) == ("store-full\n", "")
    still_holds_one(path)


def garbage(path: Path) -> None:
    """Another kind of file."""
    path.write_bytes(b"no database at all. " * 1000)


def overwritten(path: Path) -> None:
    """The header is whole, the pages are not."""
    data = path.read_bytes()
    path.write_bytes(data[:100] + b"\xff" * (len(data) - 100))


def truncated(path: Path) -> None:
    """Only its beginning is there."""
    os.truncate(path, 5000)


@pytest.mark.parametrize("damage", [garbage, overwritten, truncated])
def test_a_damaged_file(path: Path, damage: Callable[[Path], None]) -> None:
    """It is left as it is; put aside, with what SQLite had beside it, it makes room for a new one."""
    damage(path)
    before = path.read_bytes()
    with pytest.raises(StoreCorrupt, match="is damaged") as refused:
        appended(path)
    assert path.read_bytes() == before
    assert "axchat history aside" in str(refused.value.hint)
    (path.parent / "history.db-wal").touch()
    moved = [put_aside(path)]
    appended(path)
    moved.append(put_aside(path))
    assert [each.name for each in moved] == ["history.db.aside-1", "history.db.aside-2"]
    assert moved[0].read_bytes() == before
    assert {each.name for each in path.parent.iterdir()} == {
        *("history.db.aside-1", "history.db.aside-1-wal", "history.db.aside-2"),
    }


def appended(path: Path) -> None:
    """One more turn."""
    store = Store(path)
    try:
        store.append(None, a_turn("after"))
    finally:
        store.close()


def test_another_programs_database(tmp_path: Path) -> None:
    """Not a byte of it is changed."""
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreCorrupt, match="no store of axchat"):
        Store(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_newer_file(path: Path) -> None:
    """It names the migration that is not known, and nothing is written."""
    with sqlite3.connect(path) as newer:
        newer.execute("INSERT INTO migration VALUES ('2031-01-01 colours', 0)")
    newer.close()
    with pytest.raises(StoreNewer, match="a newer axchat \\(2031-01-01 colours\\)") as refused:
        Store(path)
    assert "update axchat" in str(refused.value.hint)


def test_every_failure_is_in_the_documents() -> None:
    """docs/history.md says what to do about each, docs/exit-codes.md its status, 12."""
    docs = Path(__file__).parents[2] / "docs"
    kinds = [StoreError, *StoreError.__subclasses__()]
    assert {kind.exit_status for kind in kinds} == {12}
    for page in ("history.md", "exit-codes.md"):
        text = (docs / page).read_text()
        assert [kind.id for kind in kinds if f"`{kind.id}`" not in text] == []
