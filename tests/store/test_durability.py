"""What was shown as finished is on the disk, whoever dies or writes at the same time."""

import os
import subprocess
from pathlib import Path

from axchat.store.store import Store
from support.history_kills import WRITER, judge, kills
from support.stored import asked_in

TESTS = Path(__file__).parents[1]


def environment() -> dict[str, str]:
    """Children find the tests' own modules."""
    return {**os.environ, "PYTHONPATH": str(TESTS)}


def test_nothing_shown_is_lost_by_kill_9(tmp_path: Path) -> None:
    """At whatever moment; performance.history_kills does it 300 times."""
    shown, wrong = kills(tmp_path / "history.db", environment(), 8, seed=6)
    assert wrong == []
    assert shown >= 8


def test_the_judge_sees_a_lost_turn(tmp_path: Path) -> None:
    """It would not judge well of anything."""
    path = tmp_path / "history.db"
    Store(path).close()
    assert judge(path, ["never stored"]) != []


def test_chats_write_at_the_same_time(tmp_path: Path) -> None:
    """Also the file's first turns: every chat keeps all of its own, in order, and complains of nothing."""
    path, names, turns = tmp_path / "history.db", ("a", "b", "c"), 20
    writers = [
        subprocess.Popen(
            [*WRITER, str(path), name, str(turns)],
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    assert [(writer.communicate(timeout=60)[1], writer.returncode) for writer in writers] == [("", 0)] * 3
    store = Store(path)
    said = sorted(asked_in(store, each.number) for each in store.summaries())
    store.close()
    assert said == [[f"{name}-{number}" for number in range(turns)] for name in names]
    assert judge(path, [f"{name}-{turns - 1}" for name in names]) == []
