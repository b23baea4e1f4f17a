"""Whether the next message fits the model's context, and what would have to go; pure."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from axchat.chat.conversation import Conversation, Exchange
from axchat.engines.base import Capabilities
from axchat.events import Usage
from axchat.messages import Message

ANSWER_SHARE = 8
"""Without ``max_tokens`` an answer is left one part in so many of the context: of 1,024 a few sentences."""

ANSWER_TOKENS = 512
"""It is left no more than these: a long context is not for one answer."""

TEMPLATE_TOKENS = 5
"""What a template puts around a message, about: ChatML has two marks, a role and two line ends."""

FIRST_WORDS = 60
"""Characters of a message that stand for it."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A number of tokens, counted or estimated."""

    count: int
    is_exact: bool = True


@dataclass(frozen=True, slots=True)
class Fits:
    """It may be sent; ``left`` tokens of the context are for the answer."""

    tokens: Tokens
    left: int


@dataclass(frozen=True, slots=True)
class DoesNotFit:
    """It may not be sent as it is.

    Attributes:
        tokens: of the prompt.
        limit: how many it may have, with room for the answer.
        must_go: how many of the oldest that are seen have to be left out for the rest to fit (so it is
            ``leave_out(unseen + must_go)``); None where the message does not fit without any.
    """

    tokens: Tokens
    limit: int
    must_go: int | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows the limit, or how long the prompt is."""


Fitting = Fits | DoesNotFit | Unknown

Count = Callable[[tuple[Message, ...]], Tokens | None]
"""The tokens of a prompt; None where nobody can tell."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the last exchange told of this conversation's tokens; later prompts are estimated by it.

    Attributes:
        tokens: of ``messages``, by the engine's own count.
        messages: all that was sent, and the answer behind it.
    """

    tokens: int
    messages: tuple[Message, ...] = field(repr=False)

    def estimate(self, messages: Sequence[Message]) -> Tokens | None:
        """About how many tokens the prompt of these messages has; None with pictures, which have no letters.

        What goes on from the measured messages costs what is new, at the measured tokens a character.
        """
        if any(message.images for message in messages):
            return None
        known = len(self.messages)
        if tuple(messages[:known]) == self.messages:
            return Tokens(self.tokens + self._about(messages[known:]), is_exact=False)
        return Tokens(self._about(messages), is_exact=False)

    def _about(self, messages: Sequence[Message]) -> int:
        around = TEMPLATE_TOKENS * len(self.messages)
        per_character = max(self.tokens - around, 1) / max(_characters(self.messages), 1)
        return math.ceil(per_character * _characters(messages)) + TEMPLATE_TOKENS * len(messages)


def measured(sent: Sequence[Message], exchange: Exchange) -> Measured | None:
    """What an exchange tells; None where its engine does not count exactly, and with pictures.

    Args:
        sent: the messages of its request.
        exchange: its end.
    """
    tokens = used(exchange.usage)
    if tokens is None or not sent or any(message.images for message in sent):
        return None
    return Measured(tokens, (*sent, exchange.messages[1]))


def used(usage: Usage) -> int | None:
    """Tokens of the context that are in use after an answer; None where they were not counted."""
    if usage.prompt_tokens is None or usage.completion_tokens is None:
        return None
    return usage.prompt_tokens + usage.completion_tokens


def counting(exact: Callable[[tuple[Message, ...]], int | None], last: Measured | None) -> Count:
    """Counts exactly where the engine does, else estimates by the last exchange.

    Args:
        exact: the engine's count of a prompt.
        last: what is known of this conversation; None before its first answer.
    """

    def count(messages: tuple[Message, ...]) -> Tokens | None:
        tokens = exact(messages)
        if tokens is not None:
            return Tokens(tokens)
        return None if last is None else last.estimate(messages)

    return count


def prompt_limit(able: Capabilities, max_tokens: int | None) -> int | None:
    """Tokens that a prompt may have so that an answer of ``max_tokens`` fits behind it; None where unknown.

    A ``max_tokens`` of the whole context or more means "as many as there is room for".
    """
    limits = [] if able.prompt_tokens_max is None else [able.prompt_tokens_max]
    if able.context_tokens is not None:
        reserve = min(able.context_tokens // ANSWER_SHARE, ANSWER_TOKENS)
        if max_tokens is not None and max_tokens < able.context_tokens:
            reserve = max_tokens
        limits.append(able.context_tokens - reserve)
    return min(limits, default=None)


def fitting(
    conversation: Conversation, message: Message, able: Capabilities, count: Count, max_tokens: int | None
) -> Fitting:
    """Whether a message can be sent with all that is seen of the conversation; changes nothing.

    Args:
        conversation: nobody waits for an answer in it.
        message: that is to be sent.
        able: of the engine, its model loaded.
        count: asked about log2(exchanges) times.
        max_tokens: of the answer, where that was chosen.
    """
    prompt = prompt_without(conversation, 0, message, able)
    limit = prompt_limit(able, max_tokens)
    whole = None if limit is None else count(prompt)
    if limit is None or whole is None:
        return Unknown()
    if whole.count <= limit:
        return Fits(whole, (able.context_tokens or limit) - whole.count)
    by_this = Measured(whole.count, prompt)

    def fits(left_out: int) -> bool:
        messages = prompt_without(conversation, left_out, message, able)
        tokens = count(messages) or by_this.estimate(messages)
        return tokens is not None and tokens.count <= limit

    most = len(conversation.seen) if able.history else 0
    return DoesNotFit(whole, limit, _fewest(most, fits))


def _fewest(most: int, fits: Callable[[int], bool]) -> int | None:
    """The smallest number from 1 to ``most`` that fits; None where none does."""
    if not most or not fits(most):
        return None
    low, high = 1, most  # leaving out more never makes it longer
    while low < high:
        middle = (low + high) // 2
        if fits(middle):
            high = middle
        else:
            low = middle + 1
    return low


def prompt_without(
    conversation: Conversation, left_out: int, message: Message, able: Capabilities
) -> tuple[Message, ...]:
    """What would be sent with a message if the oldest ``left_out`` seen exchanges were not."""
    shorter = Conversation(
        conversation.system,
        conversation.exchanges,
        unseen=conversation.unseen + left_out,
        summary=conversation.summary,
    )
    shorter.ask(message)
    return shorter.messages_for(able)


def first_words(exchanges: Sequence[Exchange]) -> tuple[str, ...]:
    """One line for each exchange: how its question begins. Not filtered for a terminal."""
    return tuple(_shortened(exchange.user.text) for exchange in exchanges)


def _shortened(text: str) -> str:
    line = " ".join(text[: 4 * FIRST_WORDS].split())
    return line if len(line) <= FIRST_WORDS else line[: FIRST_WORDS - 1].rstrip() + "…"


def _characters(messages: Sequence[Message]) -> int:
    return sum(len(message.text) for message in messages)
