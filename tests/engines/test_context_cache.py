"""What a stateful runner's cache holds."""

from hypothesis import given
from hypothesis import strategies as st

from axchat.engines.context_cache import ContextCache, common_prefix

IDS = st.lists(st.integers(0, 5), max_size=12)


def test_an_unknown_cache_needs_a_reset() -> None:
    """Before the first reset nothing can be added."""
    assert ContextCache().diff([1, 2]) is None


def test_only_what_is_new_is_sent() -> None:
    """A conversation that goes on from the cache adds its rest."""
    cache = ContextCache()
    cache.reset_to([1, 2, 3])

    assert cache.diff([1, 2, 3, 4, 5]) == (4, 5)
    assert cache.diff([1, 9, 3, 4]) is None
    assert cache.diff([1, 2, 3]) is None


def test_the_runner_says_how_much_of_its_answer_it_keeps() -> None:
    """The last token of an answer was generated but never read, and the runner's count tells."""
    cache = ContextCache()
    cache.after([1, 2], [7, 8, 9], used=4)

    assert cache.ids == (1, 2, 7, 8)


def test_a_count_that_cannot_be_is_not_believed() -> None:
    """Fewer than the prompt, more than everything, or no count: the cache is not known."""
    cache = ContextCache()
    for used in (1, 6, None):
        cache.after([1, 2], [7, 8, 9], used=used)
        assert cache.ids is None


@given(IDS, IDS, st.booleans())
def test_cache_and_diff_are_always_the_prompt(held: list[int], more: list[int], goes_on: bool) -> None:
    """A diff is given exactly where the prompt goes on from the cache, and is all that is new."""
    prompt = [*held, *more] if goes_on else more
    cache = ContextCache()
    cache.reset_to(held)

    is_longer = len(prompt) > len(held) and prompt[: len(held)] == held
    assert cache.diff(prompt) == (tuple(prompt[len(held) :]) if is_longer else None)


@given(IDS, IDS)
def test_a_common_prefix_is_one(one: list[int], other: list[int]) -> None:
    """It begins both, and the next ids differ."""
    prefix = list(common_prefix(one, other))

    assert one[: len(prefix)] == prefix == other[: len(prefix)]
    assert one[len(prefix) : len(prefix) + 1] != other[len(prefix) : len(prefix) + 1] or prefix in (
        one,
        other,
    )
