"""Before a message that would not fit the context is sent, the user chooses; nothing is cut silently."""

from axchat.chat.fitting import (
    Count,
    DoesNotFit,
    Measured,
    Tokens,
    counting,
    first_words,
    fitting,
    measured,
    used,
)
from axchat.engines.base import Request
from axchat.errors import ContextOverflow
from axchat.messages import Message
from axchat.repl.commands import Chat
from axchat.repl.compaction import compact
from axchat.repl.display import Option
from axchat.repl.extracts import counted

DROP = Option("drop", "the model is not sent the oldest turns any more; they stay in /history")
COMPACT = Option("compact", "the model sums them up first, and is sent the summary")
CANCEL = Option("cancel", "nothing is sent; the message comes back to the input line")


class Room:
    """How full the context is, and what to do when it is too full.

    Args:
        chat: whose conversation it is.
    """

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._last: Measured | None = None

    def learn(self, sent: tuple[Message, ...]) -> None:
        """The last exchange was the answer to these messages: later estimates rest on it."""
        self._last = measured(sent, self._chat.conversation.exchanges[-1]) or self._last

    def used(self) -> Tokens | None:
        """Tokens of the context that the conversation takes, as the last answer told; None while unknown."""
        seen = self._chat.conversation.seen
        tokens = used(seen[-1].usage) if seen else 0
        return None if tokens is None else Tokens(tokens)

    def make(self, message: Message) -> bool:
        """See that a message fits; False if the user will not have it sent.

        Raises:
            ContextOverflow: it does not fit, even alone, or nobody is there to choose.
            AxchatError: the engine's, when it sums up.
        """
        chat = self._chat
        while True:
            able, max_tokens = chat.engine.capabilities, chat.sampling.max_tokens
            found = fitting(chat.conversation, message, able, self._count(), max_tokens)
            if not isinstance(found, DoesNotFit):
                return True
            if found.must_go is None:
                raise _overflow(found, "shorten it, or attach less")
            chosen = self._ask(found, found.must_go)
            if chosen == DROP.name:
                self._drop(found.must_go)
            elif chosen != COMPACT.name or not compact(chat, len(chat.conversation.exchanges)):
                return False

    def _count(self) -> Count:
        def exact(messages: tuple[Message, ...]) -> int | None:
            return self._chat.engine.count(Request(messages, self._chat.sampling, think=self._chat.think))

        return counting(exact, self._last)

    def _ask(self, found: DoesNotFit, must_go: int) -> str | None:
        chat = self._chat
        oldest = chat.conversation.seen[:must_go]
        about = "" if found.tokens.is_exact else "about "
        size = f"with this message the prompt has {about}{found.tokens.count} tokens;"
        limit = f"the model takes {found.limit} with room for an answer"
        must = f"to make room, {counted(must_go, 'turn')} must go:"
        question = "\n".join([size, limit, must, *(f"  - {words}" for words in first_words(oldest))])
        options = [DROP, COMPACT, CANCEL] if chat.engine.capabilities.history else [CANCEL]
        chosen = chat.display.choose(question, options)
        if chosen is None and not chat.display.can_choose:
            raise _overflow(found, "begin a new conversation (/new), or sum this one up (/compact)")
        return chosen

    def _drop(self, must_go: int) -> None:
        chat = self._chat
        count = chat.conversation.unseen + must_go
        dropped = chat.conversation.leave_out(count)
        chat.recorder.leave_out(count, chat.conversation.summary)
        chat.tell(f"the model is not sent {counted(len(dropped), 'turn')} any more:")
        for words in first_words(dropped):
            chat.tell(f"  - {words}")


def _overflow(found: DoesNotFit, hint: str) -> ContextOverflow:
    about = "" if found.tokens.is_exact else "about "
    return ContextOverflow(
        f"the prompt has {about}{found.tokens.count} tokens; this model takes {found.limit} "
        "with room for an answer",
        hint=hint,
        tokens=found.tokens.count,
        limit=found.limit,
    )
