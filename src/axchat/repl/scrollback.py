"""What a chat shows above its input line: text in; finished rows, which scroll away, and open ones out."""

from collections.abc import Callable

from axchat.repl.editor import CONTINUATION, PROMPT
from axchat.ui.answer import AnswerWriter
from axchat.ui.answer_screen import most_open_rows
from axchat.ui.escapes import for_terminal
from axchat.ui.rows import AnswerRows
from axchat.ui.thoughts import Thoughts

NewRows = Callable[[Thoughts], AnswerRows]


class Scrollback:
    """The rows of a chat.

    Args:
        size: gives the screen's columns and rows.
        new_rows: makes what turns an answer into rows.
        answers: where answers go when stdout is not this terminal.
        is_plain: no colours of ours.

    Attributes:
        finished: rows that were not drawn yet, each once; whoever draws them clears them.
        status: what is going on; ``""`` for nothing.
    """

    def __init__(
        self,
        size: Callable[[], tuple[int, int]],
        new_rows: NewRows,
        answers: AnswerWriter | None = None,
        *,
        is_plain: bool,
    ) -> None:
        self.finished: list[str] = []
        self.status = ""
        self._size = size
        self._new_rows = new_rows
        self._answers = answers
        self._is_plain = is_plain
        self._held: list[str] = []
        self._rows: AnswerRows | None = None
        self._open: tuple[str, ...] = ()

    @property
    def is_answering(self) -> bool:
        """Whether an answer was begun that has not ended."""
        return self._rows is not None

    def echo(self, text: str) -> None:
        """What the user said."""
        lines = for_terminal(text).split("\n")
        marks = [PROMPT, *[CONTINUATION] * (len(lines) - 1)]
        self.finished += [(mark + line).rstrip() for mark, line in zip(marks, lines, strict=True)]

    def tell(self, text: str) -> None:
        """Lines that are no answer."""
        self._take_rows(self._size()[0], max(len(self._open), 1))
        if self._open:
            self._held.append(text)  # the answer is not cut in two; told after it
            return
        self.finished += [self._dim(for_terminal(line)) for line in text.splitlines()]

    def show(self, markdown: str) -> None:
        """A text as an answer is shown, between answers."""
        rows = self._new_rows(Thoughts.SHOW)
        rows.feed(markdown)
        self.finished += rows.finish(self._size()[0]).finished

    def begin_answer(self, thoughts: Thoughts) -> None:
        """What is written until ``end_answer`` is one answer."""
        self._rows = self._new_rows(thoughts)

    def write(self, text: str) -> None:
        """The next piece of the answer."""
        if self._answers is None:
            if self._rows is not None:
                self._rows.feed(text)
            return
        self._answers.write(text)

    def end_answer(self) -> None:
        """The answer is whole; what was held back is told."""
        if self._answers is not None:
            self._answers.finish()
        if self._rows is not None:
            frame = self._rows.finish(self._size()[0])
            self.finished += frame.finished
            if self._answers is None and frame.finished:
                self.finished.append("")
        self._rows, self._open = None, ()
        held, self._held = self._held, []
        for text in held:
            self.tell(text)

    def below(self) -> tuple[str, ...]:
        """The rows below the finished ones: the open ones, and the status."""
        columns, rows = self._size()
        most = most_open_rows(rows)
        self._take_rows(columns, most)
        if not self.status:
            return self._open
        status = self._dim(for_terminal(self.status)[: columns - 1])
        return (*self._open[max(len(self._open) - most + 1, 0) :], status)

    def _take_rows(self, columns: int, most: int) -> None:
        if self._rows is not None:
            frame = self._rows.frame(columns, most)
            self.finished += frame.finished
            self._open = frame.open

    def _dim(self, line: str) -> str:
        return line if self._is_plain or not line else f"\x1b[2m{line}\x1b[22m"
