"""Where a request's time goes; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from axchat.bench.report import Sample

PARTS = {
    "queue_s": "waited for other requests in the holder",
    "load_s": "loading the model for this request",
    "tokenise_s": "chat template and tokenizer",
    "prefill_s": "reading the prompt, up to the first answer tokens",
    "decode_s": "from the first to the last answer tokens, without the call-backs",
    "callbacks_s": "inside axchat's tokenizer service, when the runner called it",
    "transport_s": "between the holder's engine and this program",
    "rest_s": "what nobody accounts for: process switches, the console, a remote server's network",
}
"""The parts of a request, in their order, and what each is; they add up to ``total_s``."""

BESIDE = {
    "total_s": "the whole request, by axchat's clock",
    "render_s": "drawing the answer on a terminal of 80 columns as it came; not part of the total",
}


@dataclass(frozen=True, slots=True)
class Split:
    """Mean seconds of a request; a part is None where nobody can tell it, and then in ``rest_s``."""

    queue_s: float | None
    load_s: float | None
    tokenise_s: float | None
    prefill_s: float | None
    decode_s: float | None
    callbacks_s: float | None
    transport_s: float | None
    rest_s: float
    total_s: float
    render_s: float | None


def split(samples: Sequence[Sample]) -> Split | None:
    """Of the samples, each part's mean over those that know it; None for no samples."""
    each = [split_of(sample) for sample in samples]
    if not each:
        return None
    means = {name: _mean([getattr(one, name) for one in each]) for name in (*PARTS, *BESIDE)}
    total_s = _mean([one.total_s for one in each]) or 0.0
    known = [means[name] for name in PARTS if name != "rest_s"]
    return replace(
        Split(**means),  # type: ignore[arg-type]  # the two that are never None follow
        total_s=total_s,
        rest_s=total_s - sum(part or 0.0 for part in known),
    )


def split_of(sample: Sample) -> Split:
    """Of one request."""
    told = sample.timings
    load_s = sample.load.seconds if sample.load is not None else None
    transport_s = None
    if told.answered_s is not None:  # a holder's: what the engine tells of loads may be of an earlier one
        load_s = None if load_s is None else told.holder_load_s
        apart_s = (told.queue_s or 0.0) + (told.holder_load_s or 0.0) + told.answered_s
        transport_s = sample.total_s - apart_s
    decode_s = told.decode_s
    if decode_s is not None and told.callbacks_s is not None:
        decode_s = max(0.0, decode_s - told.callbacks_s)
    parts = {
        "queue_s": told.queue_s,
        "load_s": load_s,
        "tokenise_s": told.tokenise_s,
        "prefill_s": told.prefill_s,
        "decode_s": decode_s,
        "callbacks_s": told.callbacks_s,
        "transport_s": transport_s,
    }
    rest_s = sample.total_s - sum(part or 0.0 for part in parts.values())
    return Split(**parts, rest_s=rest_s, total_s=sample.total_s, render_s=sample.render_s)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
