import pytest

from axchat.chat.conversation import Conversation
from axchat.chat.fitting import Tokens
from axchat.engines.base import Capabilities, Request
from axchat.engines.scripted import ScriptedEngine
from axchat.errors import ContextOverflow
from axchat.events import Usage
from axchat.messages import Message, Role
from axchat.repl.room import CANCEL, COMPACT, DROP, Room
from support.recording_chat import RecordingChat, exchange

CONTEXT = 160
"""Tokens; an eighth is left for the answer, so a prompt may have 140."""


class CountingEngine(ScriptedEngine):
    """A word is a token, also before it is started."""

    def count(self, request: Request) -> int | None:
        """All words of the prompt."""
        return sum(len(message.text.split()) for message in request.messages)


def chat(turns: int, *choices: str | None) -> RecordingChat:
    """A chat of twenty-word turns, and what the user chooses when asked."""
    engine = CountingEngine([], capabilities=Capabilities(context_tokens=CONTEXT))
    talk = RecordingChat(*[(f"question{n} " + "w " * 9, "a " * 10) for n in range(turns)], engine=engine)
    talk.display.replies = list(choices)
    return talk


def message(words: int) -> Message:
    """That is about to be sent."""
    return Message(Role.USER, "n " * words)


def test_what_fits_is_not_asked_about() -> None:
    """No question where there is room."""
    talk = chat(3)
    assert Room(talk).make(message(20))
    assert talk.told == []


def test_dropping_leaves_out_as_few_as_needed() -> None:
    """The oldest turns are not sent any more, each is named, and the record of them stays."""
    talk = chat(7, DROP.name)
    assert Room(talk).make(message(50))
    assert talk.conversation.unseen == 3
    assert len(talk.conversation.exchanges) == 7
    assert "3 turns must go" in talk.told[0]
    assert talk.told[1:] == [
        "the model is not sent 3 turns any more:",
        "  - question0 w w w w w w w w w",
        "  - question1 w w w w w w w w w",
        "  - question2 w w w w w w w w w",
    ]


def test_a_summary_stands_for_what_is_summed_up() -> None:
    """/compact's way: the model's summary is sent instead, and the message goes."""
    talk = chat(7, COMPACT.name)
    talk.dictation = "short"
    assert Room(talk).make(message(50))
    assert (talk.conversation.unseen, talk.conversation.summary) == (7, "short")


@pytest.mark.parametrize("choice", [CANCEL.name, None])
def test_nothing_is_sent_where_the_user_will_not(choice: str | None) -> None:
    """Cancelled, or Ctrl-C at the question: the conversation is as it was."""
    talk = chat(7, choice)
    assert not Room(talk).make(message(50))
    assert talk.conversation.unseen == 0


def test_a_message_that_is_too_long_alone_is_refused() -> None:
    """No choice would help; the numbers are told."""
    talk = chat(1)
    with pytest.raises(ContextOverflow, match="520 tokens") as error:
        Room(talk).make(message(500))
    assert error.value.hint is not None


def test_where_nobody_can_choose_it_is_an_error() -> None:
    """A script gets status 10 and loses nothing silently."""
    talk = chat(7, None)
    talk.display.can_choose = False
    with pytest.raises(ContextOverflow):
        Room(talk).make(message(50))


def test_used_tokens_are_those_of_the_last_answer() -> None:
    """Nothing is used before the first; where the engine did not count, nobody knows."""
    assert Room(RecordingChat()).used() == Tokens(0)
    assert Room(RecordingChat(("q", "a"))).used() is None
    counted = exchange("q", "a", usage=Usage(prompt_tokens=30, completion_tokens=12))
    talk = RecordingChat()
    talk.conversation = Conversation(exchanges=[counted])
    assert Room(talk).used() == Tokens(42)
