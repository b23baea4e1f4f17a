"""A loaded runner, over a console that says what the test says."""

import queue
import time
from collections.abc import Iterator

import pytest

from axchat.console.dialects import LEGACY
from axchat.console.events import Fault, FaultKind, Ready
from axchat.deadline import Deadline
from axchat.engines.loaded_runner import LoadedRunner
from axchat.engines.runner_faults import Evidence
from axchat.engines.session_load import load
from axchat.engines.session_turn import SessionTurn
from axchat.errors import RunnerFailed
from axchat.events import Event, TextDelta
from axchat.process.transport import Output

LOADED = b"\x1b[1;30;32m[I][                            Init][ 288]: LLM init ok\x1b[0m\n"
READY = LOADED + b'Type "q" to exit, Ctrl+c to stop current running\n>> '
END = (
    b"\n\n\x1b[1;30;35m[N][                             Run][ 610]: hit eos,avg 937.49 token/s\n\x1b[0m\n>> "
)
WAIT_S = 60.0


class Console:
    """A ``ConsoleTransport`` whose child is the test."""

    pid = 0

    def __init__(self) -> None:
        self.said: queue.SimpleQueue[Output | None] = queue.SimpleQueue()
        self.typed: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.is_terminated = False

    def read(self, timeout_s: float | None) -> Output | None:
        """The next thing said; after the end, the end."""
        try:
            return self.said.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def write(self, data: bytes, timeout_s: float) -> None:  # noqa: ARG002
        """Keep what is typed; the runner's own word ends it."""
        self.typed.put(data)
        if data == LEGACY.quit:
            self.close(0)

    def wake(self) -> None:
        """Make a read return."""
        self.said.put(None)

    def interrupt(self) -> None:
        """No effect."""

    def terminate(self) -> None:
        """The console ends, for this and every later read."""
        self.is_terminated = True
        self.close(0)

    def close(self, timeout_s: float) -> int | None:  # noqa: ARG002
        """The console ends."""
        for _ in range(10):
            self.said.put(Output(is_end=True))
        return 143


@pytest.fixture
def console() -> Console:
    """A console where nothing was said."""
    return Console()


@pytest.fixture
def runner(console: Console) -> Iterator[LoadedRunner]:
    """A runner that has loaded, its tokenizer axchat's own."""
    made = LoadedRunner(LEGACY, Evidence(), owns_tokenizer=True)
    console.said.put(Output(READY))
    made.start(console)
    list(load(made, Deadline(WAIT_S, time.monotonic)))
    yield made
    made.end()


def test_console_text_is_none_of_the_answer(runner: LoadedRunner, console: Console) -> None:
    """Only what the tokenizer's side puts is text; a library's print between the markers is not."""
    turn = SessionTurn(runner, Deadline(WAIT_S, time.monotonic))
    runner.begin_turn("#0001")
    runner.put(TextDelta("the answer"))
    console.said.put(Output(b"libfoo: hello" + END))

    assert "".join(e.text for e in turn.events() if isinstance(e, TextDelta)) == "the answer"
    assert turn.state.ended is not None


def test_markers_without_end_in_a_turn_are_an_error(runner: LoadedRunner, console: Console) -> None:
    """The input is at its end, the runner loops: it is ended, and the error says so."""
    turn = SessionTurn(runner, Deadline(WAIT_S, time.monotonic))
    runner.begin_turn("#0001")
    console.said.put(Output(b">> " * 1000))
    seen: list[Event] = []

    with pytest.raises(RunnerFailed, match="prints its marker for ever"):
        seen.extend(turn.events())

    assert not any(isinstance(event, TextDelta) for event in seen)
    assert runner.lost
    assert console.is_terminated


def test_markers_without_end_while_idle_end_the_runner_at_once(
    runner: LoadedRunner, console: Console
) -> None:
    """Nobody has to ask something first: it would keep a core busy."""
    console.said.put(Output(b">> " * 1000))
    event = runner.next_event(WAIT_S)
    while not isinstance(event, Fault):
        assert event is None or isinstance(event, Ready)
        event = runner.next_event(WAIT_S)

    assert event.kind is FaultKind.INPUT
    assert console.is_terminated
    assert runner.lost == event.message
