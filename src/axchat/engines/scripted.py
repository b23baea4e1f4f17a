"""A deterministic engine that plays lists of tokens with delays: tests, demos, self-checks of bench."""

import contextlib
import queue
import re
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from axchat.deadline import Deadline
from axchat.engines.base import Capabilities, Request
from axchat.errors import AxchatError, EngineUnavailable, RunnerTimeout
from axchat.events import EngineTimings, Event, Finished, FinishReason, LoadProgress, Notice, TextDelta, Usage
from axchat.messages import Sampling

DEMO_LOAD_S = 0.3
"""Long enough to see a load bar."""

DEMO_FIRST_TOKEN_S = 0.2
"""About a small model's on the card."""

DEMO_TOKEN_S = 0.03
"""Visibly streamed (33 tokens a second) and over soon."""

CAPABILITIES = Capabilities(sampling=frozenset({"max_tokens", "stop"}))


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: each string is one token, a ``Notice`` is emitted in its place.

    ``fault`` is raised after the first ``fault_at`` tokens. An answer without fault ends like a model's end
    token: ``FinishReason.STOP``.
    """

    pieces: Sequence[str | Notice]
    fault: AxchatError | None = None
    fault_at: int = 0


Answers = Sequence[Answer | Sequence[str | Notice]] | Callable[[Request], Answer]


class ScriptedEngine:
    """Plays answers in turn, from the first again after the last.

    Tokens are counted exactly: one per piece of the answer, also one that says nothing; the prompt has one
    per word. ``EngineTimings`` is the schedule, not a measurement.

    Args:
        answers: one per request, or a function that makes them; a plain string is one token.
        load_s: seconds to load, spread over ``load_steps`` events of ``LoadProgress``.
        load_steps: how many of them.
        first_token_s: seconds from the request (and its load) to the first token.
        token_s: seconds from each token to the next.
        stop_s: seconds that a cancelled generation takes to end, as a runner does between two tokens.
        load_fault: raised by the load after its time.
        timings: what it tells beside its schedule.
        capabilities: what it admits to; ``stays_loaded=False`` loads in every request, ``exact_counts=False``
            reports no counts. ``context_tokens`` is only told: no prompt is refused.
        sleep: waits seconds. None really waits, and ends early when ``cancel`` is called.
        clock: for the deadlines of requests.
    """

    name = "scripted"

    def __init__(
        self,
        answers: Answers,
        *,
        model: str = "scripted",
        load_s: float = 0.0,
        load_steps: int = 1,
        first_token_s: float = 0.0,
        token_s: float = 0.0,
        stop_s: float = 0.0,
        load_fault: AxchatError | None = None,
        timings: EngineTimings = EngineTimings(),  # noqa: B008  immutable
        capabilities: Capabilities = CAPABILITIES,
        sleep: Callable[[float], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.model = model
        self.capabilities = capabilities
        self.requests: list[Request] = []
        self._has_started = False
        self._answers = answers
        self._load_s = load_s
        self._load_steps = load_steps
        self._first_token_s = first_token_s
        self._token_s = token_s
        self._stop_s = stop_s
        self._load_fault = load_fault
        self._tells = timings
        self._sleep = self._wait_for_cancel if sleep is None else sleep
        self._clock = clock
        self._is_closed = False
        self._is_active = False
        self._is_cancelled = False
        # Not threading.Event: its set() deadlocks in a signal handler that interrupts its wait();
        # SimpleQueue.put is reentrant.
        self._wake: queue.SimpleQueue[None] = queue.SimpleQueue()

    @property
    def is_lost(self) -> bool:
        """Never: there is nothing that could end."""
        return False

    def start(self, deadline: Deadline) -> Iterator[Event]:
        """Load what stays loaded: ``load_steps`` events over ``load_s`` seconds."""
        if self.capabilities.stays_loaded:
            yield from self._load(deadline)
        self._has_started = True

    def generate(self, request: Request) -> Generator[Event, None, None]:
        """Play the next answer; honours ``max_tokens``, ``stop`` and the request's deadline exactly."""
        if self._is_closed:
            raise EngineUnavailable("the scripted engine was closed")
        answer = self._next_answer(request)
        self.requests.append(request)
        self._wake = queue.SimpleQueue()
        self._is_cancelled = False
        self._is_active = True
        return self._play(answer, request)

    def count(self, request: Request) -> int | None:
        """One token per word of the prompt; None before ``start``, and where it admits to no exact counts."""
        if not self._has_started or self._is_closed or not self.capabilities.exact_counts:
            return None
        return _prompt_tokens(request)

    def cancel(self) -> None:
        """Stop the generation under way; a waiting delay ends at once."""
        if self._is_active and not self._is_cancelled:
            self._is_cancelled = True
            self._wake.put(None)

    def close(self) -> None:
        """Stop what is under way; no request is taken afterwards."""
        self._is_closed = True
        self.cancel()

    def _next_answer(self, request: Request) -> Answer:
        if callable(self._answers):
            return self._answers(request)
        answer = self._answers[len(self.requests) % len(self._answers)]
        if isinstance(answer, Answer):
            return answer
        return Answer([answer] if isinstance(answer, str) else answer)

    def _play(self, answer: Answer, request: Request) -> Generator[Event, None, None]:
        try:
            if not self.capabilities.stays_loaded:
                yield from self._load(request.deadline)
            turn = _Turn(answer, request.sampling)
            for piece in answer.pieces:
                if isinstance(piece, Notice):
                    yield piece
                    continue
                if self._is_cancelled or turn.is_over:
                    break
                self._delay(self._token_s if turn.tokens else self._first_token_s, request.deadline)
                if self._is_cancelled:
                    break
                if text := turn.say(piece):
                    yield self._delta(text, turn)
            if rest := turn.rest():
                yield self._delta(rest, turn)
            if self._is_cancelled:
                self._wake = queue.SimpleQueue()  # the cancel's own wake-up must not shorten the stopping
                self._sleep(self._stop_s)
            elif turn.fault is not None:
                raise turn.fault
            self._is_active = False
            reason = FinishReason.CANCELLED if self._is_cancelled else turn.reason
            yield Finished(reason, self._usage(request, turn.tokens), self._timings(turn.tokens))
        finally:
            self._is_active = False

    def _load(self, deadline: Deadline) -> Iterator[Event]:
        for step in range(self._load_steps):
            self._delay(self._load_s / self._load_steps, deadline)
            if self._is_cancelled:
                return
            yield LoadProgress(step + 1, self._load_steps, "playing a load")
        if self._load_fault is not None:
            raise self._load_fault

    def _delay(self, seconds: float, deadline: Deadline) -> None:
        """Wait out the schedule, or as much of it as the deadline allows."""
        if self._is_cancelled:
            return
        left = deadline.left(seconds)
        if left:
            self._sleep(left)
        if left is not None and left < seconds and not self._is_cancelled:
            raise RunnerTimeout("the scripted engine did not answer in time", hint="allow it more time")

    def _wait_for_cancel(self, seconds: float) -> None:
        with contextlib.suppress(queue.Empty):
            self._wake.get(timeout=seconds)

    def _delta(self, text: str, turn: "_Turn") -> TextDelta:
        return TextDelta(text, turn.untold() if self.capabilities.exact_counts else None)

    def _usage(self, request: Request, tokens: int) -> Usage:
        if not self.capabilities.exact_counts:
            return Usage()
        return Usage(prompt_tokens=_prompt_tokens(request), completion_tokens=tokens)

    def _timings(self, tokens: int) -> EngineTimings:
        if not tokens:
            return self._tells
        decode_s = (tokens - 1) * self._token_s
        return replace(
            self._tells,
            load_s=None if self.capabilities.stays_loaded else self._load_s,
            ttft_s=self._first_token_s,
            decode_s=decode_s,
            decode_tokens=tokens - 1,
            tokens_per_s=(tokens - 1) / decode_s if decode_s else None,
        )


