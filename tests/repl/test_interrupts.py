import signal

import pytest

from axchat.repl.interrupts import AnswerInterrupts


def test_the_first_interrupt_cancels_and_the_second_raises() -> None:
    """During an answer SIGINT asks the engine to stop; a second one does not wait for it."""
    cancels: list[str] = []
    with AnswerInterrupts(lambda: cancels.append("cancel")) as interrupts:
        interrupts.begin_answer()
        signal.raise_signal(signal.SIGINT)
        assert (cancels, interrupts.is_stopped) == (["cancel"], True)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_each_answer_begins_unstopped() -> None:
    """An interrupt counts for the answer it came in."""
    cancels: list[str] = []
    with AnswerInterrupts(lambda: cancels.append("cancel")) as interrupts:
        for _ in range(2):
            interrupts.begin_answer()
            assert not interrupts.is_stopped
            signal.raise_signal(signal.SIGINT)
            interrupts.end_answer()
    assert cancels == ["cancel", "cancel"]


def test_between_answers_an_interrupt_does_nothing() -> None:
    """A Ctrl-C that comes just after an answer ended does not end the chat."""
    cancels: list[str] = []
    with AnswerInterrupts(lambda: cancels.append("cancel")) as interrupts:
        signal.raise_signal(signal.SIGINT)
        interrupts.begin_answer()
        interrupts.end_answer()
        signal.raise_signal(signal.SIGINT)
        assert not interrupts.is_stopped
    assert cancels == []


def test_the_handler_before_is_back_afterwards() -> None:
    """Leaving restores what SIGINT did before."""
    before = signal.getsignal(signal.SIGINT)
    with AnswerInterrupts(lambda: None):
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
