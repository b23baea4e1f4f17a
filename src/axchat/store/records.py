"""What is stored, as values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One finished turn.

    Attributes:
        asked: the user's message.
        answer: byte for byte what the model said; surrogates are bytes that were not UTF-8.
        reason: why it ended, as ``FinishReason`` names it.
        images: paths that went with the message.
        at: when it ended, unix seconds.
        number: the store's, growing; 0 before it is stored.
    """

    asked: str
    answer: str
    reason: str
    model: str = ""
    engine: str = ""
    images: tuple[str, ...] = ()
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    ttft_s: float | None = None
    total_s: float | None = None
    tokens_per_s: float | None = None
    at: float = 0.0
    number: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation in a list: ``number`` names it for ever, ``title`` until it is renamed."""

    number: int
    title: str
    turns: int
    model: str
    created: float
    updated: float


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """A whole conversation.

    Attributes:
        turns: those that were neither undone nor answered anew, oldest first.
        unseen: how many of them the model is not sent any more.
        summary: what stands for the unseen ones.
    """

    number: int
    title: str
    system: str | None
    turns: tuple[StoredTurn, ...]
    unseen: int = 0
    summary: str | None = None
    created: float = 0.0
    updated: float = 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """A turn in which a search found its words; ``snippet`` is one line around the first."""

    conversation: int
    title: str
    at: float
    snippet: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a turn was stored; ``is_forked`` if its conversation had gone on elsewhere and this is a copy."""

    conversation: int
    turn: int
    is_forked: bool = False
