"""Turns and texts as columns of the store, and back; pure."""

import json

from axchat.store.records import StoredTurn

COLUMNS = (
    "asked, answer, reason, model, engine, images, prompt_tokens, completion_tokens, cached_tokens, "
    "ttft_s, total_s, tokens_per_s, at"
)
"""Of a turn, in the order of ``row_of``."""


def row_of(turn: StoredTurn) -> tuple[object, ...]:
    """The columns of a turn."""
    return (
        stored_text(turn.asked),
        stored_text(turn.answer),
        turn.reason,
        shown_text(turn.model),
        shown_text(turn.engine),
        json.dumps(turn.images),
        turn.prompt_tokens,
        turn.completion_tokens,
        turn.cached_tokens,
        turn.ttft_s,
        turn.total_s,
        turn.tokens_per_s,
        turn.at,
    )


def stored_text(text: str | None) -> str | bytes | None:
    """Text as text; one that holds bytes that were not UTF-8 as those bytes."""
    if text is None:
        return None
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape" if _is_escaped(text) else "surrogatepass")
    return text


def _is_escaped(text: str) -> bool:
    return all("\udc80" <= c <= "\udcff" for c in text if "\ud800" <= c <= "\udfff")


def loaded_text(value: str | bytes | None) -> str | None:
    """The text that was stored; bytes that are no UTF-8 are surrogates."""
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value


def shown_text(name: str) -> str:
    """A name that is only shown: a path's bytes that are not UTF-8 become marks."""
    return name.encode("utf-8", "surrogateescape" if _is_escaped(name) else "replace").decode(
        "utf-8", "replace"
    )


def turn_of(row: tuple[object, ...]) -> StoredTurn:
    """The turn in a row of ``COLUMNS`` and its number."""
    asked, answer, reason, model, engine, images, *rest = row
    return StoredTurn(
        loaded_text(asked) or "",  # type: ignore[arg-type]
        loaded_text(answer) or "",  # type: ignore[arg-type]
        str(reason),
        str(model),
        str(engine),
        tuple(json.loads(str(images))),
        *rest,  # type: ignore[arg-type]
    )
