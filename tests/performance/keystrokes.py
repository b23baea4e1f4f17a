"""From a key to its echo in a chat: at rest, and while a markdown answer streams above it.

One chat on a pty, whose answer comes at 50 tokens a second; keys at random moments, alternately at rest and
in an answer, and at a bare prompt-toolkit prompt on another pty: what an editor costs by itself. A person
sees no delay below 50 ms.
"""

import json
import os
import random
import select
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pexpect

from performance.row import Row, Scale, at_most
from performance.turns import percentile
from support import chat_program

KEYS = ("keys/streaming",)
BLOCK = 40
BLOCKS = {Scale.QUICK: 1, Scale.FULL: 5}
TOKEN_S = 0.02
SEED = 20262
PATIENCE_S = 30.0
CLEAR_LINE = b"\x15"
PROMPT = """
from prompt_toolkit import PromptSession
PromptSession("> ", bottom_toolbar="toolbar").prompt()
"""
PARAGRAPH = "SOME **WORDS** OF A PARAGRAPH, `CODE` AND MORE WORDS THAT FILL A ROW OR TWO OF THE SCREEN. " * 4
ANSWER = (
    "# HEADING\n\n" + PARAGRAPH + "\n\n- ITEM ONE\n- ITEM TWO\n\n```python\nX = 1\nY = 2\n```\n\n"
) * 200


class Typist:
    """A program on a pty, and how long it takes to show a key."""

    def __init__(self, argv: list[str]) -> None:
        self._child: pexpect.spawn[bytes] = pexpect.spawn(argv[0], argv[1:], dimensions=(40, 100))
        self._child.delaybeforesend = None
        self._random = random.Random(SEED)
        self._typed = 0

    def read_until(self, wanted: bytes) -> float:
        """Read until these bytes come; the moment they did."""
        data = b""
        end = time.monotonic() + PATIENCE_S
        while wanted not in data:
            ready, _, _ = select.select([self._child.child_fd], [], [], end - time.monotonic())
            if not ready:
                raise TimeoutError(f"{wanted!r} did not come within {PATIENCE_S:.0f} s")
            data += os.read(self._child.child_fd, 65536)
        return time.perf_counter()

    def rest(self, seconds: float) -> None:
        """Read whatever comes for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self._child.child_fd], [], [], left)[0]:
                os.read(self._child.child_fd, 65536)

    def key(self) -> float:
        """Press a key that is nowhere else on the screen, at a random moment; seconds until it is shown."""
        if self._typed % 60 == 59:
            self._child.send(CLEAR_LINE)
        self.rest(self._random.uniform(0.02, 0.12))
        key = chr(0x0400 + self._typed % 200).encode()
        self._typed += 1
        began = time.perf_counter()
        self._child.send(key)
        return self.read_until(key) - began

    def send(self, data: bytes) -> None:
        """Press keys."""
        self._child.send(data)

    def close(self) -> None:
        """End it."""
        self._child.close(force=True)


def typed(folder: str, blocks: int) -> dict[str, list[float]]:
    """Seconds from each key to its echo, in blocks that take turns."""
    tokens = [ANSWER[at : at + 3] for at in range(0, len(ANSWER), 3)]
    settings = {"history": f"{folder}/history", "answers": [tokens], "token_s": TOKEN_S}
    program = Path(folder) / "settings.json"
    program.write_text(json.dumps(settings))
    times: dict[str, list[float]] = {"bare": [], "rest": [], "streaming": []}
    with (
        closing(Typist([sys.executable, str(Path(chat_program.__file__)), f"@{program}"])) as chat,
        closing(Typist([sys.executable, "-c", PROMPT])) as bare,
    ):
        chat.read_until(b"lists commands")
        bare.read_until(b">")
        for _ in range(blocks):
            times["bare"] += [bare.key() for _ in range(BLOCK)]
            times["rest"] += [chat.key() for _ in range(BLOCK)]
            chat.send(CLEAR_LINE + b"go\r")
            chat.read_until(b"HEADING")
            times["streaming"] += [chat.key() for _ in range(BLOCK)]
            chat.send(b"\x03")
            chat.read_until(b"stopped")
            chat.send(CLEAR_LINE)
            chat.rest(0.2)
    return times


def rows(scale: Scale) -> Iterator[Row]:
    """Measure."""
    with tempfile.TemporaryDirectory() as folder:
        times = typed(folder, BLOCKS[scale])
    middle = {name: 1000 * statistics.median(each) for name, each in times.items()}
    p99 = {name: 1000 * percentile(each, 0.99) for name, each in times.items()}
    shown = {name: f"{middle[name]:.1f} ms, p99 {p99[name]:.1f} ms" for name in times}
    yield Row(
        KEYS[0],
        "key to echo while an answer streams, 99th percentile, against a bare prompt",
        shown["streaming"],
        shown["bare"],
        p99["streaming"],
        at_most(50, "ms"),
        (f"At rest the chat took {shown['rest']}, of {len(times['rest'])} keys each.",),
    )
