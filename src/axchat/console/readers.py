"""The table of readers of a console: one per state; only the start differs from dialect to dialect."""

from collections.abc import Callable, Mapping

from axchat.console.answer import read_answering
from axchat.console.base import Console, Reading
from axchat.console.ending import read_ending, read_late_answer
from axchat.console.idle import read_closed, read_command, read_ready
from axchat.console.opening import read_attaching, read_prefill
from axchat.console.states import State

Reader = Callable[[Console], Reading]


def readers(booting: Reader) -> Mapping[State, Reader]:
    """The table with this reader for the start."""
    return {
        State.BOOTING: booting,
        State.READY: read_ready,
        State.PREFILL: read_prefill,
        State.ATTACHING: read_attaching,
        State.ANSWERING: read_answering,
        State.ENDING: read_ending,
        State.LATE_ANSWER: read_late_answer,
        State.COMMAND: read_command,
        State.CLOSED: read_closed,
    }
