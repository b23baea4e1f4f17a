"""What a runner does besides answering: its load, and its commands."""

from collections.abc import Callable, Iterator

from axchat.console.base import Command
from axchat.console.events import Closed, Ready, RunnerLog
from axchat.deadline import Deadline
from axchat.engines.loaded_runner import GoneWhileIdle, LoadedRunner, notices, silence
from axchat.engines.runner_faults import LOADED, explain
from axchat.errors import RunnerFailed
from axchat.events import Event, LoadProgress, TextDelta
from axchat.process.session import WrongConsole

LOAD_SILENCE_S = 90.0
"""Longest silence while loading. A port request to a dead card takes 50 s to fail (axcl-device 1.6)."""

COMMAND_SILENCE_S = 60.0
"""Longest silence of a reset, which prefills the system prompt again: seconds on a card."""


def load(
    runner: LoadedRunner,
    deadline: Deadline,
    *,
    is_cancelled: Callable[[], bool] = lambda: False,
    until_answer: bool = False,
) -> Iterator[Event]:
    """Events of a load, until the first marker or the first piece of an answer, which is given too.

    Ends early, without an error, when it was cancelled.

    Args:
        runner: just started.
        deadline: of the whole load.
        is_cancelled: asked after each event; ``LoadedRunner.wake`` makes one.
        until_answer: the prompt is on the command line, so that no marker comes first.

    Raises:
        AxchatError: why it did not load; the runner has been ended.
    """
    while not is_cancelled():
        event = runner.next_event(deadline.left(LOAD_SILENCE_S))
        if event is None:
            error = silence(runner, deadline, LOAD_SILENCE_S)
            runner.end()
            raise error
        match event:
            case LoadProgress():
                yield event
            case Ready():
                runner.ready()
                return
            case RunnerLog(message=message) if until_answer and message == LOADED:
                runner.loaded()
                return
            case TextDelta() if until_answer:
                # the tokenizer's connection may be read before the console that said LOADED
                runner.loaded()
                runner.evidence.has_text = True
                yield event
                return
            case Closed():
                raise explain(runner.evidence, runner.end()[1])
            case WrongConsole(error=wrong):
                runner.end()
                raise wrong
            case _:
                yield from notices(runner, event)


def command(runner: LoadedRunner, name: Command, deadline: Deadline) -> Iterator[Event]:
    """Give an idle runner a command and wait for its marker.

    Raises:
        RunnerTimeout: it did not come back; the runner has been ended.
        GoneWhileIdle: it ended instead; nothing was asked of it yet.
        AxchatError: it ended and said why.
    """
    runner.begin_command(name)
    while True:
        event = runner.next_event(deadline.left(COMMAND_SILENCE_S))
        if event is None:
            error = silence(runner, deadline, COMMAND_SILENCE_S)
            runner.end()
            raise error
        match event:
            case Ready():
                runner.ready()
                return
            case Closed():
                reason = explain(runner.evidence, runner.end()[1])
                if isinstance(reason, RunnerFailed):
                    raise GoneWhileIdle(reason.message, hint=reason.hint, **reason.facts)
                raise reason
            case _:
                yield from notices(runner, event)
