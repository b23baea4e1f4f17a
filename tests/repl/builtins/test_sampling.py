import dataclasses

import pytest

from axchat.engines.scripted import CAPABILITIES, ScriptedEngine
from axchat.errors import UsageError
from axchat.messages import Sampling
from axchat.repl.builtins import TABLE
from axchat.ui.thoughts import Thoughts
from support.recording_chat import RecordingChat


def chat_with(**capabilities: object) -> RecordingChat:
    """A chat whose engine can do this beside what the scripted one can."""
    able = dataclasses.replace(CAPABILITIES, **capabilities)  # type: ignore[arg-type]
    return RecordingChat(engine=ScriptedEngine([["a"]], capabilities=able))


def test_set_lists_all_values() -> None:
    """Without an argument everything that can be set is told."""
    chat = chat_with()
    TABLE.run(chat, "set", "")
    assert [line.split()[0] for line in chat.told[0].splitlines()] == [
        *("temperature", "top_p", "top_k", "max_tokens", "seed", "stop", "think")
    ]


def test_set_sets_and_says_so() -> None:
    """The value as it is from now on."""
    chat = chat_with()
    TABLE.run(chat, "set", "max_tokens 5")
    TABLE.run(chat, "set", "max-tokens")
    assert chat.sampling == Sampling(max_tokens=5)
    assert [line.split()[:2] for line in chat.told] == [["max_tokens", "5"]] * 2
    TABLE.run(chat, "set", "max_tokens off")
    assert chat.sampling == Sampling()


def test_a_wrong_value_changes_nothing() -> None:
    """Nor does one that the engine cannot honour."""
    chat = chat_with()
    for argument in ("max_tokens many", "seed 1", "heat 3", "think maybe", "think on"):
        with pytest.raises(UsageError):
            TABLE.run(chat, "set", argument)
    assert chat.sampling == Sampling()
    assert chat.think is None


def test_a_value_that_costs_a_load_says_so() -> None:
    """Before the next message is sent."""
    chat = chat_with(reloads=frozenset({"max_tokens"}))
    TABLE.run(chat, "set", "max_tokens 5")
    assert "loads the model again" in chat.told[-1]


def test_thinking_is_asked_for() -> None:
    """Of an engine that can be asked."""
    chat = chat_with(think=True)
    for word, value in (("on", True), ("OFF", False), ("auto", None)):
        TABLE.run(chat, "set", f"think {word}")
        assert chat.think is value
    assert "left to the model" in chat.told[-1]


def test_thoughts_are_shown_as_wished() -> None:
    """A mode by its name; without one the mode is told."""
    chat = chat_with()
    for mode in Thoughts:
        TABLE.run(chat, "think", mode.value)
        assert chat.thoughts is mode
    TABLE.run(chat, "think", "")
    assert chat.told[-1] == f"thoughts: {chat.thoughts}"
    with pytest.raises(UsageError, match="show, hide, off"):
        TABLE.run(chat, "think", "loud")
