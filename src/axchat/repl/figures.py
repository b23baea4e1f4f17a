"""Counts and times of answers, and by whose clock they were taken; pure."""

from collections.abc import Sequence

from axchat.chat.conversation import Exchange
from axchat.chat.fitting import used
from axchat.engines.base import Capabilities
from axchat.events import Usage
from axchat.repl.extracts import counted

OURS = "by axchat's clock"
ENGINES = "the engine's own figure"


def of_answer(exchange: Exchange) -> list[tuple[str, str]]:
    """Names and values of one answer."""
    usage = exchange.usage
    prompt = "not counted by this engine"
    if usage.prompt_tokens is not None:
        prompt = counted(usage.prompt_tokens, "token")
        prompt += f", {usage.cached_tokens:,} of them read before" if usage.cached_tokens else ""
    answer = "not counted by this engine"
    if usage.completion_tokens is not None:
        answer = counted(usage.completion_tokens, "token")
    return [
        ("model", f"{exchange.model} ({exchange.engine})"),
        ("prompt", prompt),
        ("answer", f"{answer}; ended by {_ENDS[exchange.reason.value]}"),
        ("first text", _time(exchange.ttft_s)),
        ("whole answer", _time(exchange.total_s)),
        ("speed", _speed(exchange)),
    ]


_ENDS = {
    "stop": "the model",
    "length": "the token limit",
    "cancelled": "a stop",
    "unknown": "the model or a limit, the engine does not say",
}


def of_context(last: Usage | None, now: int | None, able: Capabilities) -> list[tuple[str, str]]:
    """Names and values of what the context holds.

    Args:
        last: what the last answer's engine counted; None before the first answer.
        now: tokens of the conversation as it would be sent now; None where the engine cannot count them.
        able: of the engine.
    """
    rows = []
    last_used = None if last is None else used(last)
    if last is not None:
        told = "not counted by this engine"
        if last_used is not None:
            told = f"{last_used:,} tokens: {last.prompt_tokens:,} read and {last.completion_tokens:,} said"
        rows.append(("last answer", told))
    size, about = (now, "") if now is not None else (last_used, "about ")
    held = "unknown" if size is None else f"{about}{counted(size, 'token')}"
    rows.append(("conversation", f"{held}, as it is sent with the next message"))
    context = able.context_tokens
    if context is None:
        return [*rows, ("context", "unknown with this engine")]
    rows.append(("context", counted(context, "token")))
    if able.prompt_tokens_max is not None:
        rows.append(("prompt", f"at most {counted(able.prompt_tokens_max, 'token')}"))
    if size is not None:
        rows.append(("left", f"{about}{counted(max(context - size, 0), 'token')}"))
    return rows


def of_chat(exchanges: Sequence[Exchange]) -> list[tuple[str, str]]:
    """Names and values of a whole conversation; what some answers lack is said."""
    tokens = [exchange.usage.completion_tokens for exchange in exchanges]
    times = [exchange.total_s for exchange in exchanges]
    known = [count for count in tokens if count is not None]
    took = [seconds for seconds in times if seconds is not None]
    return [
        ("turns", f"{len(exchanges):,}"),
        ("answers", f"{counted(sum(known), 'token')}{_of(len(known), len(exchanges), 'counted')}"),
        ("answering", f"{sum(took):.1f} s {OURS}{_of(len(took), len(exchanges), 'timed')}"),
    ]


def _of(known: int, of: int, what: str) -> str:
    return "" if known == of else f" ({known} of {of} {what})"


def _time(seconds: float | None) -> str:
    return "unknown" if seconds is None else f"{seconds:.2f} s {OURS}"


def _speed(exchange: Exchange) -> str:
    if exchange.tokens_per_s is None:
        return "unknown"
    whose = OURS if exchange.tokens_per_s == _own_rate(exchange) else ENGINES
    return f"{exchange.tokens_per_s:.1f} tokens a second after the first, {whose}"


def _own_rate(exchange: Exchange) -> float | None:
    """What ``chat.turn.decode_rate`` gives without an engine's figure."""
    tokens, ttft_s, total_s = exchange.usage.completion_tokens, exchange.ttft_s, exchange.total_s
    if tokens is None or tokens < 2 or ttft_s is None or total_s is None or total_s <= ttft_s:
        return None
    return (tokens - 1) / (total_s - ttft_s)
