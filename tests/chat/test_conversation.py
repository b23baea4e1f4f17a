import pytest

from axchat.chat.conversation import Conversation
from axchat.engines.base import Capabilities
from axchat.messages import Message, Role


def talk(system: str | None = None) -> Conversation:
    """One exchange and a second question."""
    conversation = Conversation(system)
    conversation.add_user("one")
    conversation.add_assistant("first")
    conversation.add_user("two")
    return conversation


def test_messages_are_kept_in_order() -> None:
    """The system prompt comes first, then who said what."""
    assert talk("be brief").messages == (
        Message(Role.SYSTEM, "be brief"),
        Message(Role.USER, "one"),
        Message(Role.ASSISTANT, "first"),
        Message(Role.USER, "two"),
    )


def test_an_engine_with_history_gets_all() -> None:
    """Everything is sent to an engine that takes earlier turns."""
    conversation = talk("be brief")
    assert conversation.messages_for(Capabilities()) == conversation.messages


@pytest.mark.parametrize("system", [None, "be brief"])
def test_an_engine_without_history_gets_the_last_message(system: str | None) -> None:
    """Only the system prompt and the last user message are sent."""
    sent = talk(system).messages_for(Capabilities(history=False))
    assert [message.text for message in sent] == [text for text in (system, "two") if text]


def test_a_withdrawn_message_is_never_sent() -> None:
    """A message that got no answer leaves no trace."""
    conversation = talk()
    conversation.withdraw()
    assert [message.text for message in conversation.messages] == ["one", "first"]
    with pytest.raises(RuntimeError):
        conversation.withdraw()


def test_clear_keeps_the_system_prompt() -> None:
    """A new conversation has the same system prompt and nothing else."""
    conversation = talk("be brief")
    assert not conversation.is_empty
    conversation.clear()
    assert conversation.is_empty
    assert conversation.messages == (Message(Role.SYSTEM, "be brief"),)


def test_user_and_assistant_alternate() -> None:
    """Two users or two assistants in a row are a mistake of the caller, as is an answer to nothing."""
    conversation = Conversation()
    with pytest.raises(RuntimeError):
        conversation.add_assistant("x")
    conversation.add_user("a")
    with pytest.raises(RuntimeError):
        conversation.add_user("b")
