import pytest

from axchat.chat.conversation import Exchange
from axchat.events import FinishReason
from axchat.messages import Message, Role
from axchat.repl.builtins import TABLE
from support.recording_chat import RecordingChat


def test_help_names_every_command() -> None:
    """The help is made from the table, so nothing is missing."""
    chat = RecordingChat()
    TABLE.run(chat, "help", "")
    assert all(f"/{name}" in chat.told[0] for name in TABLE.names)
    assert "Ctrl-D" in chat.told[0]


@pytest.mark.parametrize("name", ["quit", "exit"])
def test_quit_ends_the_chat(name: str) -> None:
    """Both names end it."""
    chat = RecordingChat()
    TABLE.run(chat, name, "")
    assert chat.is_over


def test_new_forgets() -> None:
    """After /new the conversation is empty; with nothing said it says so."""
    chat = RecordingChat()
    TABLE.run(chat, "new", "")
    message = Message(Role.USER, "a")
    chat.conversation.ask(message)
    chat.conversation.answer(Exchange(message, "b", FinishReason.STOP))
    TABLE.run(chat, "new", "")
    assert chat.conversation.is_empty
    assert chat.told == ["nothing was said yet", "new conversation; the model sees nothing of the old one"]
