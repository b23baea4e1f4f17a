"""Exchanges as the store keeps them, and back; pure."""

from axchat.chat.conversation import Conversation, Exchange
from axchat.events import FinishReason, Usage
from axchat.messages import Message, Role
from axchat.store.records import StoredConversation, StoredTurn


def as_stored(exchange: Exchange) -> StoredTurn:
    """One exchange, not stored yet."""
    return StoredTurn(
        asked=exchange.user.text,
        answer=exchange.answer,
        reason=str(exchange.reason),
        model=exchange.model,
        engine=exchange.engine,
        images=exchange.user.images,
        prompt_tokens=exchange.usage.prompt_tokens,
        completion_tokens=exchange.usage.completion_tokens,
        cached_tokens=exchange.usage.cached_tokens,
        ttft_s=exchange.ttft_s,
        total_s=exchange.total_s,
        tokens_per_s=exchange.tokens_per_s,
        at=exchange.at,
    )


def as_exchange(turn: StoredTurn) -> Exchange:
    """A stored turn; a reason that this version does not know is ``UNKNOWN``."""
    known = turn.reason in set(FinishReason)
    return Exchange(
        user=Message(Role.USER, turn.asked, turn.images),
        answer=turn.answer,
        reason=FinishReason(turn.reason) if known else FinishReason.UNKNOWN,
        model=turn.model,
        engine=turn.engine,
        usage=Usage(turn.prompt_tokens, turn.completion_tokens, turn.cached_tokens),
        ttft_s=turn.ttft_s,
        total_s=turn.total_s,
        tokens_per_s=turn.tokens_per_s,
        at=turn.at,
    )


def as_conversation(stored: StoredConversation) -> Conversation:
    """A whole conversation, ready to go on."""
    return Conversation(
        stored.system,
        (as_exchange(turn) for turn in stored.turns),
        unseen=stored.unseen,
        summary=stored.summary,
    )
