"""Sums up the oldest turns of a chat by its model, so that they take less of its context."""

from axchat.chat.compacting import next_part, summary_of
from axchat.chat.fitting import prompt_limit
from axchat.engines.base import Request
from axchat.messages import Message
from axchat.repl.commands import Chat
from axchat.repl.extracts import counted


def compact(chat: Chat, count: int) -> bool:
    """Send a summary instead of the ``count`` oldest exchanges from now on; whether that was done.

    The summary is the model's, and is shown as it comes, in several parts where one request cannot hold all
    that is to be summed up. When a part is cut or empty, or fails, the conversation is as it was before. The
    exchanges themselves stay in the conversation and in the store in any case.

    Args:
        chat: nothing waits for an answer in it.
        count: of all exchanges, those left out before included; more than those.

    Raises:
        AxchatError: the engine's.
    """
    conversation, summary = chat.conversation, chat.conversation.summary
    rest = conversation.exchanges[conversation.unseen : count]
    while rest:
        part = next_part(rest, summary, lambda messages: _fits(chat, messages))
        if part is None:
            chat.tell("not even one turn fits the context to be summed up; nothing was changed")
            return False
        if part.is_cut:
            chat.tell("a message is too long for the context: its beginning and its end are summed up")
        chat.tell(f"summing up {counted(part.taken, 'turn')}")
        answer = chat.dictate(part.messages)
        summary = None if answer is None else summary_of(answer)
        if summary is None:
            chat.tell("there is no whole summary; nothing was changed")
            return False
        rest = rest[part.taken :]
    conversation.leave_out(count, summary)
    chat.recorder.leave_out(count, summary)
    return True


def _fits(chat: Chat, messages: tuple[Message, ...]) -> bool:
    """Where nobody can tell, it is tried."""
    limit = prompt_limit(chat.engine.capabilities, None)
    tokens = chat.engine.count(Request(messages, chat.sampling, think=chat.think))
    return limit is None or tokens is None or tokens <= limit
