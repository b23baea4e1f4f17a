import json
import time
from pathlib import Path

import pytest

from axchat.chat.conversation import Conversation
from axchat.chat.recorder import NoRecorder
from axchat.engines.base import Capabilities
from axchat.engines.scripted import ScriptedEngine
from axchat.errors import ConversationUnknown, StoreError, UsageError
from axchat.repl.builtins import TABLE
from axchat.repl.builtins.keep import when
from axchat.store.records import Found
from support.recording_chat import RecordingChat, exchange


def kept(*titles: str) -> RecordingChat:
    """A chat among others, each of two exchanges."""
    chat = RecordingChat()
    for title in titles:
        said = [exchange("q", "a"), exchange(f"about {title}", "b")]
        chat.recorder.conversations[title] = Conversation("be brief", said)
    return chat


def test_a_conversation_is_named() -> None:
    """By /save and by /title; both tell what it is called."""
    chat = RecordingChat()
    with pytest.raises(UsageError, match="nothing was said"):
        TABLE.run(chat, "save", "")
    TABLE.run(chat, "title", "")
    TABLE.run(chat, "save", "blue sky")
    TABLE.run(chat, "title", "")
    TABLE.run(chat, "title", "red sky")
    TABLE.run(chat, "save", "")
    assert chat.told == [
        "there is no title before anything was said",
        "this conversation is called blue sky; all of it is kept as it goes on",
        "blue sky",
        "red sky",
        "this conversation is called red sky; all of it is kept as it goes on",
    ]


def test_another_conversation_is_gone_on_with() -> None:
    """Its last exchange is shown, to know where one is."""
    chat = kept("sky")
    TABLE.run(chat, "load", "sky")
    assert chat.conversation is chat.recorder.conversations["sky"]
    assert chat.told == ["going on with sky (2 turns); /history shows them"]
    assert chat.display.shown == ["**2.**\n\n> about sky\n\nb"]


def test_a_conversation_that_is_not_there_changes_nothing() -> None:
    """The recorder's error says what there is, and the hint is a command of the chat."""
    chat = RecordingChat(("q", "a"))
    before = chat.conversation
    with pytest.raises(ConversationUnknown, match="called sky") as refused:
        TABLE.run(chat, "load", "sky")
    assert chat.conversation is before
    assert refused.value.hint == "/sessions lists them"


def test_a_system_prompt_that_cannot_be_sent_is_told() -> None:
    """Before the next message is refused."""
    chat = kept("sky")
    chat.engine = ScriptedEngine([["a"]], capabilities=Capabilities(system=False))
    TABLE.run(chat, "load", "sky")
    assert "cannot take its system prompt" in chat.told[-1]


@pytest.mark.parametrize("name", ["sessions", "load"])
def test_conversations_are_listed(name: str) -> None:
    """A screen of them, with their numbers."""
    chat = kept(*(f"talk {number}" for number in range(30)))
    TABLE.run(chat, name, "")
    assert len(chat.told) == 21
    assert chat.told[0] == f"   1  {when(0)}  talk 0  (2 turns, m)"
    assert chat.told[-1] == "/sessions all lists them all"


def test_a_conversation_whose_turns_were_taken_back_has_no_model() -> None:
    """It is listed without one."""
    chat = RecordingChat()
    chat.recorder.conversations["sky"] = Conversation()
    TABLE.run(chat, "sessions", "")
    assert chat.told == [f"   1  {when(0)}  sky  (0 turns)"]


@pytest.mark.parametrize(("argument", "lines"), [("2", 3), ("30", 30), ("ALL", 30)])
def test_as_many_are_listed_as_asked_for(argument: str, lines: int) -> None:
    """A number, or all."""
    chat = kept(*map(str, range(30)))
    TABLE.run(chat, "sessions", argument)
    assert len(chat.told) == lines


def test_no_conversations() -> None:
    """Said in a line, and a wrong number in another."""
    chat = RecordingChat()
    TABLE.run(chat, "sessions", "")
    assert chat.told == ["no conversation is kept yet"]
    with pytest.raises(UsageError, match="not some"):
        TABLE.run(chat, "sessions", "some")


def test_search_tells_where_it_was_said() -> None:
    """Time, title and the words around it; a screen of them."""
    chat = RecordingChat()
    chat.recorder.found = [Found(12, "sky", 0.0, "why is it blue")] * 25
    TABLE.run(chat, "search", "blue")
    assert chat.told[0] == f"  12  {when(0)}  sky: why is it blue"
    assert len(chat.told) == 21
    assert chat.recorder.changes == [("search", "blue")]
    chat.told.clear()
    chat.recorder.found = []
    TABLE.run(chat, "search", "green cheese")
    assert chat.told == ["nothing that was said holds green cheese"]
    with pytest.raises(UsageError, match="needs the words"):
        TABLE.run(chat, "search", "")


def test_a_conversation_is_written_to_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the form and to the file that were named, else to one named by the title or the first words."""
    monkeypatch.chdir(tmp_path)
    chat = RecordingChat()
    with pytest.raises(UsageError, match="nothing was said"):
        TABLE.run(chat, "export", "")
    chat = RecordingChat(("Why blue?", "air"))
    TABLE.run(chat, "export", "")
    assert Path("why-blue.md").read_text().endswith("air\n")
    chat.recorder.title = "sky"
    TABLE.run(chat, "export", "json")
    assert json.loads(Path("sky.json").read_text())["title"] == "sky"
    TABLE.run(chat, "export", "md my sky.txt")
    assert Path("my sky.txt").read_text().startswith("# sky\n")
    assert chat.told[-1] == "1 turn written to my sky.txt"
    with pytest.raises(UsageError, match="is there already"):
        TABLE.run(chat, "export", "md my sky.txt")


def test_a_chat_that_keeps_nothing_says_so() -> None:
    """Whatever is asked of it."""
    chat = RecordingChat()
    chat.recorder = NoRecorder()  # type: ignore[assignment]
    for name in ("save", "load", "search"):
        with pytest.raises(StoreError, match="conversations are not kept here"):
            TABLE.run(chat, name, "x")


def test_times_are_local(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the zone of the machine."""
    monkeypatch.setenv("TZ", "UTC-2")
    time.tzset()
    try:
        assert when(0) == "1970-01-01 02:00"
    finally:
        monkeypatch.undo()
        time.tzset()
