"""What it takes to draw an answer on a terminal, measured after it came."""

import time
from collections.abc import Callable, Sequence

from axchat.ui.markdown.stream import MarkdownRows
from axchat.ui.pace import SHORTEST_FRAME_S

COLUMNS = 80
OPEN_ROWS = 8


def render_s(pieces: Sequence[tuple[float, str]], clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds that drawing takes, frame by frame as the pieces came.

    Args:
        pieces: seconds since the request, and text.
        clock: seconds.
    """
    rows, drawn_at = MarkdownRows(), 0.0
    began = clock()
    for at_s, text in pieces:
        rows.feed(text)
        if at_s - drawn_at >= SHORTEST_FRAME_S:
            rows.frame(COLUMNS, OPEN_ROWS)
            drawn_at = at_s
    rows.finish(COLUMNS)
    return clock() - began
