"""The fault table: every failure that a runner is known for, injected into the stand-in, and what comes of it.

``python tests/support/fault_rows.py`` (with ``tests`` on the path) plays them all and prints the table of
docs/faults.md with the times it took; ``tests/engines/test_fault_table.py`` holds each row to its outcome.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from axchat.deadline import Deadline
from axchat.engines.base import Request
from axchat.errors import AxchatError
from axchat.messages import Sampling
from axchat.standin.script import FAIL_VARIABLE
from support.session_engine import Answered, Over, collect, conversation

ANSWER = "one two three four five six seven eight nine ten"
HUNG_S = 1.0
"""What --timeout was for rows in which the runner hangs; without it the silence limits apply (90 and 180 s)."""
IN_TIME_S = 60.0


class Row(NamedTuple):
    """One failure.

    Attributes:
        where: start, encode, decode, answer, idle or exit.
        fault: the stand-in's name for it.
        seen: what the runner does, for people.
        error: id of the error that the user gets; None when the answer comes all the same.
        says: words of the message.
        exit_status: of ``axchat run``.
        timeout_s: of the request.
        dies: whether the runner that failed is gone afterwards.
    """

    where: str
    fault: str
    seen: str
    error: str | None
    says: str
    exit_status: int
    timeout_s: float = IN_TIME_S
    dies: bool = True


class Outcome(NamedTuple):
    """What came of a row."""

    error: AxchatError | None
    answered: Answered | None
    took_s: float
    next_answer: Answered


ROWS = (
    Row("start", "no-device", "no card answers", "no-device", "found no card", 5),
    Row("start", "setdevice", "the card is held by another process or lost", "device-failed", "0x80300186", 8),
    Row("start", "hang-setdevice", "the card takes no port", "runner-timeout", "while loading", 9, HUNG_S),
    Row("start", "engine-init", "the NPU does not start", "device-failed", "axclrtEngineInit", 8),
    Row("start", "load-layer-1", "a layer does not load", "device-failed", "could not load the model", 8),
    Row("start", "memory-full-1", "the card's memory is full", "device-failed", "could not load the model", 8),
    Row("start", "load-post", "the last file does not load", "device-failed", "could not load the model", 8),
    Row("start", "missing-layer", "a file vanished", "model", "could not load the model", 4),
    Row("start", "missing-post", "a file vanished", "model", "could not load the model", 4),
    Row("start", "missing-embed", "a file vanished", "model", "could not load the model", 4),
    Row("start", "embed-size", "a file has the wrong size", "model", "could not load the model", 4),
    Row("start", "missing-config", "no post_config.json", None, "", 0, dies=False),
    Row("start", "max-token-len", "files that do not belong together", "model", "could not load the model", 4),
    Row("start", "hang-load", "a load that stands still", "runner-timeout", "while loading", 9, HUNG_S),
    Row("start", "exit-3", "an end without a word", "runner-failed", "exit status 3", 9),
    Row("start", "garbage", "bytes of no protocol", "runner-failed", "before it answered", 9),
    Row("start", "silent", "nothing at all", "runner-timeout", "while loading", 9, HUNG_S),
    Row("encode", "encode-500-0", "it takes our reply for a failure", "runner-failed", "SIGSEGV", 9),
    Row("encode", "encode-json-0", "it takes our reply for no JSON", "runner-failed", "SIGSEGV", 9),
    Row("encode", "encode-empty-0", "it takes our reply for an empty list", "runner-failed", "SIGSEGV", 9),
    Row("encode", "encode-lost-0", "our reply is lost", "runner-failed", "SIGSEGV", 9),
    Row("decode", "decode-500-1", "it takes our reply for a failure, asks again", None, "", 0, dies=False),
    Row("decode", "decode-lost-1", "our reply is lost", "runner-failed", "SIGSEGV", 9),
    Row("answer", "segv-token-5", "a crash", "runner-failed", "SIGSEGV", 9),
    Row("answer", "abrt-token-5", "an abort", "runner-failed", "SIGABRT", 9),
    Row("answer", "exit-token-5", "an end in mid-answer", "runner-failed", "middle of its answer", 9),
    Row("answer", "hang-token-5", "a call to the card hangs", "runner-timeout", "while answering", 9, HUNG_S),
    Row("answer", "dead-device-token-5", "the card died: one token for ever", "device-failed", "card failed", 8),
    Row("answer", "library-error-token-5", "the AXCL library reports an error", "device-failed", "", 8),
    Row("answer", "late-log", "the library talks on standard error", None, "", 0, dies=False),
    Row("idle", "idle-exit-3@1", "an end at the marker", None, "", 0),
    Row("idle", "idle-dead@1", "the library says that the card is dead", None, "", 0),
    Row("idle", "idle-segv@1", "a crash at the marker", None, "", 0),
    Row("exit", "hang-exit", "freeing memory hangs", None, "", 0, dies=False),
    Row("exit", "ignore-q", "it does not take its quit", None, "", 0, dies=False),
    Row("exit", "ignore-q,ignore-int,ignore-term", "it takes no signal", None, "", 0, dies=False),
)


def play(row: Row, folder: Path) -> Outcome:
    """Inject the failure, ask, then ask again without it."""
    with failing(row.fault):
        over = Over(folder, [ANSWER], starts=False, quit_patience_s=0.5)
        began = time.monotonic()
        error, answered = None, None
        try:
            list(over.engine.start(Deadline(row.timeout_s)))
        except AxchatError as raised:
            error = raised
        if error is None:
            answered = ask(over, row.timeout_s)
            error = answered.error
        took_s = time.monotonic() - began
    if error is not None and answered is None:
        list(over.engine.start(Deadline(IN_TIME_S)))
    if row.where == "idle":
        over.wait_until_lost()
    next_answer = ask(over, IN_TIME_S)
    over.engine.close()
    return Outcome(error, answered, took_s, next_answer)


def ask(over: Over, timeout_s: float) -> Answered:
    """One answer of the engine."""
    return collect(over.engine.generate(Request(conversation("go"), Sampling(), Deadline(timeout_s))))


@contextmanager
def failing(fault: str) -> Iterator[None]:
    """Runners started meanwhile play this failure."""
    before = os.environ.get(FAIL_VARIABLE)
    os.environ[FAIL_VARIABLE] = fault
    try:
        yield
    finally:
        if before is None:
            del os.environ[FAIL_VARIABLE]
        else:
            os.environ[FAIL_VARIABLE] = before


def table() -> Iterator[str]:
    """The rows of docs/faults.md, with the seconds that each took here."""
    for row in ROWS:
        with tempfile.TemporaryDirectory() as folder:
            outcome = play(row, Path(folder))
        shown = f"`{row.error}`: {outcome.error.message}" if outcome.error else "none: the answer comes"
        works = "yes" if outcome.next_answer.text == ANSWER else "NO"
        yield (
            f"| {row.where} | {row.seen} | `{row.fault}` | {shown.replace('|', '/')} | {row.exit_status} "
            f"| {outcome.took_s:.2f} | {works} |"
        )


if __name__ == "__main__":
    for line in table():
        print(line)
