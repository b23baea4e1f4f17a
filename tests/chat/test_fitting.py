"""Whether the next message fits, and what would have to go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.chat.conversation import Conversation, Exchange
from axchat.chat.fitting import (
    FIRST_WORDS,
    Count,
    DoesNotFit,
    Fits,
    Fitting,
    Measured,
    Tokens,
    Unknown,
    counting,
    first_words,
    fitting,
    measured,
    prompt_limit,
    prompt_without,
    used,
)
from axchat.engines.base import Capabilities
from axchat.events import FinishReason, Usage
from axchat.messages import Message, Role

NEXT = Message(Role.USER, "n " * 10)
ABLE = Capabilities(context_tokens=100)


def exchange(words: int = 10, usage: Usage | None = None) -> Exchange:
    """A turn whose two sides have so many words each."""
    text = "w " * words
    return Exchange(Message(Role.USER, text), text, FinishReason.STOP, usage=usage or Usage())


def words(messages: tuple[Message, ...]) -> Tokens:
    """One token a word: as exact as any count."""
    return Tokens(sum(len(message.text.split()) for message in messages))


def decided(
    exchanges: int,
    able: Capabilities = ABLE,
    max_tokens: int | None = 10,
    count: Count = words,
    system: str | None = None,
) -> Fitting:
    """Whether ten more words fit behind some exchanges of twenty words each."""
    conversation = Conversation(system, [exchange() for _ in range(exchanges)])
    return fitting(conversation, NEXT, able, count, max_tokens)


def test_what_is_left_is_for_the_answer() -> None:
    """Four exchanges and a message take 90 of 100 tokens, which leaves the ten that an answer may have."""
    assert decided(4) == Fits(Tokens(90), left=10)


def test_the_fewest_oldest_exchanges_go() -> None:
    """One token too many costs one exchange; six exchanges too many cost six."""
    assert decided(4, max_tokens=11) == DoesNotFit(Tokens(90), limit=89, must_go=1)
    assert decided(10) == DoesNotFit(Tokens(210), limit=90, must_go=6)


def test_a_message_that_does_not_fit_alone_asks_for_nothing_to_go() -> None:
    """Leaving everything out would not help, also because the system prompt stays."""
    assert decided(3, max_tokens=95) == DoesNotFit(Tokens(70), limit=5, must_go=None)
    assert decided(3, system="s " * 85) == DoesNotFit(Tokens(155), limit=90, must_go=None)
    assert decided(0, max_tokens=95) == DoesNotFit(Tokens(10), limit=5, must_go=None)


def test_exchanges_that_are_left_out_already_do_not_count() -> None:
    """What must go is counted from the oldest that is still seen, and a summary stays."""
    conversation = Conversation(None, [exchange() for _ in range(10)], unseen=3, summary="s " * 3)
    found = fitting(conversation, NEXT, ABLE, words, 10)
    assert isinstance(found, DoesNotFit)
    assert found.must_go == 4
    assert conversation.unseen == 3
    conversation.leave_out(conversation.unseen + found.must_go)
    assert isinstance(fitting(conversation, NEXT, ABLE, words, 10), Fits)


def test_it_is_asked_a_few_times_only() -> None:
    """A thousand exchanges cost a dozen counts."""
    asked = []

    def count(messages: tuple[Message, ...]) -> Tokens:
        asked.append(len(messages))
        return words(messages)

    found = decided(1000, count=count)
    assert isinstance(found, DoesNotFit)
    assert found.must_go == 996
    assert len(asked) <= 13


@given(
    sizes=st.lists(st.integers(1, 30), max_size=30),
    limit=st.integers(20, 400),
    system=st.none() | st.integers(1, 20),
)
def test_what_goes_is_enough_and_not_more(sizes: list[int], limit: int, system: int | None) -> None:
    """Without them the rest fits; with one of them more it does not."""
    conversation = Conversation(None if system is None else "s " * system, [exchange(n) for n in sizes])
    able = Capabilities(prompt_tokens_max=limit)
    found = fitting(conversation, NEXT, able, words, None)
    if isinstance(found, DoesNotFit) and found.must_go is not None:
        assert words(prompt_without(conversation, found.must_go, NEXT, able)).count <= limit
        assert words(prompt_without(conversation, found.must_go - 1, NEXT, able)).count > limit
    elif isinstance(found, DoesNotFit):
        assert words(prompt_without(conversation, len(sizes), NEXT, able)).count > limit
    else:
        assert words(prompt_without(conversation, 0, NEXT, able)).count <= limit


@pytest.mark.parametrize(
    ("able", "count"), [(Capabilities(), words), (ABLE, lambda _: None)], ids=["no limit", "no count"]
)
def test_unknown_where_nobody_can_tell(able: Capabilities, count: Count) -> None:
    """Without a limit or a length nothing is decided."""
    assert decided(10, able, count=count) == Unknown()


def test_a_count_that_is_lost_on_the_way_is_estimated_from_the_first() -> None:
    """The engine may be busy by the second question: what must go is found all the same."""
    answers = [Tokens(210)]
    found = decided(10, count=lambda _: answers.pop() if answers else None)
    assert isinstance(found, DoesNotFit)
    assert found.must_go in {6, 7}


def test_an_engine_without_history_has_nothing_to_leave_out() -> None:
    """It is sent the message alone, which fits or does not."""
    able = Capabilities(history=False, context_tokens=100)
    assert decided(50, able) == Fits(Tokens(10), left=90)
    assert decided(50, able, max_tokens=95) == DoesNotFit(Tokens(10), limit=5, must_go=None)


@pytest.mark.parametrize(
    ("able", "max_tokens", "limit"),
    [
        (Capabilities(), 5, None),
        (Capabilities(context_tokens=1024), None, 896),
        (Capabilities(context_tokens=1024), 200, 824),
        (Capabilities(context_tokens=1024), 1024, 896),
        (Capabilities(context_tokens=40_000), None, 39_488),
        (Capabilities(context_tokens=1024, prompt_tokens_max=128), None, 128),
        (Capabilities(context_tokens=1024, prompt_tokens_max=1000), None, 896),
        (Capabilities(prompt_tokens_max=128), 100, 128),
    ],
)
def test_the_prompts_limit(able: Capabilities, max_tokens: int | None, limit: int | None) -> None:
    """Room for the answer is kept: what was chosen, else an eighth of the context and 512 at most."""
    assert prompt_limit(able, max_tokens) == limit


def test_used_is_prompt_and_answer() -> None:
    """Only where both were counted."""
    assert used(Usage(30, 12, 25)) == 42
    assert used(Usage(30)) is None
    assert used(Usage(completion_tokens=3)) is None


class TestEstimates:
    """What the last exchange's counts say of the next prompt."""

    SENT = (Message(Role.USER, "a" * 100),)

    def last(self, prompt: int = 30, answer: int = 30) -> Measured:
        """An exchange of 200 characters and 60 tokens, ten of them the template's."""
        said = Exchange(self.SENT[0], "b" * 100, FinishReason.STOP, usage=Usage(prompt, answer))
        found = measured(self.SENT, said)
        assert found is not None
        return found

    def test_what_goes_on_costs_what_is_new(self) -> None:
        """The last prompt and answer were counted; forty new characters cost a quarter of a token each."""
        last = self.last()
        going_on = (*last.messages, Message(Role.USER, "c" * 40))
        assert last.estimate(going_on) == Tokens(60 + 10 + 5, is_exact=False)

    def test_a_shorter_conversation_costs_its_characters(self) -> None:
        """What was measured is a rate for what goes on from nothing that was sent."""
        assert self.last().estimate((Message(Role.USER, "c" * 40),)) == Tokens(15, is_exact=False)

    def test_pictures_have_no_letters(self) -> None:
        """Neither can they be estimated nor do they spoil the rate."""
        picture = Message(Role.USER, "what is it?", ("cat.png",))
        said = Exchange(picture, "a cat", FinishReason.STOP, usage=Usage(300, 3))
        assert measured((picture,), said) is None
        assert self.last().estimate((picture,)) is None

    def test_nothing_is_measured_without_counts(self) -> None:
        """Engines whose tokenizer is out of reach give no rate."""
        assert measured(self.SENT, Exchange(self.SENT[0], "b", FinishReason.STOP)) is None

    def test_an_exact_count_comes_first(self) -> None:
        """The estimate stands in where the engine gives none, and says that it is one."""
        assert counting(lambda _: 7, self.last())(self.SENT) == Tokens(7)
        assert counting(lambda _: None, self.last())(self.SENT) == Tokens(30, is_exact=False)
        assert counting(lambda _: None, None)(self.SENT) is None

    def test_it_decides_as_a_count_does(self) -> None:
        """The decision carries that its numbers are estimates."""
        found = decided(10, count=counting(lambda _: None, self.last()))
        assert isinstance(found, DoesNotFit)
        assert not found.tokens.is_exact
        assert found.must_go is not None


def test_the_first_words_stand_for_an_exchange() -> None:
    """One line each, however long and broken the question was."""
    asked = [Message(Role.USER, text) for text in ("short", "two\n lines", "x" * 500, "word " * 100)]
    lines = first_words([Exchange(message, "", FinishReason.STOP) for message in asked])
    assert lines[:2] == ("short", "two lines")
    assert lines[2] == "x" * (FIRST_WORDS - 1) + "…"
    assert lines[3].endswith("word…")
    assert len(lines[3]) <= FIRST_WORDS
