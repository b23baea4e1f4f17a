"""What a model thought before it answered: shown, folded to one line, or left out."""

from collections.abc import Callable
from enum import StrEnum

from axchat.ui.rows import AnswerRows, Frame
from axchat.wire.thinking import ThinkingSplitter


class Thoughts(StrEnum):
    """How a ``<think>`` block is shown."""

    SHOW = "show"
    HIDE = "hide"
    OFF = "off"


class ThoughtRows:
    """An answer whose ``<think>`` block is shown apart from it; see ``AnswerRows``.

    Args:
        answer: rows of what is said.
        thought: rows of what is thought.
        thoughts: how the block is shown.
        dim: makes a row fainter.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        answer: AnswerRows,
        thought: AnswerRows,
        thoughts: Thoughts,
        *,
        dim: Callable[[str], str],
        clock: Callable[[], float],
    ) -> None:
        self._answer = answer
        self._thought = thought
        self._thoughts = thoughts
        self._dim = dim
        self._clock = clock
        self._splitter = ThinkingSplitter()
        self._began: float | None = None
        self._ended: float | None = None
        self._is_told = False

    def feed(self, text: str) -> None:
        """Take the next piece."""
        self._take(*self._splitter.receive(text))

    def frame(self, columns: int, rows: int) -> Frame:
        """What is thought until something is said, then that."""
        if self._began is not None and self._ended is None:
            return self._thinking(columns, rows)
        told = self._told(columns)
        frame = self._answer.frame(columns, rows)
        return Frame(told + frame.finished, frame.open)

    def finish(self, columns: int) -> Frame:
        """The rest."""
        self._take(*self._splitter.finish())
        if self._began is not None and self._ended is None:
            self._ended = self._clock()
        return Frame(self._told(columns) + self._answer.finish(columns).finished)

    def _take(self, thought: str, said: str) -> None:
        if thought:
            self._began = self._clock() if self._began is None else self._began
            if self._thoughts is Thoughts.SHOW:
                self._thought.feed(thought)
        if said:
            if self._began is not None and self._ended is None:
                self._ended = self._clock()
            self._answer.feed(said)

    def _thinking(self, columns: int, rows: int) -> Frame:
        if self._thoughts is Thoughts.SHOW:
            frame = self._thought.frame(columns, rows)
            return Frame(self._dimmed(frame.finished), self._dimmed(frame.open))
        if self._thoughts is Thoughts.OFF:
            return Frame()
        return Frame((), (self._dim(f"thinking, {self._seconds():.0f} s"[:columns]),))

    def _told(self, columns: int) -> tuple[str, ...]:
        """Once, when the thought has ended: the rest of it, and how long it took."""
        if self._began is None or self._is_told:
            return ()
        self._is_told = True
        if self._thoughts is Thoughts.OFF:
            return ()
        rest = self._thought.finish(columns).finished if self._thoughts is Thoughts.SHOW else ()
        return (*self._dimmed(rest), self._dim(f"thought for {self._seconds():.1f} s"[:columns]), "")

    def _seconds(self) -> float:
        assert self._began is not None, "only asked when it has begun"
        return (self._clock() if self._ended is None else self._ended) - self._began

    def _dimmed(self, rows: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self._dim(row) if row else row for row in rows)
