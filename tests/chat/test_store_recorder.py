import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from axchat.chat.conversation import Conversation
from axchat.chat.store_recorder import RETRY_TIMEOUT_S, StoreRecorder
from axchat.errors import ConversationUnknown, StoreError
from axchat.store.connection import BUSY_TIMEOUT_S, put_aside
from axchat.store.store import Store
from support.stored import an_exchange, asked_in


class Scene:
    """A store's path, recorders on it, and what they told and rescued."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "history.db"
        self.told: list[str] = []
        self.patience: list[float] = []
        self.rescued: list[tuple[str | None, list[str], int]] = []

    def recorder(self) -> StoreRecorder:
        """One that does not wait for a locked store."""
        recorder = StoreRecorder(self._open, self._rescue)
        recorder.tell = self.told.append
        return recorder

    def _open(self, patience_s: float) -> Store:
        self.patience.append(patience_s)
        return Store(self.path, busy_timeout_s=0)

    def _rescue(self, title: str | None, conversation: Conversation, unsaved: int) -> str:
        self.rescued.append((title, [each.user.text for each in conversation.exchanges], unsaved))
        return "rescued"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Another program holds the store meanwhile."""
        other = sqlite3.connect(self.path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            other.close()

    def stored(self) -> list[list[str]]:
        """What was asked, by conversation."""
        store = Store(self.path)
        try:
            return [
                asked_in(store, each.number) for each in sorted(store.summaries(), key=lambda s: s.number)
            ]
        finally:
            store.close()


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Nothing is stored yet."""
    return Scene(tmp_path)


def keep(recorder: StoreRecorder, *asked: str) -> None:
    """These exchanges."""
    for words in asked:
        recorder.keep(an_exchange(words))


def test_nothing_is_stored_before_something_was_said(scene: Scene) -> None:
    """A chat that ends at once leaves no file."""
    recorder = scene.recorder()
    recorder.start_new("be brief")
    recorder.rename("early")
    recorder.set_system("be long")
    recorder.undo()
    recorder.close()
    assert not scene.path.exists()


def test_what_was_kept_is_on_disk_when_keep_returns(scene: Scene) -> None:
    """Another connection reads it, with title and system prompt."""
    recorder = scene.recorder()
    recorder.start_new("be brief")
    recorder.keep(an_exchange("first words"))
    assert (recorder.title, recorder.unsaved, scene.stored()) == ("first words", 0, [["first words"]])
    other = scene.recorder()
    assert other.resume(None).system == "be brief"
    for each in (recorder, other):
        each.close()


def test_every_change_is_stored(scene: Scene) -> None:
    """What the chat holds is what the next one goes on with."""
    recorder = scene.recorder()
    recorder.start_new(None)
    keep(recorder, "1", "2", "3")
    recorder.replace_last(an_exchange("3", "better"))
    recorder.undo()
    recorder.replace_last(an_exchange("2", "new"))
    recorder.leave_out(1, "short")
    recorder.rename("numbers")
    recorder.set_system("count")
    recorder.close()
    other = scene.recorder()
    conversation = other.resume("numb")
    assert [(each.user.text, each.answer) for each in conversation.exchanges] == [
        ("1", "answer"),
        ("2", "new"),
    ]
    assert (conversation.system, conversation.unseen, conversation.summary) == ("count", 1, "short")
    assert other.title == "numbers"
    keep(other, "3")
    other.close()
    assert scene.stored() == [["1", "2", "3"]]
    assert scene.told == []


def test_a_new_conversation_leaves_the_other_as_it_is(scene: Scene) -> None:
    """Each has its own turns and title."""
    recorder = scene.recorder()
    recorder.start_new(None)
    keep(recorder, "a", "b")
    recorder.start_new(None)
    assert recorder.title is None
    keep(recorder, "c")
    assert [each.title for each in recorder.sessions(5)] == ["c", "a"]
    assert [each.title for each in recorder.search("b")] == ["a"]
    recorder.resume("a")
    keep(recorder, "d")
    recorder.close()
    assert scene.stored() == [["a", "b", "d"], ["c"]]


def test_an_unknown_conversation_leaves_the_one_that_is_led(scene: Scene) -> None:
    """The next exchange goes where the one before went."""
    recorder = scene.recorder()
    recorder.start_new(None)
    keep(recorder, "a")
    with pytest.raises(ConversationUnknown):
        recorder.resume("nothing")
    keep(recorder, "b")
    recorder.close()
    assert scene.stored() == [["a", "b"]]


class TestFailing:
    """A store that does not work for a while."""

    def test_all_that_waits_is_stored_in_order_once_it_works(self, scene: Scene) -> None:
        """The failure is told once, and its end; nothing is lost."""
        recorder = scene.recorder()
        recorder.start_new(None)
        keep(recorder, "1")
        with scene.locked():
            keep(recorder, "2", "3")
            assert recorder.unsaved == 2
            recorder.undo()
            recorder.replace_last(an_exchange("2", "new"))
            recorder.rename("numbers")
        keep(recorder, "4")
        assert recorder.unsaved == 0
        recorder.close()
        assert scene.stored() == [["1", "2", "4"]]
        assert [text.split(":")[0].split(",")[0] for text in scene.told] == [
            "not stored",
            "the chat goes on",
            "stored",
        ]
        assert "locked" in scene.told[0]
        assert scene.rescued == []

    def test_conversations_do_not_mix_while_it_fails(self, scene: Scene) -> None:
        """What waited goes to the conversation that it was said in."""
        recorder = scene.recorder()
        recorder.start_new(None)
        keep(recorder, "a")
        with scene.locked():
            keep(recorder, "b")
            recorder.start_new("other")
            keep(recorder, "c")
            recorder.resume("a")
            keep(recorder, "d")
            assert recorder.unsaved == 3
        recorder.close()
        assert scene.told[-1] != "rescued"
        # the conversation was resumed before "b" was in it: two writers, a copy for the second
        assert scene.stored() == [["a", "b"], ["c"], ["a", "d"]]

    def test_what_never_fits_is_rescued_whole(self, scene: Scene) -> None:
        """Also what was stored before: the file is a conversation that can be imported."""
        recorder = scene.recorder()
        recorder.start_new(None)
        keep(recorder, "1")
        with scene.locked():
            keep(recorder, "2", "3")
            recorder.undo()
            recorder.start_new(None)
            keep(recorder, "other")
            recorder.close()
        assert scene.rescued == [("1", ["1", "2"], 2), ("other", ["other"], 1)]
        assert scene.told[2:] == ["rescued", "rescued"]
        assert scene.stored() == [["1"]]

    def test_a_store_that_was_never_there_is_begun_later(self, scene: Scene) -> None:
        """As where its folder could not be made at first."""
        blocking = scene.path
        blocking.mkdir()
        recorder = scene.recorder()
        recorder.start_new(None)
        keep(recorder, "1")
        assert scene.told[0].startswith("not stored: ")
        blocking.rmdir()
        keep(recorder, "2")
        recorder.close()
        assert scene.stored() == [["1", "2"]]

    def test_a_damaged_file_that_is_put_aside_makes_room_for_all(self, scene: Scene) -> None:
        """The new file gets the whole conversation, also what was stored in the old one."""
        recorder = scene.recorder()
        recorder.start_new("s")
        keep(recorder, "1", "2", "gone")
        recorder.undo()
        recorder.replace_last(an_exchange("2", "new"))
        recorder.release()
        scene.path.write_bytes(b"no database" * 1000)
        keep(recorder, "3")
        assert "is damaged" in scene.told[0]
        assert "axchat history aside" in scene.told[1]
        put_aside(scene.path)
        other = scene.recorder()
        other.start_new(None)
        keep(other, "theirs has number 1")
        other.close()
        keep(recorder, "4")
        assert recorder.unsaved == 0
        recorder.close()
        assert scene.stored() == [["theirs has number 1"], ["1", "2", "3", "4"]]

    def test_a_file_that_was_put_aside_is_not_written_to(self, scene: Scene) -> None:
        """After a failure the path is opened anew."""
        recorder = scene.recorder()
        recorder.start_new(None)
        keep(recorder, "1")
        with scene.locked():
            keep(recorder, "2")
            put_aside(scene.path)
        keep(recorder, "3")
        recorder.close()
        assert scene.stored() == [["1", "2", "3"]]

    def test_asking_a_store_that_fails_raises(self, scene: Scene) -> None:
        """Who asks for conversations is told why there are none."""
        scene.path.write_bytes(b"no database" * 1000)
        recorder = scene.recorder()
        for ask in (
            lambda: recorder.resume(None),
            lambda: recorder.sessions(1),
            lambda: recorder.search("x"),
        ):
            with pytest.raises(StoreError):
                ask()
        recorder.close()


def test_two_chats_on_one_conversation_lose_nothing(scene: Scene) -> None:
    """The second to say something goes on in a copy, is told so, and stays there."""
    first, second = scene.recorder(), scene.recorder()
    first.start_new(None)
    keep(first, "1")
    second.resume("1")
    keep(first, "2")
    keep(second, "2b", "3b")
    keep(first, "3")
    first.close()
    second.close()
    assert scene.stored() == [["1", "2", "3"], ["1", "2b", "3b"]]
    assert scene.told == [
        "this conversation went on in another chat meanwhile; yours is kept as a copy, number 2"
    ]


def test_another_thread_may_go_on_after_release(scene: Scene) -> None:
    """The command line resumes, the chat's own thread keeps."""
    import threading

    recorder = scene.recorder()
    recorder.start_new(None)
    keep(recorder, "1")
    recorder.release()
    thread = threading.Thread(target=lambda: (keep(recorder, "2"), recorder.close()))
    thread.start()
    thread.join()
    assert (scene.told, scene.stored()) == ([], [["1", "2"]])


def test_a_locked_store_is_waited_for_once(scene: Scene) -> None:
    """The first turn waits for whoever holds it, the later ones hardly; afterwards it is waited for again."""
    recorder = scene.recorder()
    recorder.keep(an_exchange("one"))
    with scene.locked():
        recorder.keep(an_exchange("two"))
        recorder.keep(an_exchange("three"))
    recorder.keep(an_exchange("four"))
    recorder.close()
    assert scene.patience == [BUSY_TIMEOUT_S, RETRY_TIMEOUT_S, RETRY_TIMEOUT_S]
    assert scene.stored() == [["one", "two", "three", "four"]]
