"""What a terminal of some width gets to see of a table."""

import contextlib
import os
import pty
import termios
import threading
from collections.abc import Callable
from typing import TextIO


def on_terminal(show: Callable[[TextIO], None], columns: int) -> str:
    """Everything that is written to a pseudo-terminal of so many columns."""
    main, other = pty.openpty()
    termios.tcsetwinsize(other, (50, columns))
    data = bytearray()

    def read() -> None:
        with contextlib.suppress(OSError):  # EIO: the other end is closed
            while piece := os.read(main, 65536):
                data.extend(piece)

    reader = threading.Thread(target=read)
    reader.start()
    with os.fdopen(other, "w") as stream:
        show(stream)
    reader.join()
    os.close(main)
    return data.decode()
