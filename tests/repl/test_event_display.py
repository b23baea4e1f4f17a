"""The events of a load and of an answer on a chat's display."""

import io

import pytest

from axchat.events import Event, LoadProgress, Notice, PromptEstimate, Queued, TextDelta
from axchat.repl.event_display import show
from axchat.repl.line_display import LineDisplay
from axchat.repl.notices import NoticeWriter
from axchat.ui.answer import AnswerWriter


class KeepingDisplay(LineDisplay):
    """Keeps what it is told, by the method that told it."""

    def __init__(self) -> None:
        super().__init__(AnswerWriter(io.BytesIO(), is_terminal=False), NoticeWriter(None, is_terminal=False))
        self.told: list[tuple[str, str]] = []

    def status(self, text: str) -> None:
        """Keep it."""
        self.told.append(("status", text))

    def tell(self, text: str) -> None:
        """Keep it."""
        self.told.append(("tell", text))

    def write(self, text: str) -> None:
        """Keep it."""
        self.told.append(("write", text))


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (TextDelta("a"), [("status", ""), ("write", "a")]),
        (LoadProgress(1, 4, ""), [("status", "loading the model: 1 of 4")]),
        (
            LoadProgress(1, 4, "", remaining_s=8.6),
            [("status", "loading the model: 1 of 4, about 9 s left")],
        ),
        (LoadProgress(4, 4, is_over=True), [("status", "")]),
        (PromptEstimate(9, 0, None), []),
        (Queued(1), [("status", "waiting for the card: 1 request comes first")]),
        (Notice("hot"), [("tell", "hot")]),
    ],
)
def test_each_event_has_its_place(event: Event, told: list[tuple[str, str]]) -> None:
    """Text is the answer and takes the status away; a load and a queue are a status; a notice is a line."""
    display = KeepingDisplay()
    show(event, display)
    assert display.told == told
