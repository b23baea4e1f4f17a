"""Answers of a runner whose tokenizer is ours: exact ids in, exact ids out, whatever stands in them."""

import contextlib
import itertools
import time
from collections.abc import Callable, Generator, Iterator, Sequence

from axchat.console.base import Command
from axchat.engines.base import Request
from axchat.engines.context_cache import ContextCache, common_prefix
from axchat.engines.context_room import ContextRoom
from axchat.engines.loaded_runner import GoneWhileIdle, LoadedRunner
from axchat.engines.owned_finish import finished, prompt_reading
from axchat.engines.owned_turn import OwnedTurn
from axchat.engines.prompt_cost import PromptCost
from axchat.engines.replay import Replay, dropped_notice, fit, without_history
from axchat.engines.session_load import command
from axchat.engines.session_turn import SessionTurn
from axchat.errors import ModelError, PromptRefused, RunnerFailed
from axchat.events import Event, Finished, FinishReason, Level, Notice, PromptEstimate, TextDelta
from axchat.messages import Message, Role
from axchat.tokenizer.answer import AnswerTokens
from axchat.tokenizer.base import Tokenizer
from axchat.tokenizer.chat_prompt import ChatPrompts
from axchat.tokenizer.service import TokenizerService

IMAGE_ALONE = "with a picture the model sees this message only: no earlier turns, no system prompt"


