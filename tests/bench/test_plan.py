import pytest

from axchat.bench.plan import Plan, all_tests, pairs, share, sizes
from axchat.errors import UsageError


def test_tests_are_named_and_ordered_as_by_llama_bench() -> None:
    """By depth; in each, prompts, answers, then both; a prompt of one's own comes last."""
    asked = all_tests(
        prompts=[128, 512], answers=[32], pairs=[(512, 128)], depths=[0, 1024], texts=["hi", "ho"]
    )
    assert [test.name for test in asked] == [
        "pp128", "pp512", "tg32", "pp512+tg128",
        "pp128 @ d1024", "pp512 @ d1024", "tg32 @ d1024", "pp512+tg128 @ d1024",
        "prompt 1", "prompt 2",
    ]  # fmt: skip


def test_a_size_of_nothing_asks_for_nothing_and_doubles_are_asked_once() -> None:
    """``-p 0`` leaves prompts out, as llama-bench does."""
    assert [test.name for test in all_tests(prompts=[0, 8, 8], answers=[0, None])] == ["pp8", "tg"]


def test_sizes_may_be_a_list_or_repeated() -> None:
    """``-p 1,2 -p 3`` is three sizes; no option is none."""
    assert sizes(["1,2", " 3"], "-p") == (1, 2, 3)
    assert sizes(None, "-p") is None
    assert pairs(["512,128", "8,4"]) == ((512, 128), (8, 4))


@pytest.mark.parametrize("text", ["", "a", "1,", "-1", "1.5", "٣", "1000001", "9" * 30])
def test_what_is_no_size_is_named(text: str) -> None:
    """The message holds the option and what was given."""
    with pytest.raises(UsageError, match="-p takes numbers of tokens, not"):
        sizes([text], "-p")


@pytest.mark.parametrize("text", ["512", "1,2,3", "0,5", "5,0", "a,b", ""])
def test_what_is_no_pair_is_named(text: str) -> None:
    """A pair has a prompt and an answer, both of one token at least."""
    with pytest.raises(UsageError, match="-pg takes"):
        pairs([text])


@pytest.mark.parametrize(("repetitions", "warm_ups"), [(0, 1), (1, -1)])
def test_a_plan_that_measures_nothing_is_refused(repetitions: int, warm_ups: int) -> None:
    """What cannot be measured is a usage error before anything starts."""
    with pytest.raises(UsageError):
        Plan(all_tests(prompts=[8]), repetitions, warm_ups)
    with pytest.raises(UsageError):
        Plan(())
    with pytest.raises(UsageError, match="not empty"):
        all_tests(texts=["a", " "])


def test_a_threshold_is_a_share() -> None:
    """In percent or as a number below one; a bare 5 could be either, so it is asked back."""
    assert (share("5%"), share(" 2.5 %"), share("0.05"), share("0")) == (0.05, 0.025, 0.05, 0.0)
    for text in ("5", "", "-1%", "a%", "1e3"):
        with pytest.raises(UsageError, match="--threshold takes a share"):
            share(text)


def test_a_plan_counts_its_requests() -> None:
    """Warm-ups and repetitions of each test."""
    assert Plan(all_tests(prompts=[8, 9]), repetitions=3, warm_ups=2).total == 10


def test_without_limits_answers_are_as_long_as_they_come() -> None:
    """Prompt tests stay what they are; answers of several sizes become one."""
    plan = Plan(all_tests(prompts=[8], answers=[4, 5])).without_limits()
    assert [test.name for test in plan.tests] == ["pp8", "tg"]
