"""What may differ between a documented output and a real one."""

import pytest

from support.page_masks import masked

SAME = [
    ("axchat: loaded qwen-demo in 4.2 s", "axchat: loaded qwen-demo in 1 min 12 s"),
    ("holder:  pid 1, since 9 s, axchat 0.1.0", "holder:  pid 30597, since 2 min, axchat 1.12.0"),
    ("1  What?  (2026-11-28 20:07)", "1  What?  (2027-01-01 00:00)"),
    ("card memory: 7021 MiB of CMM left", "card memory: 3,011 MiB of CMM left"),
    ('{"total_duration":160937766,"done":true}', '{"total_duration":3e9,"done":true}'),
    ('axchat_ttft_seconds_sum{a="b"} 0.2', 'axchat_ttft_seconds_sum{a="b"} 12'),
    ("│ TTFT   │ 0.0066 │ tok/s │", "│ TTFT │ 12 │ tok/s │"),
    ("a\n ─────\n", "a\n ───────────"),
    ("12.5 tok/s, 61 °C", "3 tok/s, 55 °C"),
]  # fmt: skip

DIFFERENT = [
    ("axchat: loaded qwen-demo in 4.2 s", "axchat: loaded gwen-demo in 4.2 s"),
    ("answered:     2", "answered:     3"),
    ("queue: empty", "queue: 1 request"),
    ("  -> axchat stop", ""),
    ("1", "7"),
    ('{"eval_count": 10}', '{"eval_count": 11}'),
    ("axchat_tokens_total 38.0", "axchat_tokens_total 39.0"),
    ("listening at http://127.0.0.1:11435", "listening at http://127.0.0.1:8080"),
    ("a\n\nb", "a\nb"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_varies_is_masked(one: str, other: str) -> None:
    """Times, sizes, rates, process numbers, moments, versions, and columns as wide as what stands in them."""
    assert masked(one.split("\n")) == masked(other.split("\n"))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_nothing_else_is(one: str, other: str) -> None:
    """Words, counts, addresses, exit statuses, lines."""
    assert masked(one.split("\n")) != masked(other.split("\n"))
