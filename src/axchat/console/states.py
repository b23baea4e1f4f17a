"""The states of a console and the only table of transitions."""

from enum import Enum, auto


class State(Enum):
    """Where a console is."""

    BOOTING = auto()  # loading the model
    READY = auto()  # at the prompt marker
    PREFILL = auto()  # a turn was begun; log lines may come, no answer byte yet
    ATTACHING = auto()  # a vision build waits for the paths of a turn's files
    ANSWERING = auto()  # answer bytes
    ENDING = auto()  # an end line was seen; what follows decides whether it is the real one
    LATE_ANSWER = auto()  # --live_print 0: the answer stands behind the end line
    COMMAND = auto()  # a command such as reset was typed; its lines come, then the marker
    CLOSED = auto()  # end of file


TRANSITIONS: dict[State, frozenset[State]] = {
    State.BOOTING: frozenset({State.READY, State.PREFILL, State.CLOSED}),
    State.READY: frozenset({State.PREFILL, State.COMMAND, State.CLOSED}),
    State.PREFILL: frozenset({State.ANSWERING, State.ATTACHING, State.READY, State.CLOSED}),
    State.ATTACHING: frozenset({State.PREFILL, State.CLOSED}),
    State.ANSWERING: frozenset({State.ENDING, State.LATE_ANSWER, State.CLOSED}),
    State.ENDING: frozenset({State.ANSWERING, State.READY, State.CLOSED}),
    State.LATE_ANSWER: frozenset({State.READY, State.CLOSED}),
    State.COMMAND: frozenset({State.READY, State.CLOSED}),
    State.CLOSED: frozenset(),
}
