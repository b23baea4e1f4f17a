"""A child on three pipes, with real processes."""

import json
import signal
import sys
from pathlib import Path

import pytest

from axchat.deadline import NEVER, Deadline
from axchat.errors import RunnerFailed, RunnerTimeout
from axchat.process.worker import LOG_LINES, Worker, exit_cause

# Echoes the order with its own session, arguments and environment; then lives by its lifeline.
ECHO = """
import json, os, sys
order = json.loads(sys.stdin.buffer.readline())
answer = {"order": order, "sid": os.getsid(0), "argv": sys.argv, "env": dict(os.environ)}
print(json.dumps(answer), flush=True)
sys.stdin.buffer.read()
"""


def worker(code: str, order: dict[str, object] | None = None, env: dict[str, str] | None = None) -> Worker:
    """A running child of this Python code."""
    return Worker([sys.executable, "-I", "-c", code], env or {}, order or {})


def test_the_order_arrives_and_stays_private() -> None:
    """The child gets the order on its input, in a session of its own, with the given environment only."""
    child = worker(ECHO, {"key": "s3cret"}, {"LANG": "C.UTF-8"})
    try:
        answer = child.answer(NEVER)
        assert answer is not None
        assert answer["order"] == {"key": "s3cret"}
        assert answer["sid"] == child.pid
        assert "s3cret" not in json.dumps([answer["argv"], answer["env"]])
        assert answer["env"].keys() <= {"LANG", "LC_CTYPE"}  # type: ignore[attr-defined]
        assert child.exit_status is None
    finally:
        child.close()
    assert child.exit_status == -signal.SIGKILL


def test_close_twice_and_leaves_no_descriptor() -> None:
    """Closing ends the child, gives back every descriptor, and may be done again."""
    before = set(Path("/proc/self/fd").iterdir())
    child = worker("import time; time.sleep(600)")
    child.close()
    child.close()
    assert set(Path("/proc/self/fd").iterdir()) == before


def test_an_end_without_answer_is_none() -> None:
    """A child that ends has no answer, but a status and a log."""
    child = worker("import sys; sys.stderr.write('one\\ntwo\\x1b[31m'); sys.exit(3)")
    assert child.answer(NEVER) is None
    assert child.wait(20) == 3
    assert child.log_tail() == ["one", "two [31m"]
    child.close()


@pytest.mark.parametrize("said", ["nonsense", "[1]", "x" * 70_000], ids=["no json", "no object", "endless"])
def test_a_wrong_answer_is_refused(said: str) -> None:
    """The answer is one JSON object on one short line."""
    child = worker(f"import sys; sys.stdin.buffer.readline(); print({said!r}, flush=True)")
    try:
        with pytest.raises(RunnerFailed, match="answered"):
            child.answer(NEVER)
    finally:
        child.close()


def test_no_answer_in_time() -> None:
    """Waiting ends with the deadline; the child still runs and can be closed."""
    child = worker("import sys; sys.stdin.buffer.read()")
    try:
        with pytest.raises(RunnerTimeout):
            child.answer(Deadline(0.1))
        assert child.exit_status is None
        assert child.wait(0.01) is None
    finally:
        child.close()


def test_a_flood_of_log_neither_blocks_nor_grows() -> None:
    """A child may log megabytes before it answers; only the last lines are kept, cut."""
    code = (
        "import sys\n"
        "for i in range(20000): sys.stderr.write(f'{i} ' + 'x' * 100 + '\\n')\n"
        "sys.stderr.write('y' * 500000)\n"
        "sys.stderr.flush(); print('{}', flush=True)"
    )
    child = worker(code)
    try:
        assert child.answer(NEVER) == {}
        child.wait(20)
        tail = child.log_tail()
        assert len(tail) == LOG_LINES
        assert tail[-2].startswith("19999 x")
        assert set(tail[-1]) == {"y"}
        assert len(tail[-1]) <= 1000
    finally:
        child.close()


def test_what_was_logged_before_an_answer_is_there_with_it() -> None:
    """Lines that a child wrote before something else that we saw can be had at once, without waiting."""
    code = (
        "import sys\n"
        "sys.stdin.buffer.readline()\n"
        "for i in range(200):\n"
        "    sys.stderr.write(f'line {i}\\n'); sys.stderr.flush()\n"
        "    print('{}', flush=True); sys.stdin.buffer.readline()"
    )
    child = worker(code)
    try:
        mark = child.log_mark
        for number in range(200):
            assert child.answer(NEVER) == {}
            assert child.log_since(mark) == [f"line {number}"]
            mark = child.log_mark
            child._lifeline.write(b"\n")
        assert child.wait(20) == 0
        assert child.log_since(mark) == []
    finally:
        child.close()


def test_a_missing_program_is_named() -> None:
    """A program that is not there is one clear error."""
    with pytest.raises(RunnerFailed, match="cannot start /nonexistent/python: No such file"):
        Worker(["/nonexistent/python"], {}, {})


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (0, "exit status 0"),
        (3, "exit status 3"),
        (-4, "signal SIGILL"),
        (-9, "signal SIGKILL"),
        (-200, "signal 200"),
    ],
)
def test_the_cause_of_an_end_is_named(status: int, words: str) -> None:
    """A signal has its name, an exit its status."""
    assert exit_cause(status) == words
