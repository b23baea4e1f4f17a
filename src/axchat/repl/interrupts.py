"""Ctrl-C while an answer is under way stops the answer and nothing else."""

import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self


class AnswerInterrupts:
    """Owns SIGINT while a chat on a terminal lasts; the main thread only.

    During an answer the first SIGINT cancels it, a second one, when the engine is slow to stop, raises
    KeyboardInterrupt there. Between answers SIGINT does nothing: the line editor reads Ctrl-C as a key, and
    one that comes as an answer ends must not end the chat.

    Args:
        cancel: ``Engine.cancel``; safe in a signal handler by its contract.
    """

    def __init__(self, cancel: Callable[[], None]) -> None:
        self._cancel = cancel
        self._is_answering = False
        self._is_stopped = False
        self._before: Callable[[int, FrameType | None], object] | int | None = None

    @property
    def is_stopped(self) -> bool:
        """Whether the answer under way was asked to stop."""
        return self._is_stopped

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._on_interrupt)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.signal(signal.SIGINT, self._before)

    def begin_answer(self) -> None:
        """From here SIGINT cancels."""
        self._is_stopped = False
        self._is_answering = True

    def end_answer(self) -> None:
        """From here SIGINT does nothing."""
        self._is_answering = False

    def _on_interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if not self._is_answering:
            return
        if self._is_stopped:
            raise KeyboardInterrupt
        self._is_stopped = True
        self._cancel()
