import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support import chat_program

PROGRAM = [sys.executable, str(Path(chat_program.__file__))]


def chat(tmp_path: Path, stdin: bytes, **settings: object) -> subprocess.CompletedProcess[bytes]:
    """A whole chat through pipes."""
    settings["history"] = str(tmp_path / "history")
    return subprocess.run(
        [*PROGRAM, json.dumps(settings)], input=stdin, capture_output=True, timeout=60, check=False
    )


def test_every_line_of_a_pipe_is_a_message(tmp_path: Path) -> None:
    """Without a terminal, answers and nothing else are on stdout; blank lines are left out."""
    done = chat(tmp_path, b"one\r\n\n/new\r\n  \ntwo")
    assert done.stdout == b"[u:one]\n[u:two]\n"
    assert b"\x1b" not in done.stdout + done.stderr
    assert b">" not in done.stderr
    assert done.returncode == 0
    assert not (tmp_path / "history").exists()


def test_the_conversation_goes_on_over_lines(tmp_path: Path) -> None:
    """Later messages are sent with the earlier ones and the system prompt."""
    done = chat(tmp_path, b"one\ntwo\n", answers=None, system="be brief")
    assert done.stdout.splitlines()[1] == b"[s:be brief|u:one|a:[s:be brief|u:one]|u:two]"


def test_an_engine_without_history_is_told_of_and_gets_one_message(tmp_path: Path) -> None:
    """The lack is told on stderr, once, and earlier messages are not sent."""
    done = chat(tmp_path, b"one\ntwo\n", history_capable=False, stays_loaded=False)
    assert done.stdout == b"[u:one]\n[u:two]\n"
    assert done.stderr.count(b"loads the model again") == 1
    assert done.stderr.count(b"earlier ones") == 1


def test_a_quiet_chat_says_its_answers_only(tmp_path: Path) -> None:
    """No load, no caveat and no notice of the engine; an error is told all the same."""
    assert b"context is short\n" in chat(tmp_path, b"one\n", notices=True, history_capable=False).stderr
    done = chat(tmp_path, b"one\n/hlp\n", notices=True, history_capable=False, is_quiet=True)
    assert done.stdout == b"[u:one]\n"
    assert done.stderr.startswith(b"usage: line 2 of stdin: there is no command /hlp")


def test_quit_ends_before_the_rest(tmp_path: Path) -> None:
    """Lines after /quit are not read."""
    assert chat(tmp_path, b"one\n/quit\ntwo\n").stdout == b"[u:one]\n"


@pytest.mark.parametrize(
    ("stdin", "message"),
    [
        (b"one\n/hlp\ntwo\n", b"line 2 of stdin: there is no command /hlp (did you mean /help?)"),
        (b"one\n\xff\ntwo\n", b"line 2 of stdin is not UTF-8"),
    ],
)
def test_a_wrong_line_ends_a_piped_chat(tmp_path: Path, stdin: bytes, message: bytes) -> None:
    """A script's mistake is an error with its line number; what came before was answered."""
    done = chat(tmp_path, stdin)
    assert (done.returncode, done.stdout) == (2, b"[u:one]\n")
    assert message in done.stderr


def test_an_engine_error_ends_a_piped_chat(tmp_path: Path) -> None:
    """The first failure is the exit status; what was said before it is on stdout, as a whole line."""
    done = chat(tmp_path, b"one\ntwo\n", answers=[["a", "b"]], fault_at=1)
    assert (done.returncode, done.stdout) == (8, b"a\n")
    assert b"device-failed" in done.stderr


def test_answers_in_a_pipe_are_exact(tmp_path: Path) -> None:
    """Escapes and bytes that are not UTF-8 are passed on untouched into a pipe."""
    done = chat(tmp_path, b"one\n", answers=[["\x1b[31mred", "\udcff"]])
    assert done.stdout == b"\x1b[31mred\xff\n"


def test_an_interrupt_ends_a_piped_chat(tmp_path: Path) -> None:
    """SIGINT without a terminal is KeyboardInterrupt; what was said is on stdout."""
    settings = json.dumps({"history": "unused", "answers": [["a\n", "b"]], "token_s": 3600})
    with subprocess.Popen([*PROGRAM, settings], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"one\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"a\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130


def test_a_piped_chat_does_not_load_the_line_editor() -> None:
    """Neither prompt-toolkit nor rich is imported where nobody types."""
    code = "import sys, axchat.repl.run; print('prompt_toolkit' in sys.modules, 'rich' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "False False\n"
