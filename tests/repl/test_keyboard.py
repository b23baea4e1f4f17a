import contextlib
import os
import pty
import termios
from collections.abc import Iterator

import pytest

from axchat.repl.keyboard import typing_unseen


@pytest.fixture
def ends() -> Iterator[tuple[int, int]]:
    """The two ends of a pty: the keyboard's, and the program's."""
    main, other = pty.openpty()
    yield main, other
    os.close(main)
    os.close(other)


def test_typing_is_not_echoed_and_enter_stays_a_newline(ends: tuple[int, int]) -> None:
    """Keys pressed inside reach the program, unfinished lines too, and nothing comes back to the screen."""
    main, other = ends
    with typing_unseen(other):
        os.write(main, b"early\rdraft")
        assert os.read(other, 100) == b"early\ndraft"
        os.write(other, b"end")
        assert os.read(main, 100) == b"end"


def test_ctrl_c_stays_a_signal(ends: tuple[int, int]) -> None:
    """The terminal still turns Ctrl-C into SIGINT."""
    with typing_unseen(ends[1]):
        assert termios.tcgetattr(ends[1])[3] & termios.ISIG


def test_the_modes_are_put_back_after_a_failure(ends: tuple[int, int]) -> None:
    """Whatever happens inside, the terminal is as it was."""
    before = termios.tcgetattr(ends[1])
    seen = []
    with contextlib.suppress(KeyboardInterrupt), typing_unseen(ends[1]):
        seen = termios.tcgetattr(ends[1])
        raise KeyboardInterrupt
    assert seen not in ([], before)
    assert termios.tcgetattr(ends[1]) == before


def test_a_terminal_that_is_gone_has_no_modes_to_put_back() -> None:
    """When the terminal goes away inside, leaving is quiet."""
    main, other = pty.openpty()
    with typing_unseen(other):
        os.close(other)
        os.close(main)
