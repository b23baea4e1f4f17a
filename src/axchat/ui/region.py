"""The end of a terminal's text, where an answer grows: finished rows scroll away, the open ones change.

Between frames the cursor waits, hidden, at the first open row: wherever a terminal puts that cell when its
size changes, erasing from there down takes all that may still change and nothing else.
"""

from collections.abc import Callable, Sequence

# Terminals that know it show what is between the two at once; the others ignore both.
BEGIN_FRAME, END_FRAME = "\x1b[?2026h", "\x1b[?2026l"

# Terminal and we disagree on the width of some emoji; without it such a row would wrap and leave a ghost.
WRAP_OFF, WRAP_ON = "\x1b[?7l", "\x1b[?7h"
SAVE_CURSOR, RESTORE_CURSOR = "\x1b7", "\x1b8"
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"

# This line, then all below it: erasing a whole screen at once makes tmux move it into the scrollback first.
ERASE_DOWN = f"\x1b[K{SAVE_CURSOR}\x1b[B\r\x1b[J{RESTORE_CURSOR}"


def rows_text(finished: Sequence[str], open_rows: Sequence[str]) -> str:
    """What draws them from the first open row on, down to the line below the last."""
    done = "".join(f"{row}\r\n" for row in finished)
    changing = "".join(f"{row}\r\n" for row in open_rows)
    return f"\r{ERASE_DOWN}{done}{WRAP_OFF}{changing}{WRAP_ON}"


class Region:
    """Draws frames at the end of the text.

    Args:
        write: takes the text of one frame, and shows it at once.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._open: tuple[str, ...] = ()
        self._is_hidden = False

    def show(self, finished: Sequence[str], open_rows: Sequence[str]) -> None:
        """Append rows, and show what is open now; nothing is written if nothing changed."""
        if not finished and tuple(open_rows) == self._open:
            return
        self._open = tuple(open_rows)
        up = f"\r\x1b[{len(self._open)}A" if self._open else ""
        hide = "" if self._is_hidden else HIDE_CURSOR
        self._is_hidden = True
        self._write(f"{BEGIN_FRAME}{hide}{rows_text(finished, self._open)}{up}{END_FRAME}")

    def close(self) -> None:
        """Leave what is open where it stands, and the cursor below it; the next ``show`` begins there."""
        if self._is_hidden:
            self._write("\r\n" * len(self._open) + SHOW_CURSOR)
        self._open, self._is_hidden = (), False
