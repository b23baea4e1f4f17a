import dataclasses
from collections.abc import Sequence

import pytest

from axchat.deadline import NEVER
from axchat.engines.scripted import CAPABILITIES, ScriptedEngine
from axchat.errors import DeviceFailed
from axchat.messages import Message
from axchat.repl.compaction import compact
from support.recording_chat import RecordingChat


def loaded(context_tokens: int) -> ScriptedEngine:
    """An engine that counts one token per word, and has so many."""
    able = dataclasses.replace(CAPABILITIES, context_tokens=context_tokens)
    engine = ScriptedEngine([["a"]], capabilities=able)
    list(engine.start(NEVER))
    return engine


def chat_of(turns: int, *, context_tokens: int = 1000, words: int = 20) -> RecordingChat:
    """A chat of turns with so many words each."""
    said = [(f"q{number} " * words, f"a{number}") for number in range(turns)]
    return RecordingChat(*said, engine=loaded(context_tokens))


def test_the_oldest_are_summed_up() -> None:
    """In one request where it holds them all; those that stay are not in it."""
    chat = chat_of(3)
    assert compact(chat, 2)
    [[order]] = chat.dictated
    assert "q0" in order.text
    assert "q1" in order.text
    assert "q2" not in order.text
    assert (chat.conversation.unseen, chat.conversation.summary) == (2, "in short")
    assert chat.recorder.changes == [("leave_out", 2, "in short")]


def test_a_small_context_takes_parts() -> None:
    """Each builds on the summary before it, and each turn is in one of them."""
    chat = chat_of(6, context_tokens=120)
    summaries = ["first", "second", "third", "fourth", "fifth"]

    def dictate(messages: Sequence[Message]) -> str:
        chat.dictated.append(tuple(messages))
        return summaries[len(chat.dictated) - 1]

    chat.dictate = dictate  # type: ignore[method-assign]
    assert compact(chat, 5)
    assert len(chat.dictated) > 1
    assert "first" in chat.dictated[1][0].text
    assert all(any(f"q{n}" in order.text for [order] in chat.dictated) for n in range(5))
    assert chat.conversation.summary == summaries[len(chat.dictated) - 1]


def test_what_was_summed_up_before_stays_in_the_summary() -> None:
    """Only what is new is read again."""
    chat = chat_of(4)
    chat.conversation.leave_out(1, "we met")
    assert compact(chat, 3)
    [[order]] = chat.dictated
    assert "we met" in order.text
    assert "q0" not in order.text


@pytest.mark.parametrize("dictation", [None, " \n", "<think>only thought"])
def test_without_a_whole_summary_nothing_changes(dictation: str | None) -> None:
    """Cut, empty, or nothing but thoughts."""
    chat = chat_of(3)
    chat.dictation = dictation
    assert not compact(chat, 2)
    assert (chat.conversation.unseen, chat.conversation.summary) == (0, None)
    assert chat.recorder.changes == []
    assert chat.told[-1] == "there is no whole summary; nothing was changed"


def test_a_failure_changes_nothing() -> None:
    """Also one after the first part."""
    chat = chat_of(6, context_tokens=120)

    def dictate(messages: Sequence[Message]) -> str:
        chat.dictated.append(tuple(messages))
        if len(chat.dictated) > 1:
            raise DeviceFailed("dead")
        return "first"

    chat.dictate = dictate  # type: ignore[method-assign]
    with pytest.raises(DeviceFailed):
        compact(chat, 5)
    assert (chat.conversation.unseen, chat.conversation.summary) == (0, None)
    assert chat.recorder.changes == []


def test_a_context_too_small_for_a_summary_is_told() -> None:
    """Nothing is asked of the model."""
    chat = chat_of(2, context_tokens=5)
    assert not compact(chat, 1)
    assert not chat.dictated
    assert "not even one turn fits" in chat.told[-1]


def test_a_message_that_is_too_long_is_summed_up_in_part() -> None:
    """And the user is told."""
    chat = chat_of(2, context_tokens=200, words=400)
    assert compact(chat, 1)
    assert "too long for the context" in chat.told[0]
