"""What processes keep in memory: a holder that has loaded nothing, a run that streams, a long chat.

Resident memory as the kernel counts it (``/proc/PID/smaps_rollup``); the notes tell it with shared pages
divided among who shares them. A real ``axchat serve`` that listens; a real ``axchat run`` in the middle of
its answer; the chat's program on a pseudo-terminal over a scripted engine without a pace, whose answers are
read to their end. Each against a Python that does nothing, or has imported the holder's web framework. The
ceilings are a third above what was found when they were set.
"""

import json
import os
import select
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pexpect

from performance import rendering
from performance.commands import scale_of, show
from performance.row import Row, Scale, at_most
from support import chat_program
from support.leaving import served

KEYS = ("memory/holder", "memory/run", "memory/chat", "memory/chat-growth")
TURNS = {Scale.QUICK: (10, 60), Scale.FULL: (50, 500)}
"""Of a chat: what it has after the first number is where its growth begins."""

TIMES = {Scale.QUICK: 1, Scale.FULL: 3}
ANSWER_TOKENS = 100
PATIENCE_S = 60.0
MIB = 1024.0


@dataclass(frozen=True, slots=True)
class Memory:
    """Of one process, in MiB: all that is resident, and it with shared pages by their part."""

    resident: float
    proportional: float

    def __str__(self) -> str:
        return f"{self.resident:.1f} MiB"


def memory_of(pid: int) -> Memory:
    """What a process has now."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    found = {name: int(rest.split()[0]) / MIB for name, _, rest in (line.partition(":") for line in lines)}
    return Memory(found["Rss"], found["Pss"])


def middle(found: Sequence[Memory]) -> Memory:
    """The medians."""
    return Memory(
        statistics.median(it.resident for it in found), statistics.median(it.proportional for it in found)
    )


def python(program: str) -> Memory:
    """Of a Python that has run this and waits."""
    process = subprocess.Popen(
        [sys.executable, "-c", f"{program}; print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        process.stdout.readline()
        return memory_of(process.pid)
    finally:
        process.kill()
        process.communicate()


def holder_and_run() -> tuple[Memory, Memory]:
    """Of a holder that listens, and of a run in the middle of its answer."""
    answer = " ".join(f"word{number}" for number in range(1000))
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder), answer=answer, token_s=0.01, load_s=0.0) as scene,
    ):
        holder = scene.holder
        assert holder is not None
        unloaded = memory_of(holder)
        command = scene.run("-q")
        try:
            assert command.wait_for(lambda: command.out.count(b" ") > ANSWER_TOKENS // 2), command.err
            return unloaded, memory_of(command.process.pid)
        finally:
            command.process.kill()
            command.wait()


class Chat:
    """A chat on a pseudo-terminal, whose answers end with their number."""

    def __init__(self, child: "pexpect.spawn[bytes]") -> None:
        self._child = child
        self._turns = 0

    def turn(self) -> None:
        """Ask, and read the answer to its end."""
        self._turns += 1
        self._child.send(b"go\r")
        self._read_until(end_of(self._turns).encode())

    def _read_until(self, wanted: bytes) -> None:
        shown, patience = b"", time.monotonic() + PATIENCE_S
        while wanted not in shown:
            ready, _, _ = select.select([self._child.child_fd], [], [], patience - time.monotonic())
            assert ready, shown[-500:]
            shown = shown[-len(wanted) :] + os.read(self._child.child_fd, 65536)

    @property
    def memory(self) -> Memory:
        """What it has now."""
        return memory_of(self._child.pid)


def end_of(turn: int) -> str:
    """The last token of an answer."""
    return f"end-of-{turn:04}."


@contextmanager
def chat(turns: int) -> Iterator[Chat]:
    """A chat for so many turns."""
    step = rendering.CHARACTERS_PER_TOKEN
    text = rendering.answer(ANSWER_TOKENS) + "\n\n"
    pieces = [text[at : at + step] for at in range(0, len(text), step)]
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "settings.json"
        answers = [[*pieces, end_of(turn)] for turn in range(1, turns + 1)]
        settings.write_text(json.dumps({"history": f"{folder}/history", "answers": answers, "forgets": True}))
        argv = [str(Path(chat_program.__file__)), f"@{settings}"]
        child: pexpect.spawn[bytes] = pexpect.spawn(sys.executable, argv, dimensions=(40, 100))
        with closing(child):
            child.delaybeforesend = None
            child.expect_exact([b"lists commands"], timeout=PATIENCE_S)
            yield Chat(child)


def rows(scale: Scale) -> Iterator[Row]:
    """Measure."""
    bare = middle([python("pass") for _ in range(TIMES[scale])])
    fastapi = middle([python("import fastapi") for _ in range(TIMES[scale])])
    holder, run = (
        middle(found) for found in zip(*(holder_and_run() for _ in range(TIMES[scale])), strict=True)
    )
    what = "a holder without a model, against `python -c 'import fastapi'`"
    yield _row("memory/holder", what, holder, fastapi, 1.4)
    yield _row("memory/run", "`axchat run` that streams an answer, against a bare Python", run, bare, 2.9)
    first, last = TURNS[scale]
    with chat(last) as talk:
        for _ in range(first):
            talk.turn()
        early = talk.memory
        for _ in range(last - first):
            talk.turn()
        late = talk.memory
    yield _row("memory/chat", f"`axchat chat` after {last} turns, against a bare Python", late, bare, 7.0)
    growth = late.resident - early.resident
    what = f"its growth from turn {first} to turn {last}"
    shown = f"{growth:.1f} MiB"
    kib = growth * MIB / (last - first)
    yield Row(KEYS[3], what, shown, "", growth, at_most(2.5, "MiB"), (f"{kib:.1f} KiB a turn.",))


def _row(key: str, what: str, ours: Memory, theirs: Memory, limit: float) -> Row:
    note = f"Shared pages divided: {ours.proportional:.1f} against {theirs.proportional:.1f} MiB."
    return Row(key, what, str(ours), str(theirs), ours.resident / theirs.resident, at_most(limit), (note,))


def main() -> int:
    """Measure, print, and judge."""
    scale = scale_of(sys.argv)
    return show(list(rows(scale)), scale)


if __name__ == "__main__":
    raise SystemExit(main())
