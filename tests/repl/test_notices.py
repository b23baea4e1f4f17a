import io
import os
import pty
from collections.abc import Iterator
from typing import TextIO

import pytest

from axchat.repl.notices import NoticeWriter


@pytest.fixture
def terminal() -> Iterator[tuple[TextIO, int]]:
    """A terminal to write to, 20 columns wide, and the descriptor its other end is read from."""
    import termios

    main, other = pty.openpty()
    termios.tcsetwinsize(other, (24, 20))
    with os.fdopen(other, "w") as stream:
        yield stream, main
    os.close(main)


def read_until(descriptor: int, end: bytes) -> bytes:
    """What was written, up to its end."""
    data = b""
    while not data.endswith(end):
        data += os.read(descriptor, 1000)
    return data


def test_elsewhere_than_on_a_terminal_lines_are_plain() -> None:
    """Into a file go the lines alone: no escape, no status."""
    stream = io.StringIO()
    notices = NoticeWriter(stream, is_terminal=False)
    notices.status("loading")
    notices.tell("one\ntwo")
    notices.clear_status()
    assert stream.getvalue() == "one\ntwo\n"


@pytest.mark.parametrize(("is_plain", "shown"), [(True, b"dead\r\n"), (False, b"\x1b[2mdead\x1b[22m\r\n")])
def test_on_a_terminal_lines_are_dim_and_harmless(
    terminal: tuple[TextIO, int], is_plain: bool, shown: bytes
) -> None:
    """What a notice carries is filtered; the only escapes are the dim ones, and none when plain."""
    stream, main = terminal
    NoticeWriter(stream, is_terminal=True, is_plain=is_plain).tell("\x1b]0;x\x07dead\x1b[31m")
    assert read_until(main, b"\n") == shown


def test_a_status_fits_its_line_and_goes_before_the_next_text(terminal: tuple[TextIO, int]) -> None:
    """A status is cut at the width and erased when a line is told."""
    stream, main = terminal
    notices = NoticeWriter(stream, is_terminal=True, is_plain=True)
    notices.status("loading " * 10)
    notices.tell("done")
    notices.clear_status()
    assert read_until(main, b"\n") == b"\r\x1b[Kloading loading loa\r\x1b[Kdone\r\n"


def test_a_closed_stderr_costs_nothing() -> None:
    """Without stderr, or after it was closed, notices vanish."""
    closed = io.StringIO()
    closed.close()
    for stream in (None, closed):
        notices = NoticeWriter(stream, is_terminal=stream is None)
        notices.tell("a")
        notices.status("b")
        notices.clear_status()
