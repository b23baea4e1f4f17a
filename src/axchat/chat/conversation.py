"""What was said so far, and what of it an engine can be sent; pure."""

from axchat.engines.base import Capabilities
from axchat.messages import Message, Role


class Conversation:
    """Messages in turn: the system prompt if there is one, then user and assistant alternating.

    Args:
        system: the system prompt; kept by ``clear``.
    """

    def __init__(self, system: str | None = None) -> None:
        self._system = () if system is None else (Message(Role.SYSTEM, system),)
        self._turns: list[Message] = []

    @property
    def messages(self) -> tuple[Message, ...]:
        """All of it, in order."""
        return (*self._system, *self._turns)

    @property
    def is_empty(self) -> bool:
        """Whether nobody has said anything yet."""
        return not self._turns

    def add_user(self, text: str) -> None:
        """What the user says; add the answer, or ``withdraw`` it, before the next."""
        if self._turns and self._turns[-1].role is Role.USER:
            raise RuntimeError("the last user message has no answer yet: add it or withdraw the message")
        self._turns.append(Message(Role.USER, text))

    def add_assistant(self, text: str) -> None:
        """The answer to the last user message, whole or as far as it came."""
        if not self._turns or self._turns[-1].role is not Role.USER:
            raise RuntimeError("there is no user message to answer")
        self._turns.append(Message(Role.ASSISTANT, text))

    def withdraw(self) -> None:
        """Take the last user message back: it was never answered, and the model must not see it again."""
        if not self._turns or self._turns[-1].role is not Role.USER:
            raise RuntimeError("there is no unanswered user message")
        self._turns.pop()

    def clear(self) -> None:
        """Forget everything but the system prompt."""
        self._turns.clear()

    def messages_for(self, capabilities: Capabilities) -> tuple[Message, ...]:
        """What to send: all of it, or for an engine without history only the last message.

        A system prompt is always included, so that an engine that cannot take one refuses it.
        """
        if capabilities.history:
            return self.messages
        return (*self._system, *self._turns[-1:])
