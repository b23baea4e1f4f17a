"""Every figure of a test: from whose clock it is, from when to when it goes, and its values; pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from axchat.bench.heat import throttling
from axchat.bench.plan import Kind
from axchat.bench.rates import decode_rate, over, prefill_rate, token_gaps, uncut
from axchat.bench.report import LoadSource, ModelRun, Result, Sample
from axchat.bench.stats import Summary, summarize
from axchat.bench.wording import counted, first_tokens, kept, shared_waits, too_high


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a report.

    Attributes:
        key: its stable name, with the unit.
        title: for people.
        unit: for people.
        clock: who measured it: ``axchat``, ``engine`` (its own clock) or ``tokenizer`` (when the runner
            called axchat's tokenizer service).
        better: ``higher`` or ``lower``; None for what is only told.
        includes: from when to when, in words.
        values: one for each sample that has it; of inter-token latency one for each token.
    """

    key: str
    title: str
    unit: str
    clock: str
    better: str | None
    includes: str
    values: tuple[float, ...]

    @property
    def summary(self) -> Summary | None:
        """Of the values; None if there is none."""
        return summarize(self.values)


_LOAD_INCLUDES = {
    LoadSource.START: "from the start of the engine until it takes requests: process, checks and model",
    LoadSource.ENGINE: "as the engine reports it, once per request",
    LoadSource.PROGRESS: "from the first to the last progress report of a request's load, without what comes "
    "before and after them",
}
_AS_COUNTED = "as the engine counts"
_CALL_BACKS = "by the runner's calls for tokens to axchat's tokenizer service: "


def load_figures(run: ModelRun) -> list[Figure]:
    """The load, and the time to the first text with it; all loads of a run are known in the same way."""
    source = run.loads[0].source if run.loads else None
    loads = tuple(load.seconds for load in run.loads if load.source is source)
    clock = "engine" if source is LoadSource.ENGINE else "axchat"
    includes = _LOAD_INCLUDES[source] if source else "unknown: the engine does not tell of it"
    cold = () if run.ttft_cold_s is None else (run.ttft_cold_s,)
    first = f"the load and the TTFT of the first request after it ({run.first_test})"
    return [
        Figure("load_s", "load", "s", clock, "lower", includes, loads),
        Figure("ttft_cold_s", "TTFT, cold", "s", "axchat", "lower", first, cold),
    ]


def figures(run: ModelRun, result: Result) -> list[Figure]:
    """What was measured in one test; those without values are there too."""
    samples, loads = result.samples, run.loads_per_request
    before, whole = ("loading the model, ", " with its load") if loads else ("", "")
    ttft = "from handing over the request to the first text: "
    ttft += f"{before}queue, tokenising, prefill, {first_tokens(samples)}"
    backs = any(sample.has_call_backs for sample in samples)
    theirs = "tokenizer" if backs else "engine"
    prefill = (
        _CALL_BACKS + "from the prompt handed over to the first answer tokens" if backs else "as it reports"
    )
    decode = _CALL_BACKS + "from the first to the last answer tokens" if backs else "as it reports"
    sized = result.test.kind is not Kind.ANSWER
    answered = samples if result.test.kind is not Kind.PROMPT else ()
    rows: list[tuple[str, str, str, str, str | None, str, Sequence[float | None]]] = [
        ("ttft_s", "TTFT", "s", "axchat", "lower", ttft, _each(samples, lambda s: s.ttft_s)),
        (
            "ttft_reused_s",
            "TTFT, reused prefix",
            "s",
            "axchat",
            "lower",
            f"as TTFT, of a request that goes on with the conversation{kept(samples)}",
            _each(samples, lambda s: s.reuse.ttft_s if s.reuse else None),
        ),
        (
            "prefill_tokens_per_s",
            "prefill",
            "tok/s",
            "axchat",
            "higher",
            "prompt tokens that were not kept from before, over TTFT",
            _each(samples if sized and not loads else (), lambda s: prefill_rate(s, s.ttft_s)),
        ),
        (
            "decode_tokens_per_s",
            "decode",
            "tok/s",
            "axchat",
            "higher",
            f"tokens after the first text over (last text - first text){too_high(samples)}",
            _each(samples, decode_rate),
        ),
        (
            "inter_token_s",
            "inter-token",
            "s",
            "axchat",
            "lower",
            f"between two texts of an answer{shared_waits(samples)}; all answers together",
            [gap for sample in samples for gap in _waits(sample)],
        ),
        (
            "total_s",
            "total",
            "s",
            "axchat",
            None,
            f"from handing over the request{whole} to the end of the answer",
            _each(samples, lambda s: s.total_s),
        ),
        (
            f"{theirs}_prefill_s",
            f"{theirs} prefill",
            "s",
            theirs,
            "lower",
            prefill,
            _each(samples, lambda s: s.timings.prefill_s),
        ),
        (
            f"{theirs}_prefill_tokens_per_s",
            f"{theirs} prefill rate",
            "tok/s",
            theirs,
            "higher",
            f"prompt tokens that were not kept from before, over {theirs} prefill",
            _each(samples if sized else (), lambda s: prefill_rate(s, s.timings.prefill_s)),
        ),
        (
            f"{theirs}_decode_tokens_per_s",
            f"{theirs} decode",
            "tok/s",
            theirs,
            "higher",
            f"tokens made over that time, {decode}",
            _each(answered, lambda s: over(s.timings.decode_tokens, s.timings.decode_s)),
        ),
        (
            "engine_ttft_s",
            "engine TTFT",
            "s",
            "engine",
            "lower",
            "as it reports",
            _each(samples, lambda s: s.timings.ttft_s),
        ),
        (
            "engine_tokens_per_s",
            "engine rate",
            "tok/s",
            "engine",
            "higher",
            f"as it reports; counts {counted(samples)} tokens",
            _each(samples, lambda s: s.timings.tokens_per_s),
        ),
        (
            "prompt_tokens",
            "prompt",
            "tokens",
            "engine",
            None,
            _AS_COUNTED,
            _each(samples, lambda s: s.prompt_tokens),
        ),
        (
            "cached_tokens",
            "kept of it",
            "tokens",
            "engine",
            None,
            "prompt tokens that the engine had from before",
            _each(samples, lambda s: s.usage.cached_tokens),
        ),
        (
            "completion_tokens",
            "answer",
            "tokens",
            "engine",
            None,
            _AS_COUNTED,
            _each(samples, lambda s: s.usage.completion_tokens),
        ),
    ]
    return [Figure(*row[:6], tuple(v for v in row[6] if v is not None)) for row in rows]


def slowed(run: ModelRun, result: Result) -> str | None:
    """What heat did to a test's rate, in a sentence; None for nothing that can be told."""
    rates = [(sample.at_s, rate) for sample in result.samples if (rate := decode_rate(sample)) is not None]
    return throttling(run.heat, rates)


def _waits(sample: Sample) -> list[float]:
    """Of every token of an answer."""
    found = token_gaps(uncut(sample.arrivals, sample.finish))
    return [gap for gap, tokens in found for _ in range(tokens)]


def _each(samples: Sequence[Sample], value: Callable[[Sample], float | None]) -> list[float | None]:
    return [value(sample) for sample in samples]
