"""What the figures of a test include, in words; pure."""

from collections.abc import Sequence

from axchat.bench.report import Sample


def first_tokens(samples: Sequence[Sample]) -> str:
    """What the first text holds."""
    first = {sample.arrivals[0].tokens for sample in samples if sample.arrivals}
    return "first token" if first <= {1, None} else f"first {_span(first)} tokens"


def too_high(samples: Sequence[Sample]) -> str:
    """Why a rate may be too high; empty where every token was told."""
    if all(arrival.tokens is not None for sample in samples for arrival in sample.arrivals):
        return ""
    return "; the first text is taken for one token, so it is too high where that holds several"


def shared_waits(samples: Sequence[Sample]) -> str:
    """How the wait for a text with several tokens is counted; empty where each has one."""
    brought = {arrival.tokens for sample in samples for arrival in sample.arrivals[1:]}
    if None in brought:
        return ", however many tokens each holds"
    several = brought - {0, 1}
    return f"; a text of {_span(several)} tokens shares its wait among them" if several else ""


def kept(samples: Sequence[Sample]) -> str:
    """How much of a prompt that goes on was kept from before."""
    last = next((sample.reuse for sample in reversed(samples) if sample.reuse), None)
    return "" if last is None else f": {last.cached_tokens} of its {last.prompt_tokens} tokens are kept"


def counted(samples: Sequence[Sample]) -> str:
    """Whose tokens an engine's own rate counts."""
    return "prompt and answer" if any(s.timings.rate_includes_prompt for s in samples) else "answer"


def _span(numbers: set[int | None]) -> str:
    known = sorted(number for number in numbers if number is not None)
    return str(known[0]) if len(known) == 1 else f"{known[0]} to {known[-1]}"
