import os
import select
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from axchat.repl.clipboard import OSC_52, copy, fill, ways


def which(*there: str) -> dict[str, str]:
    """Programs by their paths."""
    return {name: f"/bin/{name}" for name in there}


ALL = which("wl-copy", "xclip", "xsel", "pbcopy")


@pytest.mark.parametrize(
    ("env", "there", "names"),
    [
        ({}, {}, ["terminal"]),
        ({"DISPLAY": ":0"}, which("wl-copy"), ["terminal"]),
        ({"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"}, ALL, ["wl-copy", "xclip", "xsel", "pbcopy", "terminal"]),
        ({"DISPLAY": ":0"}, which("xsel"), ["xsel", "terminal"]),
        ({}, which("pbcopy"), ["pbcopy", "terminal"]),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "a b"}, which("xclip"), ["terminal", "xclip"]),
        ({"DISPLAY": "", "SSH_TTY": ""}, which("xclip"), ["terminal"]),
    ],
)
def test_ways_in_their_order(env: dict[str, str], there: dict[str, str], names: list[str]) -> None:
    """A tool needs its display; over ssh the terminal in front of the user comes first."""
    assert [way.name if way else "terminal" for way in ways(env, there.get)] == names


class Clipboards:
    """Tools and a terminal; ``broken`` are the names of those that fail."""

    def __init__(self, *broken: str) -> None:
        self.broken = broken
        self.got: list[tuple[str, str]] = []

    def run(self, argv: Sequence[str], content: bytes) -> str | None:
        """As ``fill``."""
        name = argv[0].rpartition("/")[2]
        if name in self.broken:
            return "exit status 1"
        self.got.append((name, content.decode()))
        return None

    def to_terminal(self, text: str) -> bool:
        """As a display's."""
        if "terminal" in self.broken:
            return False
        self.got.append(("terminal", text))
        return True

    def copy(self, text: str) -> tuple[str | None, list[str]]:
        """With every tool there."""
        env = {"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"}
        return copy(text, self.to_terminal, env=env, which=ALL.get, run=self.run)


def test_the_first_way_that_works_is_used_and_named() -> None:
    """What failed before it is told."""
    clipboards = Clipboards("wl-copy")
    assert clipboards.copy("ä") == ("xclip", ["wl-copy: exit status 1"])
    assert clipboards.got == [("xclip", "ä")]


def test_the_terminal_is_the_last_way() -> None:
    """Without any tool that works it is asked."""
    clipboards = Clipboards("wl-copy", "xclip", "xsel", "pbcopy")
    assert clipboards.copy("a")[0] == OSC_52
    assert clipboards.got == [("terminal", "a")]


def test_no_way_is_told() -> None:
    """Everything that was tried is named."""
    way, failed = Clipboards("wl-copy", "xclip", "xsel", "pbcopy", "terminal").copy("a")
    assert way is None
    assert len(failed) == 4


def test_what_a_terminal_would_obey_is_not_copied() -> None:
    """The end of a bracketed paste in a text would run the rest of it in a shell."""
    clipboards = Clipboards()
    clipboards.copy("a\x1b[201~\x07b\udc80\n")
    assert clipboards.got == [("wl-copy", "ab\ufffd\n")]


def test_a_program_gets_the_text_on_its_stdin(tmp_path: Path) -> None:
    """All of it, also more than a pipe holds."""
    path = tmp_path / "got"
    code = "import sys; open(sys.argv[1], 'wb').write(sys.stdin.buffer.read())"
    assert fill([sys.executable, "-SEc", code, str(path)], b"a" * 300_000) is None
    assert path.read_bytes() == b"a" * 300_000


def test_a_program_that_fails_is_told() -> None:
    """Its exit status, or why it cannot be started."""
    assert fill(["/bin/sh", "-c", "exit 3"], b"a") == "exit status 3"
    assert fill(["/nope/tool"], b"a") == "No such file or directory"


def test_a_program_that_hangs_is_ended(tmp_path: Path) -> None:
    """With all that it started."""
    pids = tmp_path / "pids"
    script = f"sleep 600 & echo $! > {pids}; wait"
    assert fill(["/bin/sh", "-c", script], b"a", timeout_s=4.0) == "did not end within 4 s"
    try:
        child = os.pidfd_open(int(pids.read_text()))
    except ProcessLookupError:
        return  # ended, and reaped
    try:
        assert select.select([child], [], [], 60)[0], "it did not end"
    finally:
        os.close(child)
