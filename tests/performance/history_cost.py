"""Measure what a kept turn costs, and a search over many.

``PYTHONPATH=tests python -m performance.history_cost [--turns 10000] [--folder FOLDER]``: stores turns of
about two kilobytes, half of them Chinese, in conversations of twenty, and prints milliseconds.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from axchat.chat.store_recorder import StoreRecorder
from axchat.store.store import Store
from support.stored import an_exchange

ENGLISH = ["words", "answers", "planets", "gardens", "engines", "rivers", "because", "light", "bends"]
CHINESE = ["量子", "纠缠", "粒子", "状态", "模型", "回答", "问题", "天空", "蓝色", "光线", "散射"]
SEARCHES = ("needle", "量子纠缠", "量子", "子", "planets", "rivers gardens", "nothing of it")


def milliseconds(work: Callable[[], object], times: int = 5) -> float:
    """The median of a few."""
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        spent.append((time.perf_counter() - began) * 1000)
    return statistics.median(spent)


def answer(chance: random.Random) -> str:
    """About two kilobytes."""
    if chance.random() < 0.5:
        return "".join(chance.choice(CHINESE) for _ in range(330))
    return " ".join(chance.choice(ENGLISH) for _ in range(330))


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--turns", type=int, default=10_000)
    parser.add_argument("--folder")
    chosen = parser.parse_args()
    chance = random.Random(6)
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        path = Path(folder) / "history.db"
        recorder = StoreRecorder(lambda _patience_s: Store(path), lambda *_: "")
        spent = []
        for number in range(chosen.turns):
            if number % 20 == 0:
                recorder.start_new(None)
            exchange = an_exchange(f"question {number}", answer(chance) + (" needle" if number == 77 else ""))
            began = time.perf_counter()
            recorder.keep(exchange)
            spent.append((time.perf_counter() - began) * 1000)
        spent.sort()
        shares = ", ".join(
            f"p{p} {spent[min(len(spent) * p // 100, len(spent) - 1)]:.2f}" for p in (50, 99, 100)
        )
        print(f"keep: {shares} ms over {chosen.turns} turns; file {path.stat().st_size / 1e6:.1f} MB")
        recorder.close()
        store = Store(path)
        for words in SEARCHES:
            found = len(store.search(words, 20))
            spent_ms = milliseconds(lambda w=words: store.search(w, 20))  # type: ignore[misc]
            print(f"search {words!r}: {spent_ms:.1f} ms ({found} shown)")
        print(f"list of 30: {milliseconds(lambda: store.summaries(30)):.1f} ms")
        print(f"find and load: {milliseconds(lambda: store.load(store.find('question 400'))):.1f} ms")
        store.close()
        print(f"open: {milliseconds(lambda: Store(path).close()):.1f} ms")


if __name__ == "__main__":
    main()
