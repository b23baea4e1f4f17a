"""A chat shown on a terminal: finished rows scroll away, the open ones and the input line stay below them."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue

from prompt_toolkit.application import Application

from axchat.repl.display import Bar, Option
from axchat.repl.editor import Editor
from axchat.repl.scrollback import NewRows, Scrollback
from axchat.repl.toolbar import toolbar
from axchat.ui.answer import AnswerWriter
from axchat.ui.escapes import for_terminal
from axchat.ui.pace import Pace
from axchat.ui.thoughts import Thoughts


class TerminalDisplay:
    """See ``Display``. Everything is drawn in the thread of the application, in frames.

    Args:
        new_rows: makes what turns an answer into rows.
        answers: where answers go when stdout is not this terminal.
        is_plain: no colours of ours.
        clock: seconds, monotonic.

    Attributes:
        is_busy: whether the session is at work: loading, answering, running a command.
        failure: what ended the chat from inside the display (a closed output).
    """

    def __init__(
        self,
        new_rows: NewRows,
        *,
        answers: AnswerWriter | None = None,
        is_plain: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.is_busy = False
        self.failure: BaseException | None = None
        self._editor: Editor | None = None
        self._rows = Scrollback(self._size, new_rows, answers, is_plain=is_plain)
        self._todo: deque[Callable[[], None]] = deque()
        self._bar: Bar | None = None
        self._is_over = False
        self._is_bar_new = False
        self._is_busy_shown = False
        self._reply: SimpleQueue[str | None] | None = None
        self._options: Sequence[Option] = ()
        self._pace = Pace(clock)
        self._is_frame_due = False

    def attach(self, editor: Editor) -> None:
        """Draw with this from now on; what was shown before waits for its application to run."""
        self._editor = editor

    can_choose = True

    # What the session calls, from its own thread.

    def echo(self, text: str) -> None:
        """See ``Display``."""
        self._do(lambda: self._rows.echo(text))

    def tell(self, text: str) -> None:
        """See ``Display``."""
        self._do(lambda: self._rows.tell(text))

    def show(self, markdown: str) -> None:
        """See ``Display``."""
        self._do(lambda: self._rows.show(markdown))

    def status(self, text: str) -> None:
        """See ``Display``."""

        def change() -> None:
            self._rows.status = text

        self._do(change)

    def begin_answer(self, thoughts: Thoughts) -> None:
        """See ``Display``."""
        self._do(lambda: self._rows.begin_answer(thoughts))

    def write(self, text: str) -> None:
        """See ``Display``."""
        self._do(lambda: self._rows.write(text))

    def end_answer(self) -> None:
        """See ``Display``."""
        self._do(self._rows.end_answer)

    def bar(self, bar: Bar) -> None:
        """See ``Display``."""

        def change() -> None:
            self._bar = bar
            self._is_bar_new = True

        self._do(change)

    def put_draft(self, text: str) -> None:
        """See ``Display``."""

        def put() -> None:
            if self._editor is not None:
                self._editor.put_draft(text)

        self._do(put)

    def choose(self, question: str, options: Sequence[Option]) -> str | None:
        """See ``Display``."""
        reply: SimpleQueue[str | None] = SimpleQueue()
        if self._is_over:
            return None

        def ask() -> None:
            self._options, self._reply = options, reply
            for line in [question, *(f"  {option.name}: {option.meaning}" for option in options)]:
                self._rows.tell(line)

        self._do(ask)
        return None if self._is_over else reply.get()  # it may have ended since

    def to_clipboard(self, text: str) -> bool:
        """See ``Display``."""
        import base64

        data = base64.b64encode(text.encode("utf-8", "replace")).decode()

        def copy() -> None:
            if self._editor is not None:
                self._editor.app.output.write_raw(f"\x1b]52;c;{data}\x07")
                self._editor.app.output.flush()

        self._do(copy)
        return True

    def work(self, is_busy: bool) -> None:
        """Whether the session is at work from here on."""

        def change() -> None:
            self.is_busy = is_busy
            self._is_bar_new = True

        self._do(change)

    # What happens in the application's thread.

    def begin_work(self) -> None:
        """The session has something to do now."""
        self.is_busy = self._is_busy_shown = True

    @property
    def is_asking(self) -> bool:
        """Whether a question waits for its answer."""
        return self._reply is not None

    def reply(self, text: str | None) -> None:
        """Answer the question that waits: the name of an option, or its beginning; None chooses nothing."""
        options, waiting = self._options, self._reply
        if waiting is None:
            return
        chosen = None
        if text is not None:
            typed = text.strip().casefold()
            fitting = [option.name for option in options if option.name.casefold().startswith(typed)]
            if not typed or len(fitting) != 1:
                self._rows.tell("one of: " + ", ".join(option.name for option in options))
                self.drain()
                return
            chosen = fitting[0]
        self._options, self._reply = (), None
        waiting.put(chosen)

    def toolbar(self, columns: int) -> str:
        """The line below the input."""
        return (
            ""
            if self._bar is None
            else for_terminal(toolbar(self._bar, columns, is_busy=self._is_busy_shown))
        )

    def drain(self) -> None:
        """Carry out what was asked, and draw it when a frame is due."""
        self._carry_out()
        self._schedule()

    def _carry_out(self) -> None:
        """What fails ends the chat."""
        try:
            while self._todo:
                self._todo.popleft()()
        except Exception as error:  # noqa: BLE001  of a callback: nobody is there to catch it
            self._fail(error)

    def end(self) -> None:
        """The application has ended: nobody answers a question any more."""
        self._is_over = True
        self._carry_out()
        self.reply(None)

    def flush(self) -> None:
        """After the application has ended: show what was still to be shown."""
        if self._rows.is_answering:
            self._todo.append(self._rows.end_answer)
        self._carry_out()
        if self._editor is not None and self._rows.finished:
            self._editor.app.output.write_raw("".join(f"{row}\r\n" for row in self._rows.finished))
            self._editor.app.output.flush()
        self._rows.finished.clear()

    def _do(self, act: Callable[[], None]) -> None:
        self._todo.append(act)
        if self._editor is not None:
            self._editor.soon(self.drain)

    def _application(self) -> "Application[None] | None":
        return None if self._editor is None else self._editor.app

    def _schedule(self) -> None:
        application = self._application()
        if self._is_frame_due or application is None or application.loop is None:
            return
        self._is_frame_due = True
        application.loop.call_later(self._pace.wait_s, self._draw)

    def _draw(self) -> None:
        self._is_frame_due = False
        try:
            self._draw_frame()
        except Exception as error:  # noqa: BLE001  of a callback: nobody is there to catch it
            self._fail(error)

    def _draw_frame(self) -> None:
        editor = self._editor
        assert editor is not None
        with self._pace.frame():
            below = self._rows.below()
            is_drawn = editor.renderer.show(self._rows.finished, below, parks=self.is_busy)
            self._rows.finished.clear()
            # never at rest before all that was said is shown
            self._is_busy_shown = self.is_busy
            if self._is_bar_new or not is_drawn:
                self._is_bar_new = False
                editor.app.invalidate()

    def _fail(self, error: BaseException) -> None:
        self.failure = error
        application = self._application()
        if application is not None and application.is_running and not application.is_done:
            application.exit()

    def _size(self) -> tuple[int, int]:
        if self._editor is None:
            return 80, 24
        size = self._editor.app.output.get_size()
        return size.columns, size.rows
