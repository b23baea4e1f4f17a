import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.bench.prompts import prompt_of
from axchat.errors import UsageError


def by_words(text: str) -> int:
    """A template of five tokens, and one for each word."""
    return 5 + len(text.split())


def by_pieces(text: str) -> int:
    """A vocabulary that cuts words into pieces of three letters, with their blank."""
    return 7 + len(re.findall(r" ?\w{1,3}|\S", text))


@given(st.integers(12, 600), st.text(max_size=3))
def test_every_size_that_is_possible_is_met_exactly(tokens: int, seed: str) -> None:
    """Also where a word is several tokens."""
    for count in (by_words, by_pieces):
        made = prompt_of(tokens, count, seed)
        assert count(made.text) == made.tokens == tokens


def test_another_seed_is_another_text_from_its_first_words() -> None:
    """So that nothing of the one before is found in a cache; the same seed is the same text."""
    texts = [prompt_of(64, by_words, str(number)).text for number in range(20)]
    assert len({tuple(text.split()[:2]) for text in texts}) == 20
    assert prompt_of(64, by_words, "3").text == texts[3]


def test_a_long_prompt_takes_few_counts() -> None:
    """Counting may be a request to a server: some twenty for 100,000 tokens, not one a token."""
    asked: list[str] = []

    def count(text: str) -> int:
        asked.append(text)
        return by_pieces(text)

    prompt_of(100_000, count, "")
    assert len(asked) < 30


def test_a_size_below_the_template_is_refused_with_the_least() -> None:
    """The template's own tokens cannot be left out."""
    with pytest.raises(
        UsageError, match="cannot have 5 tokens: with one word and its chat template it has 6"
    ) as no:
        prompt_of(5, by_words, "")
    assert no.value.hint == "ask for 6 tokens or more"


def test_an_engine_that_cannot_count_is_told_of_texts() -> None:
    """A guess would be called exact; a text of one's own needs no count."""
    with pytest.raises(UsageError, match="cannot count") as no:
        prompt_of(64, lambda _text: None, "")
    assert "--prompt" in str(no.value.hint)


def test_a_vocabulary_that_has_no_such_size_is_told() -> None:
    """Where every text has an even number of tokens there is no odd one."""
    with pytest.raises(UsageError, match="no prompt of exactly 65 tokens"):
        prompt_of(65, lambda text: 2 * len(text), "")
