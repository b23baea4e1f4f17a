"""A summary of earlier exchanges by the model itself: how it is asked for, in parts that fit; pure.

Each part is one user message that holds what was said as text: engines without a system prompt take it, and
nothing in it can be taken for a turn. A part begins with the summary of the parts before it. The summary goes
back by ``Conversation.leave_out``, which puts it into the system prompt, or before the first message where
there is none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from axchat.chat.conversation import Exchange
from axchat.messages import Message, Role
from axchat.wire.thinking import ThinkingSplitter

ORDER = (
    "Write a short summary of the conversation below, for somebody who goes on with it. Keep names, numbers, "
    "decisions, code that matters and open questions. Use the language of the conversation. "
    "Write the summary only."
)

EARLIER = "Summary of what came before:"
CUT = "[…]"
"""Stands where a message was too long to be summed up whole."""

_SHORTEST = 64
"""Characters of a message that are tried last; a context that does not hold these holds no summary either."""


@dataclass(frozen=True, slots=True)
class Part:
    """One request for a summary.

    Attributes:
        messages: to send.
        taken: how many of the exchanges it covers.
        is_cut: a message in it was too long, and only its beginning and end are summed up: tell the user.
    """

    messages: tuple[Message, ...]
    taken: int
    is_cut: bool = False


def next_part(
    exchanges: Sequence[Exchange], summary: str | None, fits: Callable[[tuple[Message, ...]], bool]
) -> Part | None:
    """The request that sums up as many of the oldest exchanges as fit; None where no piece of one does.

    Ask again with the rest and the summary that came, until none is left.

    Args:
        exchanges: to be summed up, at least one.
        summary: of what came before them; None if nothing did.
        fits: whether a request can be sent, with room for the answer; asked about log2(exchanges) times.
    """

    def asks(count: int) -> tuple[Message, ...]:
        return _request(summary, [_text(exchange) for exchange in exchanges[:count]])

    low, high = 0, len(exchanges)  # the most that fit
    while low < high:
        middle = (low + high + 1) // 2
        if fits(asks(middle)):
            low = middle
        else:
            high = middle - 1
    return Part(asks(low), low) if low else _cut_part(exchanges[0], summary, fits)


def _cut_part(
    exchange: Exchange, summary: str | None, fits: Callable[[tuple[Message, ...]], bool]
) -> Part | None:
    length = max(map(len, (exchange.user.text, exchange.answer)))
    while length > _SHORTEST:
        length = max(length // 2, _SHORTEST)
        messages = _request(summary, [_text(exchange, length)])
        if fits(messages):
            return Part(messages, 1, is_cut=True)
    return None


def summary_of(answer: str) -> str | None:
    """The summary in a model's answer: what it said, not what it thought; None where it said nothing."""
    return said(answer).strip() or None


def said(answer: str) -> str:
    """An answer without the thought that opens it."""
    splitter = ThinkingSplitter()
    return splitter.receive(answer)[1] + splitter.finish()[1]


def _request(summary: str | None, texts: Sequence[str]) -> tuple[Message, ...]:
    earlier = [] if summary is None else [f"{EARLIER}\n{summary}"]
    return (Message(Role.USER, "\n\n".join([ORDER, *earlier, *texts])),)


def _text(exchange: Exchange, length: int | None = None) -> str:
    return (
        f"User: {_within(exchange.user.text, length)}\n\nAssistant: {_within(said(exchange.answer), length)}"
    )


def _within(text: str, length: int | None) -> str:
    if length is None or len(text) <= length:
        return text
    half = length // 2
    return f"{text[:half]} {CUT} {text[-half:]}"
