"""The prompt of ``axchat run``: what it is made of, and in which order."""

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

import pytest

from axchat.chat.text_files import MAX_TEXT_BYTES
from axchat.cli.context import AppContext
from axchat.cli.prompt import Attached, joined, read_prompt
from axchat.cli.standard_input import WAITING, can_be_joined, read_standard_input
from axchat.deadline import NEVER, Deadline
from axchat.errors import AxchatError, PromptRefused, RunnerTimeout, UsageError

A = Attached("a.py", "print(1)\n")
B = Attached("b.md", "```\nx\n```")
A_SHOWN = "a.py:\n```\nprint(1)\n```"
B_SHOWN = "b.md:\n````\n```\nx\n```\n````"


@pytest.mark.parametrize(
    ("words", "files", "typed", "prompt"),
    [
        (["what", "is"], [], None, "what is"),
        (["explain"], [], "a diff", "a diff\n\nexplain"),
        (["explain"], [], " \n", "explain"),
        ([], [], "question", "question"),
        (["-"], [], "question", "question"),
        (["read", "this:", "-", "in", "short"], [], "x", "read this:\n\nx\n\nin short"),
        (["-", "in short"], [], "", "in short"),
        (["explain"], [A, B], None, f"{A_SHOWN}\n\n{B_SHOWN}\n\nexplain"),
        (["explain"], [A], "a diff", f"{A_SHOWN}\n\na diff\n\nexplain"),
        ([], [A], None, "print(1)"),
        ([], [A, B], None, f"{A_SHOWN}\n\n{B_SHOWN}"),
        ([], [A], "explain", f"{A_SHOWN}\n\nexplain"),
        (["x", "-"], [A], "y", f"{A_SHOWN}\n\nx\n\ny"),
        (["a  b\n"], [], "c\n\n", "c\n\n\n\na  b\n"),
    ],
)
def test_what_a_question_is_about_stands_before_it(
    words: list[str], files: Sequence[Attached], typed: str | None, prompt: str
) -> None:
    """Files, standard input, words; a dash places standard input; a file alone is the prompt itself."""
    assert joined(words, files, typed) == prompt


Given = Callable[[bytes], AppContext]


@pytest.fixture
def said() -> list[str]:
    """What was told meanwhile."""
    return []


class Pipe:
    """Both ends of a pipe."""

    def __init__(self) -> None:
        read, write = os.pipe()
        self.stdin: TextIO = os.fdopen(read)
        self.writer = os.fdopen(write, "wb", buffering=0)

    @property
    def context(self) -> AppContext:
        """A surrounding that reads from it."""
        return AppContext(stdin=self.stdin, stdout=None, stderr=None, env={})


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """A pipe as standard input."""
    pipe = Pipe()
    with pipe.stdin, pipe.writer:
        yield pipe


@pytest.fixture
def given(tmp_path: Path) -> Iterator[Given]:
    """Gives a surrounding whose standard input is a file with these bytes."""
    with contextlib.ExitStack() as stack:

        def make(data: bytes) -> AppContext:
            path = tmp_path / "stdin"
            path.write_bytes(data)
            return AppContext(stdin=stack.enter_context(path.open()), stdout=None, stderr=None, env={})

        yield make


@pytest.mark.parametrize("words", [["explain"], []])
def test_a_redirected_file_is_joined(words: list[str], given: Given, said: list[str]) -> None:
    """One newline at its end is not part of it."""
    prompt = read_prompt(words, [], given(b"text\r\n\r\n"), NEVER, said.append)

    assert prompt == "text\r\n" + "\n\nexplain" * len(words)
    assert said == []


@pytest.mark.parametrize(
    ("data", "words", "error", "told"),
    [
        (b"\xff\xfe", ["x"], PromptRefused, "standard input is not UTF-8 (byte 0)"),
        (b"", [], UsageError, "the prompt is empty"),
        (b"x", ["-", "-"], UsageError, "named twice"),
        (b"x" * (MAX_TEXT_BYTES + 1), ["x"], UsageError, "standard input is too large"),
        (b"x" * MAX_TEXT_BYTES, ["x"], UsageError, "the prompt is too large"),
        (b"", ["caf\udce9"], PromptRefused, "the prompt is not valid UTF-8"),
    ],
)
def test_what_is_no_prompt_is_refused(
    data: bytes, words: list[str], error: type[AxchatError], told: str, given: Given, said: list[str]
) -> None:
    """Each with its reason."""
    with pytest.raises(error) as caught:
        read_prompt(words, [], given(data), NEVER, said.append)

    assert told in caught.value.message


def test_files_go_with_it_and_an_empty_one_is_told(tmp_path: Path, given: Given, said: list[str]) -> None:
    """Its name is the user's; an empty file is no part of the prompt."""
    (tmp_path / "empty").touch()
    (tmp_path / "a.txt").write_text("x")
    context = given(b"")

    prompt = read_prompt(["why"], [f"{tmp_path}/empty", f"{tmp_path}/a.txt"], context, NEVER, said.append)

    assert prompt == f"{tmp_path}/a.txt:\n```\nx\n```\n\nwhy"
    assert said == [f"{tmp_path}/empty is empty"]


def test_a_dash_is_no_file(given: Given, said: list[str]) -> None:
    """What is piped in is part of the prompt anyway, and the message says so."""
    with pytest.raises(UsageError, match="-f - is not needed"):
        read_prompt(["x"], ["-"], given(b""), NEVER, said.append)


@pytest.mark.parametrize("path", ["/dev/null", "/dev/zero"])
def test_devices_are_not_joined(path: str) -> None:
    """A command started by cron or systemd reads nothing from /dev/null, and never waits for a device."""
    with Path(path).open() as stream:
        assert not can_be_joined(stream)
    assert not can_be_joined(stream), "closed"
    assert not can_be_joined(None)


def test_a_socket_is_joined() -> None:
    """Some programs start others with a socket as standard input."""
    ours, theirs = socket.socketpair()
    with ours, theirs, theirs.makefile("r") as stream:
        assert can_be_joined(stream)


def test_silence_is_told_once_and_waited_for(pipe: Pipe) -> None:
    """A pipe without a word makes one notice, however long it lasts; what comes later is read."""
    said: list[str] = []
    is_told, is_told_again = threading.Event(), threading.Event()

    def say(text: str) -> None:
        said.append(text)
        (is_told_again if is_told.is_set() else is_told).set()

    def write() -> None:
        with pipe.writer as writer:
            assert is_told.wait(60)
            is_told_again.wait(0.1)  # ten silences
            writer.write(b"late")

    writer = threading.Thread(target=write)
    writer.start()
    text = read_standard_input(pipe.stdin, NEVER, say, silence_s=0.01)
    writer.join()

    assert (text, said) == ("late", [WAITING])


def test_a_time_limit_ends_the_wait(pipe: Pipe, said: list[str]) -> None:
    """--timeout bounds the reading too: a pipe that nobody closes holds nobody up for ever."""
    with pytest.raises(RunnerTimeout, match="standard input did not end in time"):
        read_prompt(["explain"], [], pipe.context, Deadline(0.05), said.append)

    assert said == []
