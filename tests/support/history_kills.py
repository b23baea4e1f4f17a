"""Kills a program that keeps turns at a random moment, and judges what the store holds then."""

import random
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from axchat.store.store import Store

SHOWN = "shown "
"""What a program prints in front of the words of a turn whose end it has shown."""

WRITER = (sys.executable, "-m", "support.history_writer")


def shown_until_killed(
    command: Sequence[str], env: dict[str, str], *, after_lines: int, delay_s: float
) -> list[str]:
    """What the program had shown when SIGKILL ended it, a moment after so many lines.

    The moment is an experiment's, not a wait for something: any is as good as another.
    """
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=env, text=True) as program:
        assert program.stdout is not None
        killer = threading.Timer(delay_s, program.kill)
        shown = []
        for line in program.stdout:
            if line.startswith(SHOWN):
                shown.append(line.removeprefix(SHOWN).strip())
            if len(shown) == after_lines and not killer.is_alive():
                killer.start()
        killer.cancel()
        program.wait()
    return shown


def judge(path: Path, shown: Sequence[str]) -> list[str]:
    """What is wrong with the store after all that was shown; [] if nothing is.

    It opens, SQLite finds no damage in it nor in the index of words, every turn that was shown is in it once
    and found by its words, and the last conversation can be gone on with.
    """
    store = Store(path)
    wrong = []
    try:
        said = Counter(turn.asked for each in store.summaries() for turn in store.load(each.number).turns)
        wrong += [f"{words} was shown and is missing" for words in shown if words not in said]
        wrong += [f"{words} is there twice" for words, times in said.items() if times > 1]
        if shown and not any(shown[-1] in each.snippet for each in store.search(shown[-1], 5)):
            wrong.append(f"{shown[-1]} is not found")
        if shown and not (said and store.load(store.latest()).turns):
            wrong.append("there is nothing to go on with")
    finally:
        store.close()
    with sqlite3.connect(path) as connection:
        checked = connection.execute("PRAGMA integrity_check").fetchall()
        connection.execute("INSERT INTO turn_text (turn_text) VALUES ('integrity-check')")
    connection.close()
    return wrong + [f"integrity: {row[0]}" for row in checked if row[0] != "ok"]


def kills(path: Path, env: dict[str, str], times: int, *, seed: int) -> tuple[int, list[str]]:
    """So many writers on one store, each killed; gives how much was shown, and what is wrong."""
    chance = random.Random(seed)
    shown: list[str] = []
    for time in range(times):
        command = (*WRITER, str(path), f"w{time}")
        shown += shown_until_killed(
            command, env, after_lines=chance.randint(1, 12), delay_s=chance.uniform(0, 0.03)
        )
        if wrong := judge(path, shown):
            return len(shown), [f"after kill {time + 1} (seed {seed}): {each}" for each in wrong]
    return len(shown), []
