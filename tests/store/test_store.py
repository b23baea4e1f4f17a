from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.errors import ConversationUnknown
from axchat.store.glance import titles
from axchat.store.rows import loaded_text, row_of, stored_text, turn_of
from axchat.store.store import Store
from support.stored import a_turn, asked_in


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """One whose clock goes on by a second with every look."""
    seconds = count(1000)
    store = Store(tmp_path / "history.db", clock=lambda: float(next(seconds)))
    yield store
    store.close()


def begun(store: Store, *asked: str) -> tuple[int, int]:
    """A conversation of these turns; its number, and the last turn's."""
    kept = store.append(None, a_turn(asked[0]))
    for words in asked[1:]:
        kept = store.append(kept.conversation, a_turn(words), after=kept.turn)
    return kept.conversation, kept.turn


def test_a_turn_comes_back_as_it_was(store: Store) -> None:
    """Every value of it, from another connection."""
    turn = a_turn(
        "what?\n\0\x1b",
        "<think>hm</think>\r\n",
        model="m",
        engine="e",
        images=("/a b.png", "/\udcff.png"),
        prompt_tokens=1,
        completion_tokens=2,
        cached_tokens=3,
        ttft_s=0.5,
        total_s=1.5,
        tokens_per_s=2.5,
        at=1e9,
    )
    kept = store.append(None, turn, system="be brief")
    other = Store(store.path)
    loaded = other.load(kept.conversation)
    other.close()
    assert loaded.turns == (replace(turn, number=kept.turn),)
    assert (loaded.system, loaded.title, loaded.unseen, loaded.summary) == ("be brief", "what?", 0, None)


@given(st.binary())
def test_what_was_no_text_comes_back_byte_for_byte(said: bytes) -> None:
    """A model's bytes that are no UTF-8 are the same bytes after the store."""
    text = said.decode("utf-8", "surrogateescape")
    assert loaded_text(stored_text(text)) == text
    row = (*row_of(a_turn(text, text, model=text, engine=text)), 7)
    assert (turn_of(row).asked, turn_of(row).answer, turn_of(row).number) == (text, text, 7)


@given(st.text(st.characters(codec=None)))
def test_any_text_can_be_a_row(text: str) -> None:
    """Also halves of UTF-16 pairs, in every place that a turn has for text."""
    for value in row_of(a_turn(text, text, model=text, engine=text, images=(text,))):
        if isinstance(value, str):
            value.encode()


def test_names_that_are_no_text_are_taken(store: Store) -> None:
    """A model's path or a title of odd bytes is shown with marks; it does not end a chat."""
    kept = store.append(None, a_turn("x", model="/m\udcff"), title="t\udcff\ud83d")
    store.rename(kept.conversation, "\udcfft")
    assert store.summaries()[0].title == "\ufffdt"
    assert store.summaries()[0].model == "/m\ufffd"


def test_an_undone_turn_is_gone_from_the_conversation(store: Store) -> None:
    """The one before it is the last again, and the next follows that."""
    conversation, last = begun(store, "1", "2")
    before = store.undo(conversation, last)
    assert asked_in(store, conversation) == ["1"]
    kept = store.append(conversation, a_turn("3"), after=before)
    assert not kept.is_forked
    assert asked_in(store, conversation) == ["1", "3"]


def test_an_answer_that_was_replaced_is_kept_aside(store: Store) -> None:
    """It is not part of the conversation, and not found, but in the file."""
    conversation, last = begun(store, "1", "2")
    kept = store.append(conversation, a_turn("2", "better"), after=last, replaces=True)
    assert [(turn.asked, turn.answer) for turn in store.load(conversation).turns] == [
        ("1", "answer"),
        ("2", "better"),
    ]
    assert kept.conversation == conversation
    assert store._connection.execute("SELECT state FROM turn WHERE id = ?", (last,)).fetchone() == (
        "replaced",
    )
    assert [store.undo(conversation, kept.turn), asked_in(store, conversation)] == [last - 1, ["1"]]


