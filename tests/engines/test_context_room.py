"""What fits into a runner's context."""

import pytest

from axchat.console.events import Limits
from axchat.engines.context_room import ContextRoom
from axchat.errors import ContextOverflow

LEGACY = ContextRoom(Limits(max_token_len=1023, kv_cache_num=1023))
PREFILL = ContextRoom(Limits(max_token_len=1023, kv_cache_num=1023, prefill_token_num=128))
CONTEXT = ContextRoom(Limits(2559, 2559, prefill_token_num=128, prefill_max_token_num=2048))


def test_a_build_without_prefill_shares_its_positions() -> None:
    """Prompt and answer share max_token_len; the longest prompt leaves one answer token."""
    assert not LEGACY.has_prefill
    assert LEGACY.longest_prompt == 1023
    assert LEGACY.answer_room(1023) == 1


def test_a_prefill_build_takes_one_step() -> None:
    """A prompt longer than prefill_token_num would be answered as an empty one."""
    assert PREFILL.has_prefill
    assert PREFILL.longest_prompt == 128


def test_a_stateful_build_prefills_in_several_steps() -> None:
    """Its prompt limit is that of all steps together."""
    assert CONTEXT.longest_prompt == 2048


def test_a_prompt_leaves_room_for_the_answer_that_is_asked_for() -> None:
    """Beside the prompt's own limit; without a number of tokens only that one counts."""
    assert LEGACY.prompt_room(None) == 1023
    assert LEGACY.prompt_room(24) == 1000
    assert CONTEXT.prompt_room(24) == 2048
    assert LEGACY.prompt_room(5000) == 0
    assert ContextRoom(Limits()).prompt_room(24) is None


def test_the_recorded_length_limit_is_a_full_context() -> None:
    """Recording 05-pty-length-limit: 30 prompt tokens of 127 positions leave 98 for the answer."""
    limits = ContextRoom(Limits(max_token_len=127))

    assert limits.answer_room(30) == 98
    assert limits.is_full(30, 98)
    assert not limits.is_full(30, 97)


def test_a_prompt_that_is_too_long_is_refused_with_the_numbers() -> None:
    """The error says how many tokens there are and how many fit."""
    with pytest.raises(ContextOverflow, match="1024 tokens, this model takes 1023") as caught:
        LEGACY.check(1024, None)
    assert caught.value.facts["prompt_limit"] == 1023


def test_max_tokens_that_do_not_fit_are_refused_with_the_numbers() -> None:
    """Prompt and max_tokens are checked together, and the error names what would fit."""
    LEGACY.check(1000, 24)

    with pytest.raises(ContextOverflow, match="room for 24 of a context of 1023, not for --max-tokens 25"):
        LEGACY.check(1000, 25)


def test_a_silent_runner_has_no_limits() -> None:
    """What was not said is not enforced."""
    limits = ContextRoom(Limits())
    limits.check(10**6, 10**6)

    assert not limits.is_full(10**6, 10**6)
