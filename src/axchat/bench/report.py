"""What a bench found: every sample, and for every figure whose clock it is from and what it includes."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from axchat.bench.plan import Plan
from axchat.bench.stats import Summary, summarize


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


@dataclass(frozen=True, slots=True)
class Sample:
    """One measured request; None where a figure cannot be known.

    Attributes:
        prompt: which of the plan's prompts, from 0.
        repetition: which repetition of it, from 0.
        finish: why the answer ended, as in ``FinishReason``.
        ttft_s, total_s, decode_tokens_per_s: by axchat's clock.
        prompt_tokens, completion_tokens: exact counts.
        load: of this request, when the engine loads in every one.
        engine_ttft_s, engine_prefill_s, engine_tokens_per_s: what the engine says of itself.
        engine_rate_includes_prompt: its rate counts prompt tokens and their time too.
    """

    prompt: int
    repetition: int
    finish: str
    ttft_s: float | None
    total_s: float
    decode_tokens_per_s: float | None
    prompt_tokens: int | None
    completion_tokens: int | None
    load: Load | None
    engine_ttft_s: float | None
    engine_prefill_s: float | None
    engine_tokens_per_s: float | None
    engine_rate_includes_prompt: bool


@dataclass(frozen=True, slots=True)
class Report:
    """A whole bench, or as much of it as ran before it was stopped."""

    axchat_version: str
    engine: str
    model: str
    plan: Plan
    loads_per_request: bool
    start_load: Load | None
    samples: tuple[Sample, ...]
    is_complete: bool

    @property
    def loads(self) -> tuple[Load, ...]:
        """Every load that was measured: one of the start, or one per request."""
        if not self.loads_per_request:
            return () if self.start_load is None else (self.start_load,)
        return tuple(sample.load for sample in self.samples if sample.load is not None)


@dataclass(frozen=True, slots=True)
class Figure:
    """One column of a report.

    Attributes:
        key: its stable name, with the unit.
        title: for people.
        unit: for people.
        clock: who measured it: ``axchat`` or ``engine``.
        includes: from when to when, in words.
        summary: over the samples; None if no sample has it.
    """

    key: str
    title: str
    unit: str
    clock: str
    includes: str
    summary: Summary | None


_LOAD_INCLUDES = {
    LoadSource.START: "from the start of the engine until it takes requests: process, checks and model",
    LoadSource.ENGINE: "as the engine reports it, once per request",
    LoadSource.PROGRESS: "from the first to the last progress report of a request's load, without what comes "
    "before and after them",
}

_AS_COUNTED = "as the engine counts"
_AS_REPORTED = "as the engine reports it"


def load_figure(report: Report) -> Figure:
    """The load; every load of one report is known in the same way, the first one's."""
    source = report.loads[0].source if report.loads else None
    return Figure(
        "load_s",
        "load",
        "s",
        "engine" if source is LoadSource.ENGINE else "axchat",
        _LOAD_INCLUDES[source] if source else "unknown: the engine does not tell of it",
        summarize(load.seconds for load in report.loads if load.source is source),
    )


def figures(report: Report, prompt: int) -> list[Figure]:
    """What was measured with one prompt, without the load."""
    samples = [sample for sample in report.samples if sample.prompt == prompt]
    before, whole = ("loading the model, ", " with its load") if report.loads_per_request else ("", "")
    counted = "prompt and answer" if any(s.engine_rate_includes_prompt for s in samples) else "answer"
    ttft = (
        f"from handing over the request to the first text: {before}queueing, tokenising, prefill, first token"
    )
    decode = (
        "(answer tokens - 1) / (last text - first text): no prefill, no first token; too high where the "
        "first text holds several tokens"
    )
    total = f"from handing over the request{whole} to the end of the answer"
    rate = f"{_AS_REPORTED}; counts {counted} tokens"
    rows: list[tuple[str, str, str, str, str, Callable[[Sample], float | None]]] = [
        ("ttft_s", "first text", "s", "axchat", ttft, lambda s: s.ttft_s),
        ("decode_tokens_per_s", "decode", "tok/s", "axchat", decode, lambda s: s.decode_tokens_per_s),
        ("total_s", "total", "s", "axchat", total, lambda s: s.total_s),
        ("prompt_tokens", "prompt", "tokens", "engine", _AS_COUNTED, lambda s: s.prompt_tokens),
        ("completion_tokens", "answer", "tokens", "engine", _AS_COUNTED, lambda s: s.completion_tokens),
        ("engine_ttft_s", "engine ttft", "s", "engine", _AS_REPORTED, lambda s: s.engine_ttft_s),
        ("engine_prefill_s", "engine prefill", "s", "engine", _AS_REPORTED, lambda s: s.engine_prefill_s),
        ("engine_tokens_per_s", "engine rate", "tok/s", "engine", rate, lambda s: s.engine_tokens_per_s),
    ]
    return [Figure(*row[:5], summarize(map(row[5], samples))) for row in rows]
