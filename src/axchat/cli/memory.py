"""What one question of ``axchat run`` goes on from, and where its answer is kept."""

import contextlib
from typing import TYPE_CHECKING

from axchat.chat.conversation import Conversation
from axchat.chat.turn import Turn, exchange_of
from axchat.cli.recording import begun, recorder_for
from axchat.config.load import Loaded
from axchat.engines.base import Engine
from axchat.events import FinishReason
from axchat.messages import Message
from axchat.ui.stderr import Reporter

if TYPE_CHECKING:
    from axchat.chat.recorder import Recorder


class Memory:
    """The conversation that a question belongs to, and what keeps it, if anything does."""

    def __init__(self, conversation: Conversation, recorder: "Recorder | None", notices: Reporter) -> None:
        self.conversation = conversation
        self._recorder = recorder
        self._notices = notices
        self._told: list[str] = []
        if recorder is not None:
            recorder.tell = self._told.append

    def keep(self, message: Message, turn: Turn, engine: Engine) -> None:
        """Keep a finished turn, unless it was stopped before a word was said."""
        assert turn.finished is not None, "only a finished turn is kept"
        is_empty = turn.finished.reason is FinishReason.CANCELLED and not turn.text
        if self._recorder is not None and not is_empty:
            self._recorder.keep(exchange_of(message, turn, engine))

    def tell(self) -> None:
        """Say what the store had to say; not while an answer is shown."""
        while self._told:
            self._notices.line(self._told.pop(0))

    def close(self) -> None:
        """Let go of the store."""
        if self._recorder is not None:
            self._recorder.close()
        self.tell()


def memory_of(
    loaded: Loaded, notices: Reporter, *, continues: bool, resume: str | None
) -> "contextlib.closing[Memory]":
    """The conversation that the options name, or an empty one; closed at the end of the block.

    Raises:
        StoreError: the one that was asked for cannot be had.
    """
    if not continues and resume is None and not loaded.settings.history_run:
        return contextlib.closing(Memory(Conversation(loaded.settings.system), None, notices))
    recorder = recorder_for(loaded)
    conversation = begun(recorder, loaded, continues=continues, resume=resume)
    return contextlib.closing(Memory(conversation, recorder, notices))
