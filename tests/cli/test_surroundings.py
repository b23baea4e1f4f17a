"""Commands where something that they need is closed, full, missing or not theirs: real processes."""

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from support.cli import AXCHAT, OnTerminal, Outcome

SCRIPTED = ("run", "-q", "-e", "scripted", "hello")
NO_STREAM = {0: "stdin", 1: "stdout", 2: "stderr"}
_PR_CAPBSET_DROP = 24
_OVER_RIGHTS = (1, 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH: why root reads what nobody may


def run(
    *arguments: str,
    prepare: Callable[[], None] = lambda: None,
    stdin: bytes = b"",
    out: str | None = None,
    err: str | None = None,
    **env: str | None,
) -> Outcome:
    """Run a command that was prepared in its own process; ``None`` takes a variable away."""
    given = {name: value for name, value in {**os.environ, **env}.items() if value is not None}
    with contextlib.ExitStack() as opened:
        streams = [
            subprocess.PIPE if name is None else opened.enter_context(Path(name).open("wb"))
            for name in (out, err)
        ]
        child = subprocess.Popen(
            [*AXCHAT, *arguments],
            stdin=subprocess.PIPE,
            stdout=streams[0],
            stderr=streams[1],
            env=given,
            preexec_fn=prepare,  # noqa: PLW1509  a few system calls, and no thread runs here
        )
        said, told = child.communicate(stdin, timeout=100)
    return Outcome(child.returncode, said or b"", (told or b"").decode())


def without(*numbers: int) -> Callable[[], None]:
    """Closes descriptors."""

    def close() -> None:
        for number in numbers:
            os.close(number)

    return close


@pytest.mark.parametrize(
    ("numbers", "status", "said"),
    [
        ((0,), 0, ""),
        ((1,), 2, "axchat: standard output is closed; there is nowhere to put the answer\n"),
        ((2,), 0, ""),
        ((0, 1, 2), 2, ""),
    ],
)
def test_a_stream_that_the_parent_closed(numbers: tuple[int, ...], status: int, said: str) -> None:
    """Without stdout there is no answer, and it is told where it can be; the others are not needed."""
    outcome = run(*SCRIPTED, prepare=without(*numbers))

    assert (outcome.status, outcome.err) == (status, said)
    assert outcome.out.startswith(b"This is axchat") == (1 not in numbers)


@pytest.mark.parametrize("arguments", [("--version",), ("run", "--help"), ("config", "show")])
def test_a_full_disk_behind_stdout_is_told(arguments: tuple[str, ...]) -> None:
    """Whatever writes: what is known at once, Typer's help, and a command."""
    outcome = run(*arguments, out="/dev/full")

    assert outcome.status == 1
    assert outcome.err.startswith("axchat: standard output cannot be written: ")
    assert len(outcome.err.splitlines()) <= 2


def test_a_full_disk_behind_stderr_costs_nothing() -> None:
    """The notice cannot be written; the answer is whole, and the status is the answer's."""
    outcome = run("run", "-e", "scripted", "hello", err="/dev/full")

    assert outcome.status == 0
    assert outcome.out.endswith(b"real answers.\n") or outcome.out.endswith(b"real answers.")


def test_help_that_nobody_reads_ends_as_a_writer_does() -> None:
    """``axchat run --help | head -1``: 141, and not a word."""
    reading, writing = os.pipe()
    os.close(reading)

    outcome = run("run", "--help", prepare=lambda: os.dup2(writing, 1) and None)
    os.close(writing)
    assert (outcome.status, outcome.err) == (141, "")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("run", "-e", "scripted", "-f", "{}", "x"), 2),
        (("run", "-m", "{}", "x"), 4),
        (("history", "import", "{}"), 2),
    ],
)
def test_a_file_that_may_not_be_read_is_told(arguments: tuple[str, ...], status: int, tmp_path: Path) -> None:
    """Also to root, who is made an ordinary user here: the file's mode counts."""
    closed = tmp_path / "closed"
    closed.write_text("secret")
    closed.chmod(0)

    def obey_modes() -> None:
        if os.geteuid() == 0:
            for capability in _OVER_RIGHTS:
                assert ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) == 0

    outcome = run(*(word.replace("{}", str(closed)) for word in arguments), prepare=obey_modes)
    assert outcome.status == status
    assert f"{closed} cannot be read: Permission denied" in outcome.err
    assert len(outcome.err.splitlines()) == 1


@pytest.mark.parametrize("home", ["/proc/no-home", "/dev/null/x"])
def test_a_chat_without_a_home_answers(home: str) -> None:
    """A service's user may have none: no configuration is there, and what was said is put elsewhere."""
    outcome = run("chat", "-e", "scripted", stdin=b"hello\n", HOME=home)

    assert outcome.status == 0
    assert b"real answers." in outcome.out
    assert "not stored: " in outcome.err
    rescued = outcome.err.rstrip().rpartition(" ")[2]
    Path(rescued).unlink()


def test_a_disk_that_takes_no_byte_ends_no_chat() -> None:
    """Neither the store nor a file has room, and the line says so."""

    def take_nothing() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    outcome = run("chat", "-e", "scripted", stdin=b"hello\n", prepare=take_nothing)

    assert outcome.status == 0
    assert b"real answers." in outcome.out
    assert "could not be stored anywhere" in outcome.err
    assert "bug:" not in outcome.err


def test_twenty_columns_have_room_for_a_mistake_and_for_conversations() -> None:
    """A line is wrapped where the terminal ends, and a table names what it lists."""
    run("chat", "-e", "scripted", stdin=b"a longer question than that\n")

    with OnTerminal("rnu", columns=20) as terminal:
        assert terminal.wait() == 2
        assert "".join(terminal.lines).startswith("axchat: no such command 'rnu'  -> did you mean run?")
    with OnTerminal("history", "list", columns=20) as terminal:
        assert terminal.wait() == 0
        assert " ".join(" ".join(terminal.lines).split()) == "1 a longer question than that"
