import pytest

from axchat.bench.plan import Plan, Step
from axchat.errors import UsageError


def test_each_prompt_is_warmed_up_and_repeated_in_turn() -> None:
    """The order is prompt by prompt: warm-ups, then repetitions."""
    plan = Plan(("a", "b"), repetitions=2, warm_ups=1)
    steps = [(step.prompt, step.repetition, step.is_warm_up) for step in plan.steps()]
    one = [(0, True), (0, False), (1, False)]
    assert steps == [(prompt, repetition, warm) for prompt in (0, 1) for repetition, warm in one]
    assert plan.total == len(steps)


def test_warm_ups_may_be_left_out() -> None:
    """Without warm-ups the first request counts."""
    assert next(Plan(("a",), warm_ups=0).steps()) == Step(0, 0, is_warm_up=False)


@pytest.mark.parametrize(
    ("prompts", "repetitions", "warm_ups"), [((), 1, 0), (("a", " "), 1, 0), (("a",), 0, 1), (("a",), 1, -1)]
)
def test_a_plan_without_anything_to_measure_is_refused(
    prompts: tuple[str, ...], repetitions: int, warm_ups: int
) -> None:
    """What cannot be measured is a usage error before anything starts."""
    with pytest.raises(UsageError):
        Plan(prompts, repetitions=repetitions, warm_ups=warm_ups)