def _prompt_tokens(request: Request) -> int:
    return sum(len(message.text.split()) for message in request.messages)


class _Turn:
    """How far one answer has been played, and whether and why it ends here."""

    def __init__(self, answer: Answer, sampling: Sampling) -> None:
        self.tokens = 0
        self._told = 0
        self._answer = answer
        self._limit = sampling.max_tokens
        self._stops = tuple(stop for stop in sampling.stop or () if stop)
        self._held = ""
        self._is_stopped = False

    @property
    def fault(self) -> AxchatError | None:
        """The fault that is due now, if any."""
        return None if self._is_stopped or self.tokens < self._answer.fault_at else self._answer.fault

    @property
    def is_over(self) -> bool:
        """Whether no further token is played."""
        return self._is_stopped or self.reason is FinishReason.LENGTH or self.fault is not None

    @property
    def reason(self) -> FinishReason:
        """Why it ends, if it ends now; the limit comes before the end token, as in a model."""
        is_full = self._limit is not None and self.tokens >= self._limit
        return FinishReason.LENGTH if is_full and not self._is_stopped else FinishReason.STOP

    def say(self, piece: str) -> str:
        """Count one token; gives the text that surely precedes any stop string."""
        self.tokens += 1
        text = self._held + piece
        ends = [at for at in map(text.find, self._stops) if at >= 0]
        if ends:
            self._is_stopped = True
            self._held = ""
            return text[: min(ends)]
        held = max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - held :]
        return text[: len(text) - held]

    def untold(self) -> int:
        """The tokens since this was asked last."""
        told, self._told = self._told, self.tokens
        return self.tokens - told

    def rest(self) -> str:
        """What was held back because a stop string might have begun."""
        rest, self._held = self._held, ""
        return rest


def _overlap(text: str, stop: str) -> int:
    """How many characters at the end of ``text`` are the beginning of ``stop``."""
    return next((n for n in range(min(len(text), len(stop) - 1), 0, -1) if text.endswith(stop[:n])), 0)


def from_settings(
    *,
    load_s: float = DEMO_LOAD_S,
    first_token_s: float = DEMO_FIRST_TOKEN_S,
    token_s: float = DEMO_TOKEN_S,
) -> ScriptedEngine:
    """The engine behind ``--engine scripted``: an answer that says that no model made it."""
    return ScriptedEngine(
        _demo_answer, load_s=load_s, load_steps=10, first_token_s=first_token_s, token_s=token_s
    )


def _demo_answer(request: Request) -> Answer:
    asked = request.messages[-1].text if request.messages else ""
    count = len(asked.split())
    text = (
        f"This is axchat's scripted engine: no model read your message of {count} word{'s' * (count != 1)}. "
        "It plays these words at a fixed pace, to try axchat without a card and to check its bench. "
        "Choose another --engine for real answers.\n"
    )
    return Answer(re.findall(r"\S+\s*", text))
