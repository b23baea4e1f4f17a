"""Which card a runner gets."""

import pytest

from axchat.errors import UsageError
from axchat.modeldir.device import axllm_environment, on_device, require_device

ONE = {"--axmodel_num": "28"}
SEVERAL = {"--devices": "0,1,2", **ONE}


@pytest.mark.parametrize("options", [ONE, SEVERAL])
def test_without_a_choice_the_script_is_left_alone(options: dict[str, str]) -> None:
    """Also where it names several cards."""
    assert on_device(options, None) == {}
    require_device(options, None)
    assert axllm_environment(None) == {}


@pytest.mark.parametrize("device", [0, 3])
def test_a_choice_replaces_what_the_script_names(device: int) -> None:
    """The runner gets that card alone."""
    assert on_device(SEVERAL, device) == {"--devices": str(device)}
    assert axllm_environment(device) == {"AXLLM_DEVICES": str(device)}


def test_a_runner_without_the_option_uses_the_first_card() -> None:
    """The first card is what it opens anyway; another one is refused, and nothing is added."""
    assert on_device(ONE, 0) == {}
    with pytest.raises(UsageError, match="first card only, not card 1"):
        on_device(ONE, 1)


@pytest.mark.parametrize(
    ("options", "device", "words"),
    [
        (ONE, 1, "card 0, not card 1"),
        (SEVERAL, 0, "cards 0,1,2, not card 0"),
        ({"--devices": "2"}, 0, "card 2"),
    ],
)
def test_a_script_that_runs_as_it_is_keeps_its_card(options: dict[str, str], device: int, words: str) -> None:
    """Another card than the script's is refused."""
    with pytest.raises(UsageError, match=words):
        require_device(options, device)


def test_a_script_that_runs_as_it_is_may_be_on_the_chosen_card() -> None:
    """The card that it uses is no other one."""
    require_device(ONE, 0)
    require_device({"--devices": "2"}, 2)