class TestTwoWriters:
    """Two chats that went on with the same conversation."""

    def test_the_second_goes_on_in_a_copy(self, store: Store) -> None:
        """Both have all that was said in them."""
        conversation, last = begun(store, "1", "2")
        first = store.append(conversation, a_turn("mine"), after=last)
        second = store.append(conversation, a_turn("yours"), after=last)
        assert (first.is_forked, second.is_forked) == (False, True)
        assert asked_in(store, conversation) == ["1", "2", "mine"]
        assert asked_in(store, second.conversation) == ["1", "2", "yours"]
        assert store.load(second.conversation).title == "1 (2)"

    def test_what_one_undid_is_in_the_others_copy(self, store: Store) -> None:
        """The other still sees it on its screen."""
        conversation, last = begun(store, "1", "2")
        store.undo(conversation, last)
        second = store.append(conversation, a_turn("3"), after=last)
        assert second.is_forked
        assert asked_in(store, second.conversation) == ["1", "2", "3"]

    def test_nobody_undoes_what_the_other_went_on_from(self, store: Store) -> None:
        """The one that undid goes on in the copy."""
        conversation, last = begun(store, "1", "2")
        store.append(conversation, a_turn("3"), after=last)
        before = store.undo(conversation, last)
        assert asked_in(store, conversation) == ["1", "2", "3"]
        mine = store.append(conversation, a_turn("2b"), after=before)
        assert asked_in(store, mine.conversation) == ["1", "2b"]

    def test_an_answer_is_replaced_in_the_copy_only(self, store: Store) -> None:
        """The other's conversation keeps the answer that it was led with."""
        conversation, last = begun(store, "1", "2")
        store.append(conversation, a_turn("3"), after=last)
        mine = store.append(conversation, a_turn("2", "new"), after=last, replaces=True)
        assert asked_in(store, conversation) == ["1", "2", "3"]
        assert [turn.answer for turn in store.load(mine.conversation).turns] == ["answer", "new"]

    def test_a_conversation_that_was_removed_begins_again(self, store: Store) -> None:
        """Its number is nobody else's; the next turn is kept in a new one."""
        conversation, last = begun(store, "1")
        store.remove(conversation)
        kept = store.append(conversation, a_turn("2"), after=last)
        assert kept.conversation != conversation
        assert asked_in(store, kept.conversation) == ["2"]


def test_left_out_turns_are_remembered(store: Store) -> None:
    """With the summary that stands for them, until they are undone."""
    conversation, last = begun(store, "1", "2", "3")
    store.leave_out(conversation, 1, "short")
    store.leave_out(conversation, 2, None)
    assert (store.load(conversation).unseen, store.load(conversation).summary) == (2, "short")
    last = store.undo(conversation, last) or 0
    assert store.load(conversation).unseen == 2
    store.undo(conversation, last)
    assert (store.load(conversation).unseen, store.load(conversation).summary) == (0, None)


def test_the_last_used_is_listed_first(store: Store) -> None:
    """With how many turns it has and which model answered last."""
    older, last = begun(store, "older")
    newer, _ = begun(store, "newer")
    assert [each.number for each in store.summaries()] == [newer, older]
    store.append(older, a_turn("more", model="m"), after=last)
    assert store.latest() == older
    assert [(each.title, each.turns, each.model) for each in store.summaries(1)] == [("older", 2, "m")]


def test_a_conversation_is_found_by_name(store: Store) -> None:
    """By number, title and the beginning of a title; of several with one title, the one last used."""
    first, _ = begun(store, "Planets of the sun")
    second, _ = begun(store, "Poems")
    assert [store.find(name) for name in ("1", "poems", "PLAN", "Po")] == [first, second, first, second]
    third, _ = begun(store, "poems")
    assert store.find("Poems") == third


def test_a_clock_that_goes_back_does_not_change_what_was_used_last(tmp_path: Path) -> None:
    """As on a board without one of its own, before the network tells the time; nor what Tab offers first."""
    seconds = count(1000, -1)
    store = Store(tmp_path / "history.db", clock=lambda: float(next(seconds)))
    older, last = begun(store, "older")
    newer, _ = begun(store, "newer")
    assert store.latest() == newer
    store.append(older, a_turn("more"), after=last)
    assert [each.number for each in store.summaries()] == [older, newer]
    assert [title for _, title in titles(str(store.path), 2)] == ["older", "newer"]
    store.close()


def test_an_empty_store_has_no_latest(store: Store) -> None:
    """It says how one begins."""
    with pytest.raises(ConversationUnknown, match="no conversation is stored yet"):
        store.latest()


def test_what_is_removed_leaves_nothing(store: Store) -> None:
    """No turn, and no word in the index."""
    conversation, _ = begun(store, "unique words")
    store.remove(conversation)
    tables = ("conversation", "turn", "turn_text")
    counts = [store._connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables]
    assert counts == [0, 0, 0]
    with pytest.raises(ConversationUnknown):
        store.load(conversation)


def test_a_whole_conversation_is_added_at_once(store: Store) -> None:
    """As imported: its turns follow each other, so that a chat can go on with it."""
    number = store.add([a_turn("1"), a_turn("2")], system="s", title="t")
    loaded = store.load(number)
    assert ([turn.asked for turn in loaded.turns], loaded.system, loaded.title) == (["1", "2"], "s", "t")
    assert store.undo(number, loaded.turns[1].number) == loaded.turns[0].number
