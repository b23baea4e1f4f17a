"""The terminal's modes while a chat lasts, outside of its prompts."""

import contextlib
import termios
from collections.abc import Iterator

_LOCAL_FLAGS = 3  # the place of c_lflag in what tcgetattr gives


@contextlib.contextmanager
def typing_unseen(terminal: int) -> Iterator[None]:
    """What is typed is not echoed into an answer, and waits for the next prompt, which sets its own modes.

    Ctrl-C stays a signal. Enter stays a newline (ICRNL), so that lines typed or pasted early arrive at the
    prompt as one draft, not as messages sent unread.

    Args:
        terminal: its file descriptor; the modes are put back in any case.
    """
    before = termios.tcgetattr(terminal)
    quiet = [*before]
    quiet[_LOCAL_FLAGS] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(terminal, termios.TCSANOW, quiet)
    try:
        yield
    finally:
        with contextlib.suppress(termios.error):  # the terminal is gone, and its modes with it
            termios.tcsetattr(terminal, termios.TCSANOW, before)
