"""Turns and exchanges to store."""

from axchat.chat.conversation import Exchange
from axchat.events import FinishReason
from axchat.messages import Message, Role
from axchat.store.records import StoredTurn
from axchat.store.store import Store


def a_turn(asked: str, answer: str = "answer", **values: object) -> StoredTurn:
    """A turn that was asked so."""
    return StoredTurn(asked, answer, "stop", **values)  # type: ignore[arg-type]


def an_exchange(asked: str, answer: str = "answer", **values: object) -> Exchange:
    """The same, as a chat has it."""
    return Exchange(Message(Role.USER, asked), answer, FinishReason.STOP, **values)  # type: ignore[arg-type]


def asked_in(store: Store, conversation: int) -> list[str]:
    """What was asked in a conversation, oldest first."""
    return [turn.asked for turn in store.load(conversation).turns]
