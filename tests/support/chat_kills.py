"""Kills a chat on a terminal at a random moment, and judges what it kept."""

import json
import random
import sys
import time
from pathlib import Path

from support import chat_program
from support.history_kills import judge
from support.terminal import Terminal

LONGEST_DELAY_S = 0.06
"""From a message to the kill: an answer takes some 20 ms, so that both ends of it are met."""


def kill_chats(folder: Path, times: int, *, seed: int) -> tuple[int, list[str]]:
    """So many chats, each going on with the last one's conversation, each killed while it works.

    A turn counts as shown when its message stands above an input line at rest. Gives how many were shown, and
    what is wrong.
    """
    chance = random.Random(seed)
    store = folder / "history.db"
    shown: list[str] = []
    for number in range(times):
        settings = {
            "history": str(folder / "typed"),
            "answers": [["fine"] * 20],
            "token_s": 0.001,
            "store": str(store),
            "continues": bool(shown),
        }
        argv = [sys.executable, str(Path(chat_program.__file__)), json.dumps(settings)]
        with Terminal(argv, columns=60, rows=12) as terminal:
            terminal.wait_for("going on with" if shown else "lists commands")
            for message in range(chance.randint(0, 3)):
                terminal.wait_for_prompt()
                words = f"chat{number}message{message}"
                terminal.send(words + "\r")
                terminal.wait_for(f"> {words}\n")
                terminal.wait_for_prompt()
                shown.append(words)
            terminal.wait_for_prompt()
            terminal.send(f"chat{number}last\r")
            time.sleep(chance.uniform(0, LONGEST_DELAY_S))  # any moment is as good as another
        if wrong := judge(store, shown) if shown else []:
            return len(shown), [f"after kill {number + 1} (seed {seed}): {each}" for each in wrong]
    return len(shown), []
