"""Answers of a runner whose tokenizer is ours: exact ids in, exact ids out, whatever stands in them."""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence

from axchat.engines.base import Request
from axchat.engines.loaded_runner import LoadedRunner
from axchat.engines.owned_turn import OwnedTurn
from axchat.engines.prompt_cost import PromptCost
from axchat.engines.replay import Replay, fit
from axchat.engines.session_turn import SessionTurn
from axchat.events import (
    EngineTimings,
    Event,
    Finished,
    FinishReason,
    Level,
    Notice,
    PromptEstimate,
    TextDelta,
    Usage,
)
from axchat.messages import Message, Role
from axchat.tokenizer.answer import Answer, AnswerTokens
from axchat.tokenizer.base import Tokenizer
from axchat.tokenizer.service import TokenizerService
from axchat.tokenizer.templates import ChatPrompt

_QUOTED = 40
"""Characters of a dropped message that a notice shows."""


class OwnedConversation:
    """Turns messages into prompts for a stateless runner, and its tokens into an answer.

    Args:
        tokenizer: of the model directory.
        chat_prompt: messages to ids.
        service: the runner calls it.
        history_tokens: bound on the earlier turns that are sent again; None for the context's own.

    Attributes:
        cost: what a prompt token costs, as measured.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        chat_prompt: ChatPrompt,
        service: TokenizerService,
        *,
        history_tokens: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.cost = PromptCost()
        self._tokenizer = tokenizer
        self._chat_prompt = chat_prompt
        self._service = service
        self._history_tokens = history_tokens
        self._clock = clock
        self._placeholders = (f"#{number:04x}" for number in itertools.count(1))

    def answer(
        self, runner: LoadedRunner, request: Request, on_turn: Callable[[SessionTurn], None]
    ) -> Iterator[Event]:
        """Answer a request on a runner at its marker.

        Args:
            runner: loaded and idle.
            request: the whole conversation.
            on_turn: gets the turn before anything is typed, to cancel it.

        Raises:
            ContextOverflow: it does not fit; nothing was sent.
            AxchatError: the answer is not complete.
        """
        replay = self._replay(runner, request)
        runner.room.check(len(replay.ids), request.sampling.max_tokens)
        if replay.dropped:
            yield _dropped(replay.dropped)
        owned = self._owned_turn(runner, request, replay.ids)
        turn = SessionTurn(runner, request.deadline, cancel_owned=owned.cancel, clock=self._clock)
        on_turn(turn)
        yield PromptEstimate(len(replay.ids), 0, self.cost.estimate_s(len(replay.ids)))
        self._service.begin_turn(owned)
        try:
            runner.begin_turn(next(self._placeholders))
            yield from self._events(turn, owned, runner)
        finally:
            turn.abandon()
            self._service.end_turn()

    def _replay(self, runner: LoadedRunner, request: Request) -> Replay:
        budget = runner.room.longest_prompt
        room = runner.room.answer_room(0)
        if budget is not None and room is not None and request.sampling.max_tokens is not None:
            budget = min(budget, max(0, room - request.sampling.max_tokens))
        if self._history_tokens is not None:
            base = len(self._encode(_without_history(request.messages)))
            budget = min(base + self._history_tokens, base + self._history_tokens if budget is None else budget)
        return fit(request.messages, self._encode, budget)

    def _encode(self, messages: Sequence[Message]) -> Sequence[int]:
        return self._chat_prompt.encode(messages)

    def _owned_turn(self, runner: LoadedRunner, request: Request, ids: Sequence[int]) -> OwnedTurn:
        answer = AnswerTokens(
            self._tokenizer.detokenizer(),
            max_tokens=request.sampling.max_tokens,
            stop=request.sampling.stop or (),
        )
        return OwnedTurn(ids, answer, put=runner.put, interrupt=runner.interrupt, clock=self._clock)

    def _events(self, turn: SessionTurn, owned: OwnedTurn, runner: LoadedRunner) -> Iterator[Event]:
        yield from turn.events()
        answer = owned.answer.finish()
        if answer.text_rest and not turn.state.is_cancelled:
            yield TextDelta(answer.text_rest)
        self._measure(turn, owned, answer)
        yield self._finished(turn, owned, runner, answer)

    def _measure(self, turn: SessionTurn, owned: OwnedTurn, answer: Answer) -> None:
        if turn.state.ended is not None and turn.state.ended.ttft_ms is not None:
            self.cost.measured(len(owned.diff), turn.state.ended.ttft_ms / 1000)
        elif owned.prompt_at is not None and owned.first_at is not None:
            # without a prefill stage the first ids come after every prompt token and up to three of the answer
            steps = len(owned.diff) + min(3, len(answer.ids))
            self.cost.measured(steps, owned.first_at - owned.prompt_at)

    def _finished(
        self, turn: SessionTurn, owned: OwnedTurn, runner: LoadedRunner, answer: Answer
    ) -> Finished:
        ended = turn.state.ended
        ttft_ms = None if ended is None else ended.ttft_ms
        timings = EngineTimings(
            load_s=runner.load_s_once(),
            ttft_s=None if ttft_ms is None else ttft_ms / 1000,
            decode_s=_span(owned.first_at, owned.last_at),
            tokens_per_s=None if ended is None else ended.tokens_per_s,
            rate_includes_prompt=not runner.room.has_prefill,
        )
        reason = _reason(turn, answer, runner.room.is_full(len(owned.ids), len(answer.sent_ids)))
        usage = Usage(len(owned.ids), len(answer.ids), len(owned.ids) - len(owned.diff))
        return Finished(reason, usage, timings)


def _reason(turn: SessionTurn, answer: Answer, is_full: bool) -> FinishReason:
    if turn.state.is_cancelled:
        return FinishReason.CANCELLED
    if answer.stopped_by == "stop":
        return FinishReason.STOP
    return FinishReason.LENGTH if answer.stopped_by == "max_tokens" or is_full else FinishReason.STOP


def _without_history(messages: Sequence[Message]) -> Sequence[Message]:
    system = tuple(m for m in messages[:1] if m.role is Role.SYSTEM)
    return (*system, *messages[-1:])


def _span(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None or end <= start else end - start


def _dropped(texts: Sequence[str]) -> Notice:
    first = texts[0].replace("\n", " ")
    shown = first if len(first) <= _QUOTED else first[: _QUOTED - 1] + "…"
    count = "the oldest turn is" if len(texts) == 1 else f"the {len(texts)} oldest turns are"
    more = "" if len(texts) == 1 else " first"
    return Notice(f"{count} not sent again, to fit the context:{more} {shown!r}", Level.WARNING)
