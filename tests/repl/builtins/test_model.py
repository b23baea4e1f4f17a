import dataclasses
from collections.abc import Iterator

import pytest

from axchat.deadline import Deadline
from axchat.engines.base import Capabilities
from axchat.engines.scripted import ScriptedEngine
from axchat.errors import DeviceFailed, ModelError, UsageError
from axchat.events import Event
from axchat.messages import Message, Role, Sampling
from axchat.repl.builtins import TABLE
from support.recording_chat import RecordingChat, exchange


def test_model_tells_what_answers_and_what_could() -> None:
    """Name and engine, and the names there are, not all of a long list."""
    chat = RecordingChat(models=lambda: [f"m{number}" for number in range(25)])
    TABLE.run(chat, "model", "")
    assert chat.told[0] == "scripted (scripted)"
    assert "m19 and 5 more" in chat.told[1]


def test_another_model_goes_on_with_the_conversation() -> None:
    """What was said stays; values that the other engine would refuse are left to it, and named."""
    plain = ScriptedEngine([["a"]], model="other", capabilities=Capabilities())
    chat = RecordingChat(("q", "a"), open_model={"other": plain}.__getitem__)
    chat.sampling = Sampling(seed=1, max_tokens=2)
    chat.think = True
    chat.attached.append(Message(Role.USER, "", ("/i.png",)))
    TABLE.run(chat, "model", "other")
    assert chat.engine is plain
    assert len(chat.conversation.exchanges) == 1
    assert chat.sampling == Sampling()
    assert chat.think is None
    assert chat.told == [
        "now talking with other (scripted)",
        "the scripted engine cannot set max_tokens, seed, think: left to the model",
        "it cannot take the attached images; /image clear takes them back",
    ]


def test_what_the_other_engine_cannot_take_stands_in_its_way() -> None:
    """A system prompt or images would be refused with every message: nothing is loaded."""
    blind = ScriptedEngine([["a"]], capabilities=Capabilities(system=False))
    chat = RecordingChat(open_model=lambda _name: blind)
    before = chat.engine
    chat.conversation.system = "be brief"
    with pytest.raises(UsageError, match="cannot take the system prompt"):
        TABLE.run(chat, "model", "x")
    chat.conversation.system = None
    asked = Message(Role.USER, "what?", ("/i.png",))
    chat.conversation.ask(asked)
    chat.conversation.answer(dataclasses.replace(exchange("", "a"), user=asked))
    with pytest.raises(UsageError, match="the images of 1 message"):
        TABLE.run(chat, "model", "x")
    assert chat.engine is before


class HeldEngine(ScriptedEngine):
    """Can anything until its model is loaded, as one in the holder: then it is known what."""

    def start(self, deadline: Deadline) -> Iterator[Event]:
        """Load, and know."""
        yield from super().start(deadline)
        self.capabilities = Capabilities(system=False)


def held() -> HeldEngine:
    """One that is not loaded."""
    able = Capabilities(sampling=frozenset({"max_tokens", "seed"}), images=True, think=True)
    return HeldEngine([["a"]], model="other", capabilities=able)


def test_what_is_known_of_a_model_once_it_is_loaded_counts() -> None:
    """Its values are left to it, and named; what stands in its way is told with the chat's own way out."""
    chat = RecordingChat(open_model=lambda _name: held())
    before = chat.engine
    chat.sampling, chat.think = Sampling(seed=1, max_tokens=2), True
    chat.conversation.system = "be brief"
    with pytest.raises(UsageError, match="cannot take the system prompt") as caught:
        TABLE.run(chat, "model", "other")
    assert caught.value.hint == "/system off removes it"
    assert (chat.engine, chat.sampling) == (before, Sampling(seed=1, max_tokens=2))
    chat.conversation.system = None
    chat.attached.append(Message(Role.USER, "", ("/i.png",)))
    TABLE.run(chat, "model", "other")
    assert (chat.sampling, chat.think) == (Sampling(), None)
    assert chat.told == [
        "now talking with other (scripted)",
        "the scripted engine cannot set max_tokens, seed, think: left to the model",
        "it cannot take the attached images; /image clear takes them back",
    ]


def test_a_model_that_does_not_start_leaves_the_settings() -> None:
    """The old one answers on, with all that was set for it."""
    chat = RecordingChat(open_model=lambda _name: ScriptedEngine([["a"]], capabilities=Capabilities()))
    chat.sampling, chat.think = Sampling(max_tokens=2), True
    chat.use_fault = DeviceFailed("dead")
    with pytest.raises(DeviceFailed):
        TABLE.run(chat, "model", "x")
    assert (chat.sampling, chat.think) == (Sampling(max_tokens=2), True)


def test_a_model_that_cannot_be_opened_changes_nothing() -> None:
    """The error is the opener's."""

    def refuse(name: str) -> ScriptedEngine:
        raise ModelError(f"no model {name}")

    chat = RecordingChat(open_model=refuse)
    before = chat.engine
    with pytest.raises(ModelError, match="no model x"):
        TABLE.run(chat, "model", "x")
    assert chat.engine is before


def test_a_chat_that_can_open_nothing_says_so() -> None:
    """The command line would."""
    with pytest.raises(UsageError, match="cannot be opened in this chat"):
        TABLE.run(RecordingChat(), "model", "x")


def test_stop_unloads() -> None:
    """What was done is told."""
    chat = RecordingChat(unload=lambda engine: f"{engine.model} is off the card")
    TABLE.run(chat, "stop", "")
    assert chat.told == [f"{chat.engine.model} is off the card"]
    with pytest.raises(UsageError, match="for this chat only"):
        TABLE.run(RecordingChat(), "stop", "")