class OwnedConversation:
    """Turns messages into prompts for a runner, and its tokens into an answer.

    A stateless runner gets every prompt whole. A stateful one (``cache``) gets what its cache does not hold,
    and a reset first where the conversation does not go on from there.

    Args:
        tokenizer: of the model directory.
        prompts: messages to ids.
        service: the runner calls it.
        cache: of a stateful runner; None for a stateless one.
        history_tokens: bound on the earlier turns that are sent again; None for the context's own.
        with_image: the ids of a prompt with pictures; None where the runner takes none.

    Attributes:
        cost: what a prompt token costs, as measured.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        prompts: ChatPrompts,
        service: TokenizerService,
        *,
        cache: ContextCache | None = None,
        history_tokens: int | None = None,
        with_image: Callable[[str], Sequence[int]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.cost = PromptCost()
        self._tokenizer = tokenizer
        self._prompts = prompts
        self._notice: str | None = None
        self._told: str | None = None
        self._service = service
        self._history_tokens = history_tokens
        self._with_image = with_image
        self._clock = clock
        self._tokenise_s = 0.0
        self._cache = cache
        self._was_reset = False
        if cache is not None:
            service.on_reset = self._note_reset
            service.system_ids = self._system_ids((), None)
        self._placeholders = (f"#{number:04x}" for number in itertools.count(1))

    @property
    def prompt_token_s(self) -> float | None:
        """Seconds a prompt token costs, as measured; None while not known."""
        return self.cost.s_per_token

    def count(self, request: Request) -> int | None:
        """See ``Engine.count``; a prompt with a picture is the vendor's tokenizer server's to count."""
        if any(message.images for message in request.messages):
            return None
        try:
            for message in request.messages:
                _refuse_no_text(message.text)
            return self._prompts.count(request.messages, think=request.think)
        except (PromptRefused, ModelError):
            return None

    def loaded(self) -> None:
        """A runner was loaded anew; a stateful one has asked for its system prompt and holds that."""
        self._take_reset()

    def _take_reset(self) -> None:
        if self._cache is None:
            return
        was_reset, self._was_reset = self._was_reset, False
        if was_reset:
            self._cache.reset_to(self._service.system_ids)
        else:
            self._cache.lose()

    def _note_reset(self) -> None:
        """On the service's thread: the runner asked for its system prompt."""
        self._was_reset = True

    def answer(
        self, runner: LoadedRunner, request: Request, on_turn: Callable[[SessionTurn], None]
    ) -> Iterator[Event]:
        """Answer a request on a runner at its marker.

        Args:
            runner: loaded and idle.
            request: the whole conversation.
            on_turn: gets the turn before anything else happens, to cancel it.

        Raises:
            ContextOverflow: it does not fit; nothing was sent.
            AxchatError: the answer is not complete.
        """
        turn = SessionTurn(runner, request.deadline, images=request.messages[-1].images, clock=self._clock)
        on_turn(turn)
        replay = self.replay(runner.room, request)
        runner.room.check(len(replay.ids), request.sampling.max_tokens)
        yield from self.notices(replay)
        if turn.wants_cancel:  # before a reset, which cannot be stopped
            yield Finished(FinishReason.CANCELLED)
            return
        diff = yield from self._make_diff(runner, request, replay.ids)
        owned = self.hand_over(runner, request, replay.ids, diff)
        turn.owns(owned.cancel)
        try:
            yield PromptEstimate(
                len(replay.ids), len(replay.ids) - len(diff), self.cost.estimate_s(len(diff))
            )
            if turn.wants_cancel:
                yield Finished(FinishReason.CANCELLED)
                return
            if self._cache is not None:
                self._cache.lose()  # until the turn has ended well
            runner.begin_turn(owned.placeholder)
            yield from self.events(turn, owned, runner)
        except RunnerFailed as error:
            if owned.prompt_at is None and runner.lost:
                raise GoneWhileIdle(error.message, hint=error.hint, **error.facts) from error
            raise
        finally:
            turn.abandon()
            self._service.end_turn()

    def replay(self, context: ContextRoom, request: Request) -> Replay:
        """What of the conversation is sent, within the context and ``history_tokens``.

        Raises:
            PromptRefused: a message is no text (a lone surrogate).
            TokenizerFault: the vendor's tokenizer server does not encode a picture's prompt.
        """

        def encode(messages: Sequence[Message]) -> Sequence[int]:
            return self._encode(messages, request.think)

        for message in request.messages:
            _refuse_no_text(message.text)
        self._tokenise_s = 0.0
        if (last := request.messages[-1]).images and self._with_image is not None:
            with self._tokenising():
                return Replay((last,), tuple(self._with_image(last.text)))
        budget = context.prompt_room(request.sampling.max_tokens)
        if self._history_tokens is not None:
            bound = len(encode(without_history(request.messages))) + self._history_tokens
            budget = bound if budget is None else min(bound, budget)
        return fit(request.messages, encode, budget)

    def _encode(self, messages: Sequence[Message], think: bool | None) -> Sequence[int]:
        with self._tokenising():
            prompt = self._prompts.render(messages, think=think)
        self._notice = prompt.notice
        return prompt.ids

    @contextlib.contextmanager
    def _tokenising(self) -> Iterator[None]:
        """What happens here is part of this answer's ``tokenise_s``."""
        began = self._clock()
        try:
            yield
        finally:
            self._tokenise_s += self._clock() - began

    def notices(self, replay: Replay) -> Iterator[Event]:
        """What was left out, and how prompts are made where the user should know (once)."""
        if replay.dropped:
            yield dropped_notice(replay.dropped)
        if replay.messages[-1].images:
            yield Notice(IMAGE_ALONE)
        if self._notice is not None and self._notice != self._told:
            yield Notice(self._notice, Level.WARNING)
        self._told = self._notice

    def _make_diff(
        self, runner: LoadedRunner, request: Request, ids: Sequence[int]
    ) -> Generator[Event, None, Sequence[int]]:
        """The ids to add to the runner's cache, after a reset where that is needed."""
        if self._cache is None:
            return ids
        if (diff := self._cache.diff(ids)) is not None:
            return diff
        # any prefix of the prompt will do; the part before the question stays right for the next turns
        self._service.system_ids = self._system_ids(request.messages, request.think)
        yield from command(runner, Command.RESET, request.deadline)
        self._take_reset()
        diff = self._cache.diff(ids)
        if diff is None:
            runner.lost = "its context could not be reset"
            raise RunnerFailed("the runner did not ask for its system prompt after a reset")
        return diff

    def _system_ids(self, messages: Sequence[Message], think: bool | None) -> Sequence[int]:
        system = tuple(m for m in messages[:1] if m.role is Role.SYSTEM)
        one, other = (self._encode((*system, Message(Role.USER, text)), think) for text in ("a", "b"))
        return common_prefix(one, other)

    def hand_over(
        self,
        runner: LoadedRunner,
        request: Request,
        ids: Sequence[int],
        diff: Sequence[int],
        check: Callable[[int], None] = lambda _: None,
    ) -> OwnedTurn:
        """Lay a prompt ready for the runner's next ``/encode``; ``service.end_turn`` takes it away."""
        answer = AnswerTokens(
            self._tokenizer.detokenizer(),
            max_tokens=request.sampling.max_tokens,
            stop=request.sampling.stop,
            eos=self._tokenizer.eos_ids,
        )
        owned = OwnedTurn(
            next(self._placeholders),
            ids,
            answer,
            diff=diff,
            check=check,
            put=runner.put,
            interrupt=runner.interrupt,
            loses_interrupts=self._cache is not None,
            called_at=lambda: self._service.called_at,
        )
        self._service.begin_turn(owned)
        return owned

    def events(self, turn: SessionTurn, owned: OwnedTurn, runner: LoadedRunner) -> Iterator[Event]:
        """The events of a turn that was begun, ending with ``Finished``."""
        yield from turn.events()
        if owned.refused is not None:
            raise owned.refused
        if (failure := self._service.failure) is not None:
            # the runner was answered harmlessly meanwhile, so what it said since is no answer
            raise RunnerFailed(
                f"the answer's tokens could not be read: {failure}", hint="ask again"
            ) from failure
        answer = owned.answer.finish()
        if answer.text_rest and not turn.state.is_cancelled:
            yield TextDelta(answer.text_rest, owned.untold)
        if self._cache is not None and not turn.state.is_cancelled:
            context = turn.state.context
            self._cache.after(owned.ids, owned.answer.sent_ids, None if context is None else context.used)
        if (cost := prompt_reading(turn.state, owned, answer)) is not None:
            self.cost.measured(*cost)
        calls, load_s = self._service.turn_calls(), runner.load_s_once()
        yield finished(
            turn.state, owned, answer, calls, runner.room, load_s=load_s, tokenise_s=self._tokenise_s
        )


def _refuse_no_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise PromptRefused("the prompt is not valid UTF-8", hint="convert it to UTF-8") from error
