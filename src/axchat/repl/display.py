"""What a chat shows itself on: between the session, which knows no terminal, and a terminal or pipe."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from axchat.ui.thoughts import Thoughts


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to a question: the key or word that is typed, and what it means."""

    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Bar:
    """What stands below the input line.

    Attributes:
        model: what answers, as people call it.
        engine: the registry's name of what drives it.
        used_tokens: of the context, by the last answer; None while unknown.
        context_tokens: how many there are; None where nobody knows.
        is_exact: whether ``used_tokens`` was counted, not estimated.
        tokens_per_s: decode rate of the last answer.
        queued: requests that come first.
        celsius: the card's temperature.
        unsaved: turns that are not on disk.
    """

    model: str
    engine: str
    used_tokens: int | None = None
    context_tokens: int | None = None
    is_exact: bool = True
    tokens_per_s: float | None = None
    queued: int | None = None
    celsius: float | None = None
    unsaved: int = 0


class Display(Protocol):
    """Every method may be called from any thread, and is carried out in the order of the calls.

    Attributes:
        can_choose: whether ``choose`` asks somebody.
    """

    can_choose: bool

    def echo(self, text: str) -> None:
        """Show what the user said, where it was not seen being typed into the conversation."""

    def tell(self, text: str) -> None:
        """Show lines that are no answer; during an answer they may wait for its end."""

    def show(self, markdown: str) -> None:
        """Show a text as an answer is shown, between answers."""

    def status(self, text: str) -> None:
        """Show what is going on until the next call, ``""`` for nothing; not kept."""

    def begin_answer(self, thoughts: Thoughts) -> None:
        """What is written until ``end_answer`` is one answer, its ``<think>`` block shown like this."""

    def write(self, text: str) -> None:
        """The next piece of the answer, as the model said it."""

    def end_answer(self) -> None:
        """The answer is whole; what was held back is shown."""

    def bar(self, bar: Bar) -> None:
        """What is known of the model now."""

    def put_draft(self, text: str) -> None:
        """Put a text on the input line, in front of what is typed there."""

    def choose(self, question: str, options: Sequence[Option]) -> str | None:
        """Ask the user and wait; the name of an option, None where nobody can answer."""

    def to_clipboard(self, text: str) -> bool:
        """Hand a text to the terminal's clipboard (OSC 52); False where there is no terminal to ask."""
