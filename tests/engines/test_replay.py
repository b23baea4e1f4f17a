"""How much of a conversation is sent again."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from axchat.engines.replay import dropped_notice, fit, turns_of
from axchat.messages import Message, Role

SYSTEM = Message(Role.SYSTEM, "S")


def encode(messages: Sequence[Message]) -> list[int]:
    """One id a character, and one a message."""
    return [ord(c) for m in messages for c in m.text + "|"]


def conversation(*sizes: int, has_system: bool = True) -> list[Message]:
    """Turns of so many characters for question and answer; the last has no answer."""
    messages = [SYSTEM] if has_system else []
    for number, size in enumerate(sizes):
        messages.append(Message(Role.USER, str(number) * size))
        messages.append(Message(Role.ASSISTANT, "a" * size))
    return messages[:-1]


def test_what_fits_is_sent_whole() -> None:
    """Without need nothing is dropped."""
    messages = conversation(3, 3, 3)

    replay = fit(messages, encode, 1000)
    assert (replay.messages, replay.dropped) == (tuple(messages), ())
    assert list(replay.ids) == encode(messages)


def test_the_oldest_turns_go_first_and_are_named() -> None:
    """Whole turns are dropped, question and answer together; the system prompt stays."""
    messages = conversation(10, 10, 10)

    replay = fit(messages, encode, 40)
    assert replay.dropped == ("0" * 10,)
    assert replay.messages == (SYSTEM, *messages[3:])


def test_the_question_always_stays() -> None:
    """A question that exceeds the budget alone is returned as it is, for the check that has the numbers."""
    messages = conversation(5, 50)

    replay = fit(messages, encode, 10)
    assert replay.messages == (SYSTEM, messages[-1])
    assert len(replay.ids) > 10


@given(st.lists(st.integers(0, 30), min_size=1, max_size=12), st.integers(0, 400), st.booleans())
def test_as_much_as_possible_is_kept(sizes: list[int], budget: int, has_system: bool) -> None:
    """No kept conversation with one turn more would fit, and what fits is within the budget."""
    messages = conversation(*sizes, has_system=has_system)
    turns = turns_of(messages[1:] if has_system else messages)

    replay = fit(messages, encode, budget)
    dropped = len(replay.dropped)
    head = messages[:1] if has_system else []
    kept = [m for turn in turns[dropped:] for m in turn]
    assert list(replay.messages) == [*head, *kept]
    if dropped < len(turns) - 1:
        assert len(replay.ids) <= budget
    if dropped:
        one_more = [*head, *(m for turn in turns[dropped - 1 :] for m in turn)]
        assert len(encode(one_more)) > budget


def test_what_was_dropped_is_told_by_its_first_words() -> None:
    """One line, whatever stands in the message, and how many there are."""
    assert dropped_notice(["a\nb"]).text == "the oldest turn is not sent again, to fit the context: 'a b'"
    long = dropped_notice(["x" * 41, "y"]).text
    assert long == f"the 2 oldest turns are not sent again, to fit the context: first '{'x' * 39}…'"
