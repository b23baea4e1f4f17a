"""The line below the input: what of it fits; pure."""

from axchat.repl.display import Bar

GAP = "  "
SHORTEST_MODEL = 8
"""Characters of a model's name that are left on a narrow screen."""


BUSY = "Ctrl-C stops"
"""Said while the chat is at work."""


def toolbar(bar: Bar, columns: int, *, is_busy: bool = False) -> str:
    """One line of at most ``columns`` characters; what matters least is left out first."""
    parts = [part for part in [BUSY if is_busy else "", *_parts(bar)] if part]
    model, rest = bar.model, list(parts)
    while rest and len(GAP.join([model[:SHORTEST_MODEL], *rest])) > columns:
        rest.remove(next(part for part in reversed(parts) if part in rest))
    room = columns - len(GAP.join(["", *rest]))
    return GAP.join([_shortened(model, room), *rest])[:columns]


def _parts(bar: Bar) -> list[str]:
    """Most important first."""
    unsaved = f"{bar.unsaved} not saved" if bar.unsaved else ""
    queued = f"{bar.queued} waiting" if bar.queued else ""
    rate = "" if bar.tokens_per_s is None else f"{bar.tokens_per_s:.1f} tok/s"
    celsius = "" if bar.celsius is None else f"{bar.celsius:.0f} °C"
    return [unsaved, _context(bar), queued, rate, celsius, bar.engine]


def _context(bar: Bar) -> str:
    if bar.used_tokens is None:
        return "" if bar.context_tokens is None else f"{bar.context_tokens} tokens"
    about = "" if bar.is_exact else "~"
    if bar.context_tokens is None:
        return f"{about}{bar.used_tokens} tokens"
    # the last token of an answer that fills the context was said, and is not in it
    used = min(bar.used_tokens, bar.context_tokens)
    return f"{about}{used}/{bar.context_tokens} tokens, {bar.context_tokens - used} left"


def _shortened(name: str, room: int) -> str:
    return name if len(name) <= room else name[: max(room - 1, 0)] + "…"
