"""prompt-toolkit's renderer with rows of ours above its input line, which scroll away as they are finished.

While an answer is under way the terminal's own cursor waits at the first of the open rows, at the left edge:
wherever a terminal puts that cell when its size changes (some wrap rows anew, some cut them, tmux tells of it
a quarter of a second later), erasing from there down takes all that may still change and nothing else. Every
frame begins so. The place in the input line is drawn instead of the cursor.
"""

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from prompt_toolkit.application import Application
from prompt_toolkit.data_structures import Point
from prompt_toolkit.layout import Layout
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.renderer import CPR_Support, Renderer
from prompt_toolkit.styles import BaseStyle
from prompt_toolkit.utils import get_term_environment_variable

from axchat.ui.region import BEGIN_FRAME, END_FRAME, RESTORE_CURSOR, SAVE_CURSOR, rows_text


class ScreenOutput(Vt100_Output):
    """A terminal that is written to frame by frame, and remembers how a part of one was drawn."""

    is_in_frame = False

    @classmethod
    def on(cls, screen: TextIO) -> "ScreenOutput":
        """The terminal behind a stream."""
        return cls.from_pty(screen, term=get_term_environment_variable(), enable_bell=False)  # type: ignore[return-value]

    def flush(self) -> None:
        """Write what was gathered, at once; inside a frame it waits for the frame's end.

        A terminal that is gone gets nothing: SIGHUP or the end of its input ends the chat.
        """
        if self.is_in_frame:
            return
        try:
            super().flush()
        except OSError as error:
            if error.errno != errno.EIO:
                raise

    @contextmanager
    def frame(self) -> Iterator[None]:
        """What is written within is shown at once."""
        self.write_raw(BEGIN_FRAME)
        self.is_in_frame = True
        try:
            yield
        finally:
            self.is_in_frame = False
            self.write_raw(END_FRAME)
            self.flush()

    @property
    def written(self) -> int:
        """A mark for ``since``."""
        return len(self._buffer)

    def since(self, mark: int) -> str:
        """What was written in this frame since the mark."""
        return "".join(self._buffer[mark:])


class LiveRenderer(Renderer):
    """Draws finished rows once, open rows until they are finished, and the application below them.

    Attributes:
        is_parked: whether the cursor waits above the open rows; the application hides it then.
    """

    output: ScreenOutput

    def __init__(self, style: BaseStyle, output: ScreenOutput) -> None:
        self.is_parked = False
        self._parks = False
        self._finished: list[str] = []
        self._open: tuple[str, ...] = ()
        self._drawn: tuple[str, ...] = ()
        self._is_away = True
        self._application: str | None = None
        super().__init__(style, output)
        # The answer would tell how far the screen's end is; nothing of ours is put there.
        self.cpr_support = CPR_Support.NOT_SUPPORTED

    @property
    def height_is_known(self) -> bool:
        """The application is as high as what it shows."""
        return True

    def show(self, finished: Sequence[str], open_rows: Sequence[str], *, parks: bool) -> bool:
        """Take a frame; False if ``Application.invalidate`` has to be called for it to be drawn.

        Args:
            finished: rows to append above; each ends its line, and may be wider than the screen.
            open_rows: all that are open now; none wider than the screen, and with the application not
                higher than it.
            parks: whether more is to come.
        """
        self._finished += finished
        self._open = tuple(open_rows)
        self._parks = parks
        if self._is_away or self._application is None or not (parks and self.is_parked):
            return False
        if self._finished or self._open != self._drawn:
            with self.output.frame():
                self._write_rows()
                self.output.write_raw(self._application)
                self._park()
        return True

    def render(self, app: Application[Any], layout: Layout, is_done: bool = False) -> None:
        """Draw what changed since the last time: rows, application, or both."""
        columns, rows = reversed(self.output.get_size())
        height = layout.container.preferred_height(columns, rows).preferred
        is_same = self._last_screen is not None and height == self._last_screen.height
        is_whole = self._is_away or not is_same or bool(self._finished) or self._open != self._drawn
        with self.output.frame():
            if is_whole or self.is_parked != self._parks:
                self._render_all(app, layout, is_done)
            else:
                self._render_changes(app, layout, is_done)

    def _render_all(self, app: Application[Any], layout: Layout, is_done: bool) -> None:
        self._write_rows()
        self._cursor_pos = Point(0, 0)
        self._last_screen = None
        self._is_away = False
        self.is_parked = self._parks and not is_done
        mark = self.output.written
        super().render(app, layout, is_done)
        self._application = self.output.since(mark)
        if self.is_parked:
            self._park()

    def _render_changes(self, app: Application[Any], layout: Layout, is_done: bool) -> None:
        """Of the application; the next frame draws all of it again."""
        self._application = None
        if self.is_parked:
            self.output.write_raw(SAVE_CURSOR)
            self.output.cursor_down(len(self._drawn) + self._cursor_pos.y)
            self.output.cursor_forward(self._cursor_pos.x)
        super().render(app, layout, is_done)
        if self.is_parked:
            self.output.write_raw(RESTORE_CURSOR)

    def erase(self, leave_alternate_screen: bool = True) -> None:
        """Take away what may still change; the next ``render`` brings it back. What is finished stays."""
        self._to_first_row()
        self.output.write_raw(rows_text(self._finished, ()))
        self._finished.clear()
        self._drawn = ()
        self._is_away = True
        self.is_parked = False
        self._cursor_pos = Point(0, 0)
        super().erase(leave_alternate_screen)

    def _write_rows(self) -> None:
        """Erase all that may change, and write the rows; the application belongs where this ends."""
        self._to_first_row()
        self.output.write_raw(rows_text(self._finished, self._open))
        self._finished.clear()
        self._drawn = self._open

    def _to_first_row(self) -> None:
        self.output.write_raw("\r")
        if not self.is_parked:
            self.output.cursor_up(len(self._drawn) + self._cursor_pos.y)

    def _park(self) -> None:
        """From where the application left the cursor to the first open row."""
        self.output.write_raw("\r")
        self.output.cursor_up(len(self._drawn) + self._cursor_pos.y)
