"""``axchat run`` over a model directory with a tokenizer.json: a session with axchat's own tokenizer."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from support.cli import OnTerminal, axchat

ANSWER = "one\n>> two\x00\x1b[31m three 深圳 🎉\n\n"


@pytest.fixture
def directory(demo: Callable[..., Path]) -> Path:
    """A demo directory with its tokenizer.json."""
    return demo(ANSWER, has_tokenizer=True)


def test_a_directory_with_a_tokenizer_runs_as_a_session(directory: Path) -> None:
    """The answer on a pipe is the model's, byte for byte, and the choice is said."""
    outcome = axchat("run", "-m", str(directory), "line one\nline two").assert_ok()

    assert outcome.out == ANSWER.encode()
    assert "engine session" in outcome.err


@pytest.mark.parametrize("command", [("run", "hi"), ("chat",), ("bench", "-r", "1")])
def test_another_card_reaches_the_engine(directory: Path, command: tuple[str, ...]) -> None:
    """--device is passed on by every command: this runner has the first card only, and says so."""
    outcome = axchat(*command, "-m", str(directory), "--device", "1")

    assert outcome.status == 2
    assert "first card only, not card 1" in outcome.err


def test_limits_work_from_the_command_line(directory: Path) -> None:
    """--max-tokens and --stop end the answer there, and counts are exact."""
    outcome = axchat("run", "-m", str(directory), "--stop", "two", "--stats", "hi").assert_ok()

    assert outcome.out == b"one\n>> "
    assert "finish stop" in outcome.err


def test_the_script_engine_is_exact_too(demo: Callable[..., Path], free_port: int) -> None:
    """Where nobody listens at the script's address, axchat's own tokenizer service does."""
    directory = demo(ANSWER, has_tokenizer=True, port=free_port)
    outcome = axchat("run", "-q", "--engine", "script", "-m", str(directory), "a\nb").assert_ok()

    assert outcome.out == ANSWER.encode()


def test_an_overlong_prompt_is_refused_with_status_10(directory: Path) -> None:
    """The numbers are in the message, and nothing was sent."""
    outcome = axchat("run", "-q", "-m", str(directory), "word " * 3000)

    assert outcome.status == 10
    assert "this model takes 1023" in outcome.err


def test_markdown_is_drawn_on_a_terminal(demo: Callable[..., Path]) -> None:
    """Headings, lists and code are drawn as they come, once; the terminal is as it was afterwards."""
    answer = "# Title\n\n- one\n- **two**\n\n```sh\nls -l\n```\n\n" + "word " * 60 + "end"
    directory = demo(answer, has_tokenizer=True)
    with OnTerminal("run", "-q", "-m", str(directory), "hi", columns=40, env={"NO_COLOR": ""}) as terminal:
        assert terminal.wait() == 0
        lines = terminal.text.splitlines()
        assert lines[:8] == ["Title", "", "• one", "• two", "", "```sh", "ls -l", "```"]
        assert " ".join(lines[9:]).split() == ["word"] * 60 + ["end"]
        assert terminal.raw.endswith(b"\x1b[?25h")


def test_plain_is_the_answer_as_it_is(demo: Callable[..., Path]) -> None:
    """--plain, and NO_COLOR: no markdown and no escape of ours."""
    directory = demo("# Title\n\n**two**", has_tokenizer=True)
    for options, env in ((("--plain",), {}), ((), {"NO_COLOR": "1"})):
        with OnTerminal("run", "-q", *options, "-m", str(directory), "hi", env=env) as terminal:
            assert terminal.wait() == 0
            assert terminal.raw == b"# Title\r\n\r\n**two**\r\n"


def test_sigterm_leaves_the_terminal_as_it_was(demo: Callable[..., Path]) -> None:
    """In mid-answer: what was said stands there, and the cursor is shown again."""
    directory = demo("word " * 200, has_tokenizer=True, token_s=0.05)
    with OnTerminal("run", "-q", "-m", str(directory), "hi", env={"NO_COLOR": ""}) as terminal:
        terminal.wait_for("word word")
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.wait() == 128 + signal.SIGTERM
        assert "word word" in terminal.text
        assert terminal.raw.rfind(b"\x1b[?25h") > terminal.raw.rfind(b"\x1b[?25l")
