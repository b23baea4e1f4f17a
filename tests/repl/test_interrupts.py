import signal

import pytest

from axchat.repl.interrupts import stops_answer


def test_the_first_interrupt_stops_and_the_second_raises() -> None:
    """During an answer SIGINT asks it to stop; a second one does not wait for that."""
    stops: list[str] = []
    with stops_answer(lambda: stops.append("stop")):
        signal.raise_signal(signal.SIGINT)
        assert stops == ["stop"]
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_each_answer_begins_unstopped() -> None:
    """An interrupt counts for the answer it came in."""
    stops: list[str] = []
    for _ in range(2):
        with stops_answer(lambda: stops.append("stop")):
            signal.raise_signal(signal.SIGINT)
    assert stops == ["stop", "stop"]


def test_the_handler_before_is_back_afterwards() -> None:
    """Leaving restores what SIGINT did before."""
    before = signal.getsignal(signal.SIGINT)
    with stops_answer(lambda: None):
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
