"""What a figure includes, in words."""

import pytest

from axchat.bench.report import Arrival, Sample
from axchat.bench.wording import first_tokens, kept, shared_waits, too_high


def sample(*tokens: int | None) -> Sample:
    """An answer whose texts brought so many tokens."""
    arrivals = tuple(Arrival(float(at), count) for at, count in enumerate(tokens, 1))
    return Sample(0, 0.0, "stop", float(len(tokens)), arrivals)


@pytest.mark.parametrize(
    ("firsts", "words"),
    [
        ([], "first token"),
        ([1, 1], "first token"),
        ([None], "first token"),
        ([3, 3], "first 3 tokens"),
        ([5, 1, 3], "first 1 to 5 tokens"),
        ([None, 2], "first 2 tokens"),
    ],
)
def test_a_time_to_the_first_text_says_how_many_tokens_that_has(firsts: list[int | None], words: str) -> None:
    """Of a board that gives tokens in batches it is the time to a batch."""
    assert first_tokens([sample(first, 9) for first in firsts]) == words


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        ([3], ""),
        ([3, 1, 0, 1], ""),
        ([1, 0, 3], "; a text of 3 tokens shares its wait among them"),
        ([1, 2, 1, 4], "; a text of 2 to 4 tokens shares its wait among them"),
        ([1, 2, None], ", however many tokens each holds"),
    ],
)
def test_waits_say_how_they_are_counted(tokens: list[int | None], words: str) -> None:
    """Between texts: what the first one has plays no part, and one without a token waits for itself."""
    assert shared_waits([sample(*tokens)]) == words


def test_a_rate_over_untold_tokens_says_that_it_may_be_too_high() -> None:
    """Where each text tells its tokens there is nothing to say."""
    assert too_high([sample(1, 2)]) == ""
    assert "too high" in too_high([sample(1, 2), sample(1, None)])


def test_nothing_is_said_of_a_prefix_that_was_not_measured() -> None:
    """As of an engine that loads for each request."""
    assert kept([sample(1)]) == ""
