"""A prompt that is handed over while somebody cancels."""

from axchat.engines.owned_turn import OwnedTurn
from axchat.events import TextDelta
from axchat.tokenizer.answer import AnswerTokens
from axchat.tokenizer.base import Prompt
from axchat.tokenizer.detokenizer import ByteDetokenizer

IDS = (5, 6, 7, 8)
DIFF = (7, 8)


class Signals:
    """Counts the SIGINTs that the runner got."""

    def __init__(self) -> None:
        self.count = 0

    def interrupt(self) -> None:
        """One more."""
        self.count += 1


def turn(signals: Signals, *, loses_interrupts: bool) -> OwnedTurn:
    """A turn of four ids, of which two are new."""
    said: list[TextDelta] = []
    return OwnedTurn(
        "#0001",
        IDS,
        AnswerTokens(ByteDetokenizer(lambda token: bytes([token]))),
        diff=DIFF,
        put=said.append,
        interrupt=signals.interrupt,
        loses_interrupts=loses_interrupts,
    )


def test_a_prompt_is_handed_over_whole() -> None:
    """Nobody cancelled: all its ids, and those that are new."""
    signals = Signals()
    assert turn(signals, loses_interrupts=True).prompt("#0001", "") == Prompt(IDS, DIFF)
    assert signals.count == 0


def test_a_cancelled_prompt_is_cut_where_the_interrupt_is_lost() -> None:
    """A runner that loses a SIGINT now has next to nothing to read before the next one."""
    signals = Signals()
    cancelled = turn(signals, loses_interrupts=True)
    cancelled.cancel()
    assert cancelled.prompt("#0001", "") == Prompt(IDS[:1], IDS[:1])
    assert signals.count == 1


def test_a_cancelled_prompt_stays_whole_where_the_interrupt_counts() -> None:
    """A vision build looks for its pictures' places in the prompt."""
    signals = Signals()
    cancelled = turn(signals, loses_interrupts=False)
    cancelled.cancel()
    assert cancelled.prompt("#0001", "") == Prompt(IDS, DIFF)
    assert signals.count == 1
