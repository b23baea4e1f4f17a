import dataclasses

import pytest

from axchat.engines.scripted import CAPABILITIES, ScriptedEngine
from axchat.errors import UsageError
from axchat.messages import Message, Role
from axchat.repl.attachments import attach_text, compose
from axchat.repl.builtins import TABLE
from support.recording_chat import RecordingChat


def test_new_forgets() -> None:
    """After /new the conversation is empty, the system prompt stays, and a new one is recorded."""
    chat = RecordingChat(("q", "a"))
    chat.conversation.system = "be brief"
    TABLE.run(chat, "new", "")
    assert chat.conversation.is_empty
    assert chat.conversation.system == "be brief"
    TABLE.run(chat, "new", "")
    assert chat.told == ["new conversation; the model sees nothing of the old one", "nothing was said yet"]
    assert chat.recorder.changes == [("start_new", "be brief")] * 2


def test_the_system_prompt_is_shown_set_and_removed() -> None:
    """Each tells what is the case now."""
    chat = RecordingChat()
    for argument in ("", "be brief", "", "off", "off"):
        TABLE.run(chat, "system", argument)
    assert chat.told == [
        "there is no system prompt",
        "the system prompt holds from the next message on",
        "be brief",
        "the system prompt is gone",
        "there is no system prompt",
    ]
    assert chat.conversation.system is None
    assert chat.recorder.changes == [("set_system", prompt) for prompt in ("be brief", None, None)]


def test_an_engine_without_system_prompts_gets_none() -> None:
    """It is refused before the next message is; one from before can be removed."""
    fixed = ScriptedEngine([["a"]], capabilities=dataclasses.replace(CAPABILITIES, system=False))
    chat = RecordingChat(engine=fixed)
    with pytest.raises(UsageError, match="cannot take a system prompt"):
        TABLE.run(chat, "system", "be brief")
    assert chat.conversation.system is None
    chat.conversation.system = "from before"
    TABLE.run(chat, "system", "off")
    assert chat.conversation.system is None


def test_retry_asks_the_same_again() -> None:
    """In place of the last exchange, which the model is not sent."""
    chat = RecordingChat(("q", "a"), ("r", "b"))
    last = chat.conversation.exchanges[-1]
    TABLE.run(chat, "retry", "")
    assert chat.said == [(last.user, last)]
    assert [one.answer for one in chat.conversation.exchanges] == ["a", "answer"]


def test_edit_puts_the_message_on_the_input_line() -> None:
    """With what was attached to it; nothing is taken out before it is sent."""
    chat = RecordingChat(("q", "a"))
    file = attach_text("a.txt", "text")
    asked = compose([file, Message(Role.USER, "", ("/i.png",))], "what is this?")
    chat.conversation.ask(asked)
    chat.conversation.answer(dataclasses.replace(chat.conversation.exchanges[0], user=asked))
    chat.attached.append(Message(Role.USER, "", ("/new.png",)))
    for _ in range(2):
        TABLE.run(chat, "edit", "")
    assert chat.display.drafts[-1] == "what is this?"
    assert chat.replaces is chat.conversation.exchanges[-1]
    assert len(chat.conversation.exchanges) == 2
    assert chat.attached == [file, *(Message(Role.USER, "", (image,)) for image in ("/i.png", "/new.png"))]


def test_an_edit_can_be_given_up() -> None:
    """What it attached is taken back, what was attached before it is not."""
    chat = RecordingChat()
    asked = compose([attach_text("a.txt", "text")], "what?")
    chat.conversation.ask(asked)
    chat.conversation.answer(
        dataclasses.replace(RecordingChat(("", "a")).conversation.exchanges[0], user=asked)
    )
    before = Message(Role.USER, "", ("/new.png",))
    chat.attached.append(before)
    TABLE.run(chat, "edit", "")
    TABLE.run(chat, "edit", "off")
    assert chat.replaces is None
    assert chat.attached == [before]
    assert chat.told[-1] == "the last message stays as it is"
    TABLE.run(chat, "edit", "off")
    assert chat.told[-1] == "nothing was being edited"


def test_undo_takes_exchanges_back() -> None:
    """One, or so many; each is named by the first words that were typed."""
    chat = RecordingChat(("q", "a"), ("r", "b"), (compose([attach_text("a", "b")], "s").text, "c"))
    TABLE.run(chat, "undo", "")
    assert [one.answer for one in chat.conversation.exchanges] == ["a", "b"]
    TABLE.run(chat, "undo", "2")
    assert chat.conversation.is_empty
    assert chat.told == ["taken back: s", "taken back: r", "taken back: q"]
    assert chat.recorder.changes == [("undo",)] * 3


def test_undo_tells_that_a_summary_went() -> None:
    """What it stood for is sent again."""
    chat = RecordingChat(("q", "a"), ("r", "b"), ("s", "c"))
    chat.conversation.leave_out(2, "we met")
    TABLE.run(chat, "undo", "2")
    assert len(chat.conversation.seen) == 1
    assert "the summary went with it" in chat.told[-1]


@pytest.mark.parametrize("name", ["retry", "edit", "undo"])
def test_there_is_no_last_exchange_at_first(name: str) -> None:
    """One line says so, and nothing is done."""
    chat = RecordingChat()
    with pytest.raises(UsageError, match="nothing was said yet"):
        TABLE.run(chat, name, "")
    assert not chat.said
    assert not chat.display.drafts


@pytest.mark.parametrize(
    ("name", "argument", "words"),
    [
        ("undo", "3", "only 2"),
        ("undo", "all", "a number"),
        ("undo", "0", "a number"),
        ("edit", "it", "no text"),
    ],
)
def test_a_wrong_argument_takes_nothing_back(name: str, argument: str, words: str) -> None:
    """The conversation is as it was."""
    chat = RecordingChat(("q", "a"), ("r", "b"))
    with pytest.raises(UsageError, match=words):
        TABLE.run(chat, name, argument)
    assert len(chat.conversation.exchanges) == 2
