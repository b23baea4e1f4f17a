"""Every figure of a test: from whose clock it is, from when to when it goes, and its values; pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from axchat.bench.heat import throttling
from axchat.bench.plan import Kind
from axchat.bench.report import Arrival, LoadSource, ModelRun, Result, Sample
from axchat.bench.stats import Summary, summarize
from axchat.events import FinishReason


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
    pieces = _pieces_in_words(samples)
    ttft = "from handing over the request to the first text: "
    ttft += f"{before}queue, tokenising, prefill, {_first(samples)}"
    backs = any(sample.has_call_backs for sample in samples)
    theirs = "tokenizer" if backs else "engine"
    prefill = (
        _CALL_BACKS + "from the prompt handed over to the first answer tokens" if backs else "as it reports"
    )
    decode = _CALL_BACKS + "from the first to the last answer tokens" if backs else "as it reports"
    sized = result.test.kind is not Kind.ANSWER
    rows: list[tuple[str, str, str, str, str | None, str, Sequence[float | None]]] = [
        ("ttft_s", "TTFT", "s", "axchat", "lower", ttft, _each(samples, lambda s: s.ttft_s)),
        (
            "ttft_reused_s",
            "TTFT, reused prefix",
            "s",
            "axchat",
            "lower",
            f"as TTFT, of a request that goes on with the conversation{_reused(samples)}",
            _each(samples, lambda s: s.reuse.ttft_s if s.reuse else None),
        ),
        (
            "prefill_tokens_per_s",
            "prefill",
            "tok/s",
            "axchat",
            "higher",
            "prompt tokens that were not kept from before, over TTFT",
            _each(samples if sized and not loads else (), _prefill_rate),
        ),
        (
            "decode_tokens_per_s",
            "decode",
            "tok/s",
            "axchat",
            "higher",
            f"tokens after the first text over (last text - first text){pieces}",
            _each(samples, decode_rate),
        ),
        (
            "inter_token_s",
            "inter-token",
            "s",
            "axchat",
            "lower",
            f"between two texts of an answer{_shared(samples)}; all answers together",
            [gap for sample in samples for gap in gaps(uncut(sample))],
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
            _each(samples, _prefill_s),
        ),
        (
            f"{theirs}_prefill_tokens_per_s",
            f"{theirs} prefill rate",
            "tok/s",
            theirs,
            "higher",
            f"prompt tokens that were not kept from before, over {theirs} prefill",
            _each(samples if sized else (), _own_prefill_rate),
        ),
        (
            f"{theirs}_decode_tokens_per_s",
            f"{theirs} decode",
            "tok/s",
            theirs,
            "higher",
            f"tokens made over that time, {decode}",
            _each(samples if result.test.kind is not Kind.PROMPT else (), _own_decode_rate),
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
            f"as it reports; counts {_counted(samples)} tokens",
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


def decode_rate(sample: Sample) -> float | None:
    """Tokens after the first text over the time they took; None without exact counts or any time.

    Where the engine does not say how many tokens each text brought, the first one is taken for one token.
    """
    arrivals = uncut(sample)
    if len(arrivals) < 2:
        return None
    seconds = arrivals[-1].at_s - arrivals[0].at_s
    if all(arrival.tokens is not None for arrival in arrivals):
        tokens = sum(arrival.tokens or 0 for arrival in arrivals[1:])
    elif sample.usage.completion_tokens is not None:
        tokens = sample.usage.completion_tokens - 1
    else:
        return None
    return tokens / seconds if seconds > 0 and tokens > 0 else None


def slowed(run: ModelRun, result: Result) -> str | None:
    """What heat did to a test's rate, in a sentence; None for nothing that can be told."""
    rates = [(sample.at_s, rate) for sample in result.samples if (rate := decode_rate(sample)) is not None]
    return throttling(run.heat, rates)


def uncut(sample: Sample) -> Sequence[Arrival]:
    """An answer's pieces without one that its token limit cut.

    A runner that brings three tokens at once has made them all when the answer ends with the first of them:
    the wait was for three.
    """
    arrivals = sample.arrivals
    if sample.finish != FinishReason.LENGTH or len(arrivals) < 2:
        return arrivals
    before, last = arrivals[-2].tokens, arrivals[-1].tokens
    is_cut = before is not None and last is not None and last < before
    return arrivals[:-1] if is_cut else arrivals


def gaps(arrivals: Sequence[Arrival]) -> Iterator[float]:
    """Seconds from token to token; a text with several tokens shares its wait among them.

    A text that brought no token (one that was held back) is part of the next one's wait; one of an unknown
    number counts once.
    """
    waited = 0.0
    for before, arrival in pairwise(arrivals):
        waited += arrival.at_s - before.at_s
        tokens = 1 if arrival.tokens is None else arrival.tokens
        if tokens > 0:
            yield from [waited / tokens] * tokens
            waited = 0.0


def _each(samples: Sequence[Sample], value: Callable[[Sample], float | None]) -> list[float | None]:
    return [value(sample) for sample in samples]


def _new_tokens(sample: Sample) -> int | None:
    tokens = sample.prompt_tokens
    return None if tokens is None else tokens - (sample.usage.cached_tokens or 0)


def _prefill_rate(sample: Sample) -> float | None:
    return _over(_new_tokens(sample), sample.ttft_s)


def _prefill_s(sample: Sample) -> float | None:
    return sample.timings.prefill_s


def _own_prefill_rate(sample: Sample) -> float | None:
    return _over(_new_tokens(sample), sample.timings.prefill_s)


def _own_decode_rate(sample: Sample) -> float | None:
    return _over(sample.timings.decode_tokens, sample.timings.decode_s)


def _over(tokens: int | None, seconds: float | None) -> float | None:
    return tokens / seconds if tokens and seconds else None


def _first(samples: Sequence[Sample]) -> str:
    first = {sample.arrivals[0].tokens for sample in samples if sample.arrivals}
    return "first token" if first <= {1, None} else f"first {_span(first)} tokens"


def _pieces_in_words(samples: Sequence[Sample]) -> str:
    told = all(arrival.tokens is not None for sample in samples for arrival in sample.arrivals)
    return (
        "" if told else "; the first text is taken for one token, so it is too high where that holds several"
    )


def _shared(samples: Sequence[Sample]) -> str:
    brought = {arrival.tokens for sample in samples for arrival in sample.arrivals[1:]}
    if None in brought:
        return ", however many tokens each holds"
    several = brought - {0, 1}
    return f"; a text of {_span(several)} tokens shares its wait among them" if several else ""


def _span(numbers: set[int | None]) -> str:
    known = sorted(number for number in numbers if number is not None)
    return str(known[0]) if len(known) == 1 else f"{known[0]} to {known[-1]}"


def _reused(samples: Sequence[Sample]) -> str:
    last = next((sample.reuse for sample in reversed(samples) if sample.reuse), None)
    return (
        ""
        if last is None
        else f": {last.cached_tokens} of its {last.prompt_tokens} tokens are kept from before"
    )


def _counted(samples: Sequence[Sample]) -> str:
    return "prompt and answer" if any(s.timings.rate_includes_prompt for s in samples) else "answer"
