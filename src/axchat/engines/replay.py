"""How much of a conversation is sent again to a runner that remembers nothing. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from axchat.events import Level, Notice
from axchat.messages import Message, Role

_QUOTED = 40
"""Characters of a dropped message that a notice shows."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What is sent: the messages kept, their prompt's token ids, and the user messages that were dropped."""

    messages: tuple[Message, ...]
    ids: tuple[int, ...]
    dropped: tuple[str, ...] = ()


def fit(
    messages: Sequence[Message],
    encode: Callable[[Sequence[Message]], Sequence[int]],
    budget: int | None,
) -> Replay:
    """The most of a conversation whose prompt has at most ``budget`` tokens; whole oldest turns are dropped.

    A system prompt and the last message always stay: when they alone exceed the budget they are returned
    as they are, and whoever checks the context refuses them with the numbers.

    Args:
        messages: system prompt first if there is one, the last one is the question.
        encode: messages to the ids of their prompt; called about log2(turns) times.
        budget: tokens; None for no bound.
    """
    system = tuple(m for m in messages[:1] if m.role is Role.SYSTEM)
    turns = turns_of(messages[len(system) :])
    whole = tuple(encode(messages))
    if budget is None or len(whole) <= budget or len(turns) < 2:
        return Replay(tuple(messages), whole)
    low, high = 1, len(turns) - 1  # how many oldest turns to drop; dropping more never makes it longer
    while low < high:
        middle = (low + high) // 2
        if len(encode(_without(system, turns, middle))) <= budget:
            high = middle
        else:
            low = middle + 1
    kept = _without(system, turns, low)
    dropped = tuple(m.text for turn in turns[:low] for m in turn if m.role is Role.USER)
    return Replay(kept, tuple(encode(kept)), dropped)


def without_history(messages: Sequence[Message]) -> Sequence[Message]:
    """The system prompt, if there is one, and the last message."""
    system = tuple(m for m in messages[:1] if m.role is Role.SYSTEM)
    return (*system, *messages[-1:])


def dropped_notice(texts: Sequence[str]) -> Notice:
    """What to tell of the user messages that were dropped, at least one."""
    first = texts[0].replace("\n", " ")
    shown = first if len(first) <= _QUOTED else first[: _QUOTED - 1] + "…"
    count = "the oldest turn is" if len(texts) == 1 else f"the {len(texts)} oldest turns are"
    more = "" if len(texts) == 1 else " first"
    return Notice(f"{count} not sent again, to fit the context:{more} {shown!r}", Level.WARNING)


def turns_of(messages: Sequence[Message]) -> list[tuple[Message, ...]]:
    """Messages grouped into turns; each begins with a user message."""
    turns: list[tuple[Message, ...]] = []
    for message in messages:
        if message.role is Role.USER or not turns:
            turns.append((message,))
        else:
            turns[-1] = (*turns[-1], message)
    return turns


def _without(
    system: tuple[Message, ...], turns: Sequence[tuple[Message, ...]], count: int
) -> tuple[Message, ...]:
    return system + tuple(message for turn in turns[count:] for message in turn)
