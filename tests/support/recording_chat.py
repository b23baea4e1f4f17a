"""What slash commands work on, without a terminal."""

from axchat.chat.conversation import Conversation
from axchat.repl.commands import Chat


class RecordingChat(Chat):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.conversation = Conversation()
        self.is_over = False
        self.told: list[str] = []

    def tell(self, text: str) -> None:
        """Keep it."""
        self.told.append(text)
