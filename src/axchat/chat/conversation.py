"""What was said so far, and what of it an engine can be sent; pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from axchat.engines.base import Capabilities
from axchat.events import FinishReason, Usage
from axchat.messages import Message, Role

SUMMARY_INTRODUCTION = "What was said earlier in this conversation, in short:"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One finished turn: what was asked, what was said, how it ended.

    Attributes:
        answer: byte for byte what the model said, thoughts included; surrogates are no UTF-8.
        ttft_s: seconds from the request to the first text, by axchat's clock.
        total_s: seconds from the request to its end, by axchat's clock.
        tokens_per_s: the decode rate; the engine's own figure where it has one.
        at: when it ended, unix seconds.
    """

    user: Message
    answer: str
    reason: FinishReason
    model: str = ""
    engine: str = ""
    usage: Usage = field(default_factory=Usage)
    ttft_s: float | None = None
    total_s: float | None = None
    tokens_per_s: float | None = None
    at: float = 0.0

    @property
    def messages(self) -> tuple[Message, Message]:
        """Both sides of it."""
        return self.user, Message(Role.ASSISTANT, self.answer)


class Conversation:
    """Exchanges in turn, and at most one message that waits for its answer.

    Attributes:
        system: the system prompt; kept by ``clear``.
        unseen: how many of the oldest exchanges the model is not sent any more.
        summary: what stands for the unseen ones, None if nothing does.
    """

    def __init__(
        self,
        system: str | None = None,
        exchanges: Iterable[Exchange] = (),
        *,
        unseen: int = 0,
        summary: str | None = None,
    ) -> None:
        self.system = system
        self.unseen = unseen
        self.summary = summary
        self._exchanges = list(exchanges)
        self._asked: Message | None = None

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """All that was said, oldest first, the unseen included."""
        return tuple(self._exchanges)

    @property
    def seen(self) -> tuple[Exchange, ...]:
        """What the model is still sent."""
        return tuple(self._exchanges[self.unseen :])

    @property
    def is_empty(self) -> bool:
        """Whether nobody has said anything yet."""
        return not self._exchanges and self._asked is None

    def ask(self, message: Message) -> None:
        """What the user says; ``answer`` or ``withdraw`` it before the next."""
        if self._asked is not None:
            raise RuntimeError("the last user message has no answer yet: answer or withdraw it")
        self._asked = message

    def answer(self, exchange: Exchange) -> None:
        """The message that waited is answered, whole or as far as it came."""
        if self._asked is None:
            raise RuntimeError("there is no user message to answer")
        self._exchanges.append(exchange)
        self._asked = None

    def withdraw(self) -> Message:
        """Take the unanswered message back: the model must not see it again."""
        asked, self._asked = self._asked, None
        if asked is None:
            raise RuntimeError("there is no unanswered user message")
        return asked

    def undo(self) -> Exchange | None:
        """Take the last exchange back; None if there is none.

        If it was one of those left out, the others are sent again: nothing stands for them any more.
        """
        if not self._exchanges:
            return None
        taken = self._exchanges.pop()
        if self.unseen > len(self._exchanges):
            self.unseen, self.summary = 0, None
        return taken

    def put_back(self, exchange: Exchange) -> None:
        """What ``undo`` took."""
        self._exchanges.append(exchange)

    def leave_out(self, count: int, summary: str | None = None) -> tuple[Exchange, ...]:
        """The model is not sent the ``count`` oldest exchanges any more; gives those it saw until now.

        Args:
            count: of all exchanges, those left out before included.
            summary: what is sent instead of all of them.
        """
        left_out = self._exchanges[self.unseen : count]
        self.unseen = min(count, len(self._exchanges))
        if summary is not None:
            self.summary = summary
        return tuple(left_out)

    def clear(self) -> None:
        """Forget everything but the system prompt."""
        self._exchanges.clear()
        self._asked = None
        self.unseen, self.summary = 0, None

    def messages_for(self, capabilities: Capabilities) -> tuple[Message, ...]:
        """What to send: all that is seen, or for an engine without history only the message that waits.

        A system prompt is always included, so that an engine that cannot take one refuses it. A summary goes
        with it, or in front of the first message where the engine takes none.
        """
        said = [message for exchange in self.seen for message in exchange.messages]
        if not capabilities.history:
            said = []
        if self._asked is not None:
            said.append(self._asked)
        system = self.system
        if self.summary is not None and capabilities.history:
            told = f"{SUMMARY_INTRODUCTION}\n{self.summary}"
            if capabilities.system:
                system = told if system is None else f"{system}\n\n{told}"
            elif said:
                first = said[0]
                said[0] = Message(first.role, f"{told}\n\n{first.text}", first.images)
        return (*(() if system is None else (Message(Role.SYSTEM, system),)), *said)
