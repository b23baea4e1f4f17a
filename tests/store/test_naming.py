"""Which conversation a name means."""

import pytest

from axchat.errors import ConversationUnknown
from axchat.store.naming import HOW_TO_LIST, named
from axchat.store.records import Summary


def known(*titles: str) -> list[Summary]:
    """Conversations that were begun in this order; the last used come first."""
    return [
        Summary(number, title, 1, "", float(number), float(number))
        for number, title in reversed(list(enumerate(titles, start=1)))
    ]


def test_number_title_and_beginning_name_it() -> None:
    """Whatever the case."""
    both = known("Planets of the sun", "Poems")
    assert [named(name, both) for name in ("1", "poems", "PLAN", "Po")] == [1, 2, 1, 2]


def test_one_title_of_several_is_the_last_used() -> None:
    """A whole title wins over those that it begins."""
    assert named("tea", known("tea", "tea", "tea time")) == 2


@pytest.mark.parametrize(
    ("name", "titles", "hint"),
    [
        ("Planest", ["Planets", "Plants"], "did you mean 'Planets' (1)?"),
        ("Flower", ["Planets", "What is a flower?"], "did you mean 'What is a flower?' (2)?"),
        ("Whta is", ["Planets", "What is a flower?"], "did you mean 'What is a flower?' (2)?"),
        ("Pla", ["Planets", "Plants"], "name one: 2 (Plants), 1 (Planets)"),
        ("xyzzy", ["Planets"], HOW_TO_LIST),
        ("any", [], HOW_TO_LIST),
    ],
)
def test_an_unknown_name_tells_the_nearest(name: str, titles: list[str], hint: str) -> None:
    """And one that several begin with tells them."""
    with pytest.raises(ConversationUnknown) as unknown:
        named(name, known(*titles))
    assert unknown.value.hint == hint


@pytest.mark.parametrize("name", ["", " "])
def test_nothing_names_nothing(name: str) -> None:
    """Every title begins with it, and a variable that a script forgot to set must not remove one."""
    with pytest.raises(ConversationUnknown, match="empty"):
        named(name, known("only"))
