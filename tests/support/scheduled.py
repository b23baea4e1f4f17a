"""An engine on a clock of its own whose every moment is known beforehand, to hold a bench against."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field

from axchat.deadline import Deadline
from axchat.engines.base import Capabilities, Request
from axchat.events import EngineTimings, Event, Finished, FinishReason, LoadProgress, TextDelta, Usage
from support.clock import FakeClock

ABLE = Capabilities(sampling=frozenset({"max_tokens", "seed"}), context_tokens=4096)
TEMPLATE_TOKENS = 4


def tokens_of(request: Request) -> list[str]:
    """The prompt's tokens: four of the template, then its words, each behind its speaker's mark."""
    said = [word for m in request.messages for word in (f"<{m.role.value}>", *m.text.split())]
    return ["<template>"] * TEMPLATE_TOKENS + said


@dataclass
class ScheduledEngine:
    """Reads what it has not kept from the prompt before, and answers ``length`` tokens.

    A request takes ``queue_s``, ``tokenise_s``, and ``prefill_token_s`` for each token that it reads; the
    answer comes in pieces of ``batch`` tokens.

    Attributes:
        clock: passes by this engine alone.
        gap_s: seconds that an answer's nth token takes, from 0; the first is part of the prefill's end.
        transport_s: after the engine's own end, before its last event is seen.
        ends_batches: whether a batch is finished also where the limit lies within it.
        keeps: whether the longest common prefix of the prompt before is kept.
    """

    clock: FakeClock
    length: int = 1000
    batch: int = 1
    load_s: float = 8.0
    queue_s: float = 0.0
    tokenise_s: float = 0.0
    prefill_token_s: float = 0.01
    gap_s: Callable[[int], float] = lambda _number: 0.25
    callback_s: float = 0.0
    transport_s: float = 0.0
    keeps: bool = True
    ends_batches: bool = False
    tells_tokens: bool = True
    capabilities: Capabilities = ABLE
    name: str = "scheduled"
    model: str = "schedule"
    requests: list[Request] = field(default_factory=list)
    kept: Sequence[str] = ()

    def start(self, _deadline: Deadline) -> Iterator[Event]:
        """Load."""
        if self.capabilities.stays_loaded:
            yield from self._load()

    def _load(self) -> Iterator[Event]:
        yield LoadProgress(0, 1)
        self.clock.sleep(self.load_s)
        yield LoadProgress(1, 1)

    def count(self, request: Request) -> int | None:
        """Exactly what it will read."""
        return len(tokens_of(request))

    def generate(self, request: Request) -> Generator[Event, None, None]:
        """Play the schedule."""
        self.requests.append(request)
        if not self.capabilities.stays_loaded:
            yield from self._load()
        prompt = tokens_of(request)
        cached = self._cached(prompt)
        self.clock.sleep(self.queue_s + self.tokenise_s)
        began = self.clock()
        self.clock.sleep(self.prefill_token_s * (len(prompt) - cached))
        prefilled = first = last = self.clock()
        limit = request.sampling.max_tokens
        length = self.length if limit is None else min(limit, self.length)
        calls, held, said = 1, 0, []
        for number in range(length):
            self.clock.sleep(self.gap_s(number) if number else 0.0)
            held += 1
            said.append(f"w{number}")
            if held == self.batch or number == length - 1:
                if self.ends_batches:
                    for late in range(number + 1, number + 1 + self.batch - held):
                        self.clock.sleep(self.gap_s(late))
                calls += 1
                last = self.clock()
                first = last if calls == 2 else first
                self.clock.sleep(self.callback_s)
                yield TextDelta(" ".join(said[-held:]) + " ", held if self.tells_tokens else None)
                held = 0
        self.kept = [*prompt, *said] if self.keeps else ()
        ended = self.clock()
        self.clock.sleep(self.transport_s)
        has_calls = self.callback_s > 0
        timings = EngineTimings(
            queue_s=self.queue_s,
            tokenise_s=self.tokenise_s,
            prefill_s=first - began if has_calls else prefilled - began,
            decode_s=last - first,
            decode_tokens=max(0, length - self.batch) if has_calls else length - 1,
            tokens_per_s=(length - 1) / (last - first) if last > first else None,
            callbacks_s=(calls - 1) * self.callback_s if has_calls else None,
            callbacks=calls if has_calls else None,
            answered_s=self.tokenise_s + ended - began if self.capabilities.stays_loaded else None,
        )
        reason = FinishReason.LENGTH if length == limit else FinishReason.STOP
        yield Finished(reason, Usage(len(prompt), length, cached if self.keeps else None), timings)

    def _cached(self, prompt: Sequence[str]) -> int:
        same = 0
        for ours, theirs in zip(self.kept, prompt[:-1], strict=False):
            if ours != theirs:
                break
            same += 1
        return same

    def cancel(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is open."""
