"""Measure the time from a key to its echo in a chat: at rest, and while a markdown answer streams above it.

``PYTHONPATH=tests python -m performance.keystrokes [keys]``: one chat on a pty at 50 tokens a second, keys at
random moments, alternately at rest and in an answer. A bare prompt-toolkit prompt on another pty is the
measure: what an editor costs by itself. Prints the median, the 99th percentile and the worst in milliseconds,
and the ratios of the 99th percentiles. The target: at the 99th percentile within 50 ms, as a person sees no
delay below that.
"""

import json
import os
import random
import select
import sys
import tempfile
import time
from pathlib import Path

import pexpect

from support import chat_program

KEYS = 400
TOKEN_S = 0.02
SEED = 20262
TARGET_S = 0.05
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
                raise SystemExit(f"{wanted!r} did not come within {PATIENCE_S:.0f} s")
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


def described(name: str, seconds: list[float]) -> tuple[str, float]:
    """A line of the report, and the 99th percentile."""
    ordered = sorted(seconds)
    p99 = ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)]
    middle = ordered[len(ordered) // 2]
    return f"{name:28} {middle * 1000:8.1f} {p99 * 1000:8.1f} {ordered[-1] * 1000:8.1f}", p99


def main() -> int:
    """Measure, print, and judge."""
    keys = int(sys.argv[1]) if len(sys.argv) > 1 else KEYS
    tokens = [ANSWER[at : at + 3] for at in range(0, len(ANSWER), 3)]
    with tempfile.TemporaryDirectory() as folder:
        settings = {"history": f"{folder}/history", "answers": [tokens], "token_s": TOKEN_S}
        program = Path(folder) / "settings.json"
        program.write_text(json.dumps(settings))
        chat = Typist([sys.executable, str(Path(chat_program.__file__)), f"@{program}"])
        bare = Typist([sys.executable, "-c", PROMPT])
        chat.read_until(b"lists commands")
        bare.read_until(b">")
        times: dict[str, list[float]] = {"bare prompt": [], "chat at rest": [], "while an answer streams": []}
        for _ in range(keys // 40):
            times["bare prompt"] += [bare.key() for _ in range(40)]
            times["chat at rest"] += [chat.key() for _ in range(40)]
            chat.send(CLEAR_LINE + b"go\r")
            chat.read_until(b"HEADING")
            times["while an answer streams"] += [chat.key() for _ in range(40)]
            chat.send(b"\x03")
            chat.read_until(b"stopped")
            chat.send(CLEAR_LINE)
            chat.rest(0.2)
        chat.close()
        bare.close()
    print(f"{'milliseconds to the echo':28} {'median':>8} {'p99':>8} {'worst':>8}")
    p99s = {}
    for name, seconds in times.items():
        line, p99s[name] = described(name, seconds)
        print(line)
    streaming, rest, prompt = (p99s[name] for name in reversed(times))
    print(f"p99 while streaming: {streaming / rest:.1f} times at rest, {streaming / prompt:.1f} times bare")
    return 0 if streaming <= TARGET_S else 1


if __name__ == "__main__":
    raise SystemExit(main())
