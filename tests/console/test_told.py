"""What single messages of log lines tell."""

import pytest

from axchat.console.events import ContextState, Limits, Overflow
from axchat.console.told import context_in, limits_with, overflow_in, ttft_in


@pytest.mark.parametrize(
    ("messages", "limits"),
    [
        (["max_token_len : 1023"], Limits(max_token_len=1023)),
        (["kv_cache_size : 32, kv_cache_num: 511"], Limits(kv_cache_num=511)),
        (["prefill_token_num : 128", "prefill_max_token_num : 384"], Limits(None, None, 128, 384)),
        (["decode grp: 0, gid: 0, max_token_len : 511"], Limits()),
        (["grp: 2, prefill_max_token_num : 512"], Limits()),
        (["uid: 1-2-3"], Limits(uid="1-2-3")),
        (["init 0 axmodel ok,remain_cmm(7021 MB)"], Limits(remaining_cmm_mib=((0, 7021),))),
        (
            [
                "init 0 axmodel ok,devid(1) remain_cmm(20 MB)",
                "init 1 axmodel ok,devid(0) remain_cmm(30 MB)",
                "|     1|  10|",
            ],
            Limits(remaining_cmm_mib=((0, 30), (1, 10))),
        ),
        (["init 0 axmodel ok,remain_cmm(-1 MB)", "|     0|             -1|"], Limits()),
    ],
)
def test_start_lines_tell_limits(messages: list[str], limits: Limits) -> None:
    """Each line adds what it names; lines of groups and unreadable memory add nothing."""
    told = Limits()
    for message in messages:
        told = limits_with(told, message)

    assert told == limits


@pytest.mark.parametrize(
    ("message", "state"),
    [
        ("precompute_len:46, remaining:2002", ContextState(46, 2002)),
        ("precompute_len:128, remaining:-32 (tracked)", ContextState(128, -32)),
        ("precompute_len:33, remaining:1 (mask inferred)", ContextState(33, 1)),
        ("precompute_len:53", ContextState(53)),
        ("prefill_grpid:2 precompute_len:21 input_num_token:12", None),
    ],
)
def test_context_lines_tell_how_full_it_is(message: str, state: ContextState | None) -> None:
    """All spellings of the line are read, and nothing else is."""
    assert context_in(message) == state


@pytest.mark.parametrize(
    ("message", "overflow"),
    [
        ("input_ids(129) > prefill_token_num(128)", Overflow(None, 129, 128)),
        ("index(9) > token_num(8)", None),
        ("max_token_len(9) > kv_cache_num(8)", None),
    ],
)
def test_overflow_lines_tell_their_numbers(message: str, overflow: Overflow | None) -> None:
    """Only lines about prompts and contexts are overflows."""
    assert overflow_in(message) == overflow


@pytest.mark.parametrize(
    ("message", "ttft_ms"), [("ttft: 5.58 ms", 5.58), ("ttft: . ms", None), ("5 ms", None)]
)
def test_ttft_is_a_number_or_nothing(message: str, ttft_ms: float | None) -> None:
    """What makes no number is not told."""
    assert ttft_in(message) == ttft_ms
