"""Answers of a runner whose tokenizer and history are inside it (``axllm run``): text crosses its console.

The runner remembers the conversation itself and can only be told the next user message, as one line. So a
request whose earlier turns are what the runner holds goes on; any other begins with a reset, and earlier
turns that the runner does not hold cannot be given back to it, which is said.
"""

import time
from collections.abc import Callable, Iterator

from axchat.console.base import Command
from axchat.engines.base import Request
from axchat.engines.loaded_runner import LoadedRunner
from axchat.engines.session_load import command
from axchat.engines.session_turn import SessionTurn
from axchat.errors import AxchatError
from axchat.events import (
    EngineTimings,
    Event,
    Finished,
    FinishReason,
    Level,
    Notice,
    TextDelta,
    Usage,
)
from axchat.messages import Message, Role


class ConsoleConversation:
    """Turns the last message of a request into a typed line."""

    prompt_token_s: float | None = None
    """Never known: prefill is part of what the runner reports as ttft, without a token count."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held: tuple[Message, ...] | None = ()

    def loaded(self) -> None:
        """A runner was loaded anew: it remembers nothing."""
        self._held = ()

    def count(self, _request: Request) -> int | None:
        """Never known: the template and the vocabulary are inside the runner."""
        return None

    def answer(
        self, runner: LoadedRunner, request: Request, on_turn: Callable[[SessionTurn], None]
    ) -> Iterator[Event]:
        """Answer a request on a runner at its marker; see ``OwnedConversation.answer``.

        Raises:
            PromptRefused: it does not go into one line.
            AxchatError: the answer is not complete.
        """
        said = tuple(m for m in request.messages if m.role is not Role.SYSTEM)
        earlier, message = said[:-1], said[-1]
        turn = SessionTurn(runner, request.deadline, images=message.images, clock=self._clock)
        on_turn(turn)
        if earlier != self._held and not turn.wants_cancel:
            yield from self._forget(runner, request, earlier)
        if turn.wants_cancel:
            yield Finished(FinishReason.CANCELLED)
            return
        self._held = None
        runner.begin_turn(message.text)
        pieces = []
        try:
            for event in turn.events():
                if isinstance(event, TextDelta):
                    if turn.wants_cancel and not pieces:
                        # stopped in the prefill it says a token that is none (axllm-r07-pty-sigint-prefill)
                        continue
                    pieces.append(event.text)
                yield event
        except AxchatError:
            self._held = None
            raise
        finally:
            turn.abandon()
        self._held = (*said, Message(Role.ASSISTANT, "".join(pieces)))
        yield self._finished(turn, runner)

    def _forget(
        self, runner: LoadedRunner, request: Request, earlier: tuple[Message, ...]
    ) -> Iterator[Event]:
        """Reset a runner that holds another conversation; say what cannot be told to it again."""
        if self._held != ():
            yield from command(runner, Command.RESET, request.deadline)
            self._held = ()
        if earlier:
            turns = sum(m.role is Role.USER for m in earlier)
            yield Notice(
                f"this runner cannot be told earlier turns ({turns} of them); it answers without them",
                Level.WARNING,
            )

    def _finished(self, turn: SessionTurn, runner: LoadedRunner) -> Finished:
        ended = turn.state.ended
        return Finished(
            _reason(turn, runner.room.limits.max_token_len),
            Usage(),
            EngineTimings(
                load_s=runner.load_s_once(),
                ttft_s=None if ended is None or ended.ttft_ms is None else ended.ttft_ms / 1000,
                tokens_per_s=None if ended is None else ended.tokens_per_s,
            ),
        )


def _reason(turn: SessionTurn, max_token_len: int | None) -> FinishReason:
    """Why it ended: the runner prints "hit eos" for everything, but says how many positions are used.

    At the length limit that is one more than ``max_token_len`` (recording axllm-r04).
    """
    if turn.state.is_cancelled:
        return FinishReason.CANCELLED
    if turn.state.context is None or max_token_len is None:
        return FinishReason.UNKNOWN
    return FinishReason.LENGTH if turn.state.context.used > max_token_len else FinishReason.STOP
