"""Rates and waits out of the moments of an answer's pieces; pure."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from axchat.bench.report import Sample
from axchat.events import FinishReason

Arrivals = Sequence[tuple[float, int | None]]
"""Pieces of an answer: seconds since the request was handed over, and tokens; None where nobody tells."""


def uncut(arrivals: Arrivals, finish: object) -> Arrivals:
    """An answer's pieces without one that its token limit cut.

    A runner that brings three tokens at once has made them all when the answer ends with the first of them:
    the wait was for three.
    """
    if finish != FinishReason.LENGTH or len(arrivals) < 2:
        return arrivals
    (_, before), (_, last) = arrivals[-2:]
    is_cut = before is not None and last is not None and last < before
    return arrivals[:-1] if is_cut else arrivals


def token_gaps(arrivals: Arrivals) -> Iterator[tuple[float, int]]:
    """Seconds from token to token, and how many tokens came so; those of one piece share its wait.

    A piece that brought no token (one that was held back) is part of the next one's wait; one of an unknown
    number counts once.
    """
    waited = 0.0
    for (before, _), (at, brought) in pairwise(arrivals):
        waited += at - before
        tokens = 1 if brought is None else brought
        if tokens > 0:
            yield waited / tokens, tokens
            waited = 0.0


def decode_rate(sample: Sample) -> float | None:
    """Tokens after the first text over the time they took; None without exact counts or any time.

    Where the engine does not say how many tokens each text brought, the first one is taken for one token.
    """
    arrivals = uncut(sample.arrivals, sample.finish)
    if len(arrivals) < 2:
        return None
    if all(tokens is not None for _, tokens in arrivals):
        tokens = sum(tokens or 0 for _, tokens in arrivals[1:])
    else:
        tokens = (sample.usage.completion_tokens or 0) - 1
    return over(tokens, arrivals[-1][0] - arrivals[0][0]) if tokens > 0 else None


def prefill_rate(sample: Sample, seconds: float | None) -> float | None:
    """Prompt tokens that were not kept from before over these seconds."""
    tokens = sample.prompt_tokens
    return None if tokens is None else over(tokens - (sample.usage.cached_tokens or 0), seconds)


def over(tokens: int | None, seconds: float | None) -> float | None:
    """Tokens a second; None for none, or in no time."""
    return tokens / seconds if tokens and seconds else None
