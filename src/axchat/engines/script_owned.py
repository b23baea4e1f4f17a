"""One run of a vendor script whose tokenizer address axchat's own service answers: exact, once."""

import time
from collections.abc import Callable, Generator

from axchat.console.dialects import LEGACY
from axchat.engines.base import Request
from axchat.engines.context_room import ContextRoom
from axchat.engines.loaded_runner import LoadedRunner
from axchat.engines.owned_conversation import OwnedConversation
from axchat.engines.runner_faults import Evidence
from axchat.engines.session_load import load
from axchat.engines.session_turn import SessionTurn
from axchat.events import Event, Finished, FinishReason, LoadProgress
from axchat.process.transport import ConsoleTransport


class OwnedRun:
    """A script that loads, answers one request and ends.

    Args:
        conversation: hands the prompt over.
        end_turn: takes it away again.
        live_print: what the script says.
        model: the path of the model, for hints.
    """

    def __init__(
        self,
        conversation: OwnedConversation,
        end_turn: Callable[[], None],
        *,
        live_print: bool | None,
        model: str = "DIR",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._conversation = conversation
        self._end_turn = end_turn
        self._turn: SessionTurn | None = None
        self._is_cancelled = False
        self._clock = clock
        self._runner = LoadedRunner(
            LEGACY,
            Evidence(model=model),
            owns_tokenizer=True,
            one_shot=True,
            live_print=live_print,
            clock=clock,
        )

    @property
    def room(self) -> ContextRoom:
        """The context's sizes, as far as the script's runner has told them."""
        return self._runner.room

    def cancel(self) -> None:
        """Stop soon; from any thread and from signal handlers."""
        self._is_cancelled = True
        if (turn := self._turn) is not None:
            turn.cancel()
        self._runner.wake()

    def events(
        self, request: Request, spawn: Callable[[str], ConsoleTransport]
    ) -> Generator[Event, None, None]:
        """Everything until the script has ended.

        Args:
            request: the whole conversation.
            spawn: starts the script with a prompt.

        Raises:
            AxchatError: the answer is not complete.
        """
        runner = self._runner
        if self._is_cancelled:
            self._end_turn()
            yield Finished(FinishReason.CANCELLED)
            return
        replay = self._conversation.replay(runner.room, request)
        yield from self._conversation.notices(replay)
        owned = self._conversation.hand_over(
            runner,
            request,
            replay.ids,
            replay.ids,
            check=lambda tokens: runner.room.check(tokens, request.sampling.max_tokens),
        )
        try:
            runner.start(spawn(owned.placeholder))
            yield from load(
                runner, request.deadline, is_cancelled=lambda: self._is_cancelled, until_answer=True
            )
            if self._is_cancelled:
                yield Finished(FinishReason.CANCELLED)
                return
            yield LoadProgress(1, 1, "loaded", is_over=True, load_s=runner.load_s)
            turn = SessionTurn(runner, request.deadline, clock=self._clock)
            turn.owns(owned.cancel)
            self._turn = turn
            if self._is_cancelled:  # since the look above
                turn.cancel()
            yield from self._conversation.events(turn, owned, runner)
        finally:
            runner.end()
            self._end_turn()
