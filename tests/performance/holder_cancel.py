"""Measure how soon the next client's turn comes when one goes away, over the stand-in.

``PYTHONPATH=tests python -m performance.holder_cancel [times]``: the first leaves while it waits, while the
model loads, in a prefill of four seconds, or in the middle of its answer; another waits behind it. Prints
the milliseconds from its leaving (for a load: from its end) until the other's turn. The target is 100.
"""

import contextlib
import statistics
import sys
import tempfile
import time
from pathlib import Path

from axchat.attach.talk import Talk
from support.chaos import Scene
from support.leaving import Client, assert_whole, served

PREFILL_TOKEN_S = 0.004
PROMPT = "word " * 480
"""At that pace, four seconds."""

TIMES = 10


def ask(scene: Scene, method: str, path: str, body: bytes = b"") -> bytes:
    """What the holder answers."""
    with contextlib.closing(Talk(scene.connect(), method, path, body)) as talk:
        return talk.body()


def leaving_its_turn(scene: Scene, event: str, question: str) -> float:
    """The first leaves after this event of its turn."""
    first = Client(scene, question)
    first.wait_for(event)
    second = Client(scene)
    second.wait_for("queued")
    left_at = first.leave()
    second.wait_for("ready")
    gap = time.monotonic() - left_at
    assert_whole(second)
    return gap


def leaving_the_queue(scene: Scene, event: str, question: str) -> float:
    """One that waits leaves; until the holder tells that nobody waits any more."""
    first = Client(scene)
    first.wait_for("text")
    waiting = Client(scene, question)
    waiting.wait_for(event)
    left_at = waiting.leave()
    while b'"queue":0' not in ask(scene, "GET", "/status"):
        pass
    gap = time.monotonic() - left_at
    first.rest()
    return gap


def leaving_the_load(scene: Scene, event: str, question: str) -> float:
    """The first leaves during the load; from the load's last event until the other's turn."""
    ask(scene, "POST", "/stop", b'{"now": false}')
    first = Client(scene, question)
    first.wait_for(event)
    second = Client(scene)
    first.leave()
    loaded_at = 0.0
    while (line := second.wait_for("load", "ready"))["event"] == "load":
        loaded_at = time.monotonic()
    assert line["load_s"] is None
    gap = time.monotonic() - loaded_at
    assert_whole(second)
    return gap


CASES = {
    "queue": (leaving_the_queue, "queued", "question"),
    "load": (leaving_the_load, "load", "question"),
    "prefill": (leaving_its_turn, "ready", PROMPT),
    "decode": (leaving_its_turn, "text", "question"),
}


def main() -> None:
    """Measure and print."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else TIMES
    options = {"load_s": 1.0, "prefill_token_s": PREFILL_TOKEN_S}
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), **options) as scene:
        assert_whole(Client(scene))
        for name, (measure, event, question) in CASES.items():
            gaps = [1000 * measure(scene, event, question) for _ in range(times)]
            print(f"{name:8} median {statistics.median(gaps):6.1f} ms, most {max(gaps):6.1f} ms")


if __name__ == "__main__":
    main()
