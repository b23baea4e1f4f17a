"""What a bench found: every sample of every test, as values."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from axchat.bench.plan import BenchTest, Plan
from axchat.errors import AxchatError
from axchat.events import EngineTimings, Usage


class LoadSource(StrEnum):
    """Where a load time is from."""

    START = "start"
    ENGINE = "engine"
    PROGRESS = "progress"


@dataclass(frozen=True, slots=True)
class Load:
    """Seconds that one load took, and how that is known."""

    seconds: float
    source: LoadSource


class Arrival(NamedTuple):
    """A piece of an answer: seconds since the request was handed over, and how many tokens it brought.

    ``tokens`` is None where the engine does not tell.
    """

    at_s: float
    tokens: int | None


@dataclass(frozen=True, slots=True)
class Reuse:
    """A request that went on with the conversation of the one before: what the kept prefix saved.

    ``cached_tokens`` of its ``prompt_tokens`` were not read again.
    """

    ttft_s: float
    prompt_tokens: int
    cached_tokens: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One measured request; None where a figure cannot be known.

    Attributes:
        repetition: which of its test, from 0.
        at_s: when it was handed over, in seconds since the bench began.
        finish: why the answer ended, as in ``FinishReason``.
        total_s: from handing it over to its end, by axchat's clock.
        arrivals: its pieces that hold text, by axchat's clock.
        usage: the engine's exact counts.
        timings: what the engine says of itself.
        sized: tokens of its prompt, where it was made to have that many.
        load: within this request, where there was one.
        reuse: the request after it, if it was measured.
        render_s: what drawing this answer on a terminal takes.
    """

    repetition: int
    at_s: float
    finish: str
    total_s: float
    arrivals: tuple[Arrival, ...]
    usage: Usage = field(default_factory=Usage)
    timings: EngineTimings = field(default_factory=EngineTimings)
    sized: int | None = None
    load: Load | None = None
    reuse: Reuse | None = None
    render_s: float | None = None

    @property
    def ttft_s(self) -> float | None:
        """From handing it over to the first text, by axchat's clock."""
        return self.arrivals[0].at_s if self.arrivals else None

    @property
    def prompt_tokens(self) -> int | None:
        """As the engine counted, else as it was made."""
        return self.sized if self.usage.prompt_tokens is None else self.usage.prompt_tokens

    @property
    def has_call_backs(self) -> bool:
        """Whether prefill and decode were seen by the tokenizer's call-backs, not told by the engine."""
        return self.timings.callbacks is not None


@dataclass(frozen=True, slots=True)
class Result:
    """One test of one model.

    Attributes:
        test: what was measured.
        samples: without the warm-ups.
        error: why it could not be measured, or not to its end.
    """

    test: BenchTest
    samples: tuple[Sample, ...] = ()
    error: AxchatError | None = None


@dataclass(frozen=True, slots=True)
class ModelRun:
    """All tests of one model, or as many as ran.

    Attributes:
        engine: the registry's name.
        model: for people.
        plan: what was asked for.
        loads_per_request: every request loads the model.
        start_load: of an engine that stays loaded; None where it was loaded already.
        ttft_cold_s: that load and the first request's time to its first text; None without both.
        first_test: whose that request was.
        results: one for each test that was begun.
        is_complete: nobody stopped it and nothing broke.
        error: what broke, so that no further test was tried.
        heat: (seconds since the bench began, degrees Celsius, MHz), as far as known.
    """

    engine: str
    model: str
    plan: Plan
    loads_per_request: bool
    start_load: Load | None = None
    ttft_cold_s: float | None = None
    first_test: str = ""
    results: tuple[Result, ...] = ()
    is_complete: bool = True
    error: AxchatError | None = None
    heat: tuple[tuple[float, float | None, float | None], ...] = ()

    @property
    def loads(self) -> tuple[Load, ...]:
        """Every load that was measured: one of the start, or one per request."""
        if not self.loads_per_request:
            return () if self.start_load is None else (self.start_load,)
        return tuple(s.load for result in self.results for s in result.samples if s.load is not None)


@dataclass(frozen=True, slots=True)
class Report:
    """A whole bench, or as much of it as ran.

    Attributes:
        axchat_version: of this program.
        at: when it began, UTC, ISO 8601.
        host: facts of the machine and the card, ready for JSON.
        runs: one for each model.
        is_complete: every model's tests ran to their end.
    """

    axchat_version: str
    at: str
    host: dict[str, object] = field(default_factory=dict)
    runs: tuple[ModelRun, ...] = ()
    is_complete: bool = True
