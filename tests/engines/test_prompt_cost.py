"""What a prompt token costs, from measurements."""

import pytest

from axchat.engines.prompt_cost import PromptCost


def test_nothing_is_estimated_before_a_measurement() -> None:
    """An estimate without data would be a guess."""
    assert PromptCost().estimate_s(400) is None


def test_an_estimate_is_tokens_times_the_measured_cost() -> None:
    """400 tokens at 75 ms each are 30 s."""
    cost = PromptCost()
    cost.measured(200, 15.0)

    assert cost.estimate_s(400) == pytest.approx(30.0)


def test_a_changed_speed_is_believed_within_a_few_turns() -> None:
    """A card that throttles to half its speed is estimated right within 5 % after five turns."""
    cost = PromptCost()
    cost.measured(100, 1.0)
    for _ in range(5):
        cost.measured(100, 2.0)

    assert cost.estimate_s(100) == pytest.approx(2.0, rel=0.05)


@pytest.mark.parametrize(("tokens", "seconds"), [(0, 1.0), (5, 0.0), (5, -1.0)])
def test_a_measurement_of_nothing_says_nothing(tokens: int, seconds: float) -> None:
    """No tokens, or no time, is no measurement."""
    cost = PromptCost()
    cost.measured(tokens, seconds)

    assert cost.s_per_token is None
