import pytest

from axchat.chat.conversation import SUMMARY_INTRODUCTION, Conversation, Exchange
from axchat.engines.base import Capabilities
from axchat.events import FinishReason
from axchat.messages import Message, Role

WITHOUT_SYSTEM = Capabilities(system=False)


def said(question: str, answer: str) -> Exchange:
    """A finished turn."""
    return Exchange(Message(Role.USER, question), answer, FinishReason.STOP)


def talk(system: str | None = None, exchanges: int = 1) -> Conversation:
    """Some exchanges, and a question that waits."""
    conversation = Conversation(system, [said(f"q{n}", f"a{n}") for n in range(exchanges)])
    conversation.ask(Message(Role.USER, "now"))
    return conversation


def texts(conversation: Conversation, able: Capabilities | None = None) -> list[str]:
    """What would be sent."""
    return [message.text for message in conversation.messages_for(able or Capabilities())]


def test_messages_are_sent_in_order() -> None:
    """The system prompt comes first, then who said what, then what waits."""
    assert talk("be brief").messages_for(Capabilities()) == (
        Message(Role.SYSTEM, "be brief"),
        Message(Role.USER, "q0"),
        Message(Role.ASSISTANT, "a0"),
        Message(Role.USER, "now"),
    )


@pytest.mark.parametrize("system", [None, "be brief"])
def test_an_engine_without_history_gets_the_last_message(system: str | None) -> None:
    """Only the system prompt and the message that waits are sent, whatever was summed up."""
    conversation = talk(system)
    conversation.leave_out(1, "we met")
    assert texts(conversation, Capabilities(history=False)) == [text for text in (system, "now") if text]


def test_a_withdrawn_message_is_never_sent() -> None:
    """A message that got no answer leaves no trace."""
    conversation = talk()
    assert conversation.withdraw().text == "now"
    assert texts(conversation) == ["q0", "a0"]
    with pytest.raises(RuntimeError):
        conversation.withdraw()


def test_an_answer_makes_an_exchange() -> None:
    """What waited is answered, and both sides are sent from then on."""
    conversation = talk()
    conversation.answer(said("now", "then"))
    assert texts(conversation) == ["q0", "a0", "now", "then"]
    with pytest.raises(RuntimeError):
        conversation.answer(said("x", "y"))


def test_one_message_waits_at_a_time() -> None:
    """A second question before the answer is a mistake of the caller."""
    with pytest.raises(RuntimeError):
        talk().ask(Message(Role.USER, "b"))


def test_clear_keeps_the_system_prompt() -> None:
    """A new conversation has the same system prompt and nothing else."""
    conversation = talk("be brief")
    conversation.leave_out(1, "we met")
    assert not conversation.is_empty
    conversation.clear()
    assert conversation.is_empty
    assert texts(conversation) == ["be brief"]


def test_what_is_left_out_stays_in_the_record() -> None:
    """The oldest are not sent any more, and are still there to be shown and exported."""
    conversation = talk(exchanges=3)
    assert [exchange.answer for exchange in conversation.leave_out(1)] == ["a0"]
    assert [exchange.answer for exchange in conversation.leave_out(2)] == ["a1"]
    assert texts(conversation) == ["q2", "a2", "now"]
    assert len(conversation.exchanges) == 3


def test_a_summary_stands_for_what_is_left_out() -> None:
    """It goes with the system prompt, or in front of the first message where the engine takes none."""
    conversation = talk("be brief", exchanges=2)
    conversation.leave_out(1, "we met")
    told = f"{SUMMARY_INTRODUCTION}\nwe met"
    assert texts(conversation) == [f"be brief\n\n{told}", "q1", "a1", "now"]
    conversation.system = None
    assert texts(conversation) == [told, "q1", "a1", "now"]
    assert texts(conversation, WITHOUT_SYSTEM) == [f"{told}\n\nq1", "a1", "now"]


def test_undo_takes_the_last_exchange_and_a_summary_that_covered_it() -> None:
    """What is taken back is not sent again, not even summed up."""
    conversation = Conversation(None, [said("q0", "a0"), said("q1", "a1")])
    conversation.leave_out(1, "we met")
    assert conversation.undo() == said("q1", "a1")
    assert conversation.summary == "we met"
    assert conversation.undo() == said("q0", "a0")
    assert conversation.summary is None
    assert conversation.undo() is None
    assert conversation.is_empty


def test_exchanges_whose_summary_is_taken_back_are_sent_again() -> None:
    """None of them goes out of the model's sight without a word."""
    conversation = Conversation(None, [said("q0", "a0"), said("q1", "a1")])
    conversation.leave_out(2, "we met")
    conversation.undo()
    assert conversation.seen == (said("q0", "a0"),)
