from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.store.store import Store
from support.stored import a_turn


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One with a few words in it."""
    store = Store(tmp_path_factory.mktemp("search") / "history.db")
    store.append(None, a_turn("什么是量子纠缠?", "两个粒子的状态互相关联。"))
    store.append(None, a_turn("Read FILE.txt", 'say "hello" AND (NOT) 100% of_it* straße'))
    store.append(None, a_turn("odd", "a\0bcd \udcff\udcfe end"))
    yield store
    store.close()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("量子纠缠", 1),
        ("量子", 1),
        ("子", 1),
        ("粒子 什么", 1),
        ("量子 hello", 0),
        ("file", 2),
        ("ILE.t", 2),
        ('"hello"', 2),
        ("AND", 2),
        ("(NOT)", 2),
        ("0%", 2),
        ("f_i", 2),
        ("it*", 2),
        ("h*o", 0),
        ("%", 2),
        ("_x", 0),
        ("\udcff\udcfe", 3),
        ("bcd", 3),
        ("  ", 0),
        ("NEAR(a b)", 0),
        ("asked:odd", 0),
        ("'", 0),
        ('"', 2),
    ],
)
def test_words_are_words_whatever_they_look_like(store: Store, words: str, found: int) -> None:
    """Chinese words and parts of words are found; nothing is search syntax. Which conversation, or none."""
    assert [each.conversation for each in store.search(words)] == ([found] if found else [])


@given(words=st.text(st.characters(codec=None)))
def test_no_words_fail(store: Store, words: str) -> None:
    """Whatever is typed is looked for."""
    store.search(words)


def test_a_snippet_is_one_line_around_the_word(tmp_path: Path) -> None:
    """Cut where there is more, and from the side where it was said."""
    store = Store(tmp_path / "history.db")
    store.append(None, a_turn("question", "x" * 100 + "\nthe Word\nhere" + "y" * 100))
    [found] = store.search("word")
    store.close()
    assert found.snippet == "…" + "x" * 35 + " the Word here" + "y" * 35 + "…"


def test_undone_turns_are_not_found(tmp_path: Path) -> None:
    """They are not part of any conversation."""
    store = Store(tmp_path / "history.db")
    kept = store.append(None, a_turn("secret"))
    assert len(store.search("secret")) == 1
    store.undo(kept.conversation, kept.turn)
    assert store.search("secret") == []
    store.close()


def test_the_newest_come_first_and_no_more_than_wanted(tmp_path: Path) -> None:
    """-1 is all."""
    store = Store(tmp_path / "history.db")
    numbers = [store.append(None, a_turn(f"word {n}")).conversation for n in range(5)]
    assert [each.conversation for each in store.search("word", 2)] == numbers[:2:-1]
    assert len(store.search("word", -1)) == 5
    store.close()
