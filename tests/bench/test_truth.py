"""The truth of bench: on a clock that only the engine moves, every figure is the engine's schedule."""

from typing import Any

import pytest

from axchat.bench.figures import figures, load_figures
from axchat.bench.measure import Watch, measure
from axchat.bench.plan import Plan, all_tests
from axchat.bench.report import LoadSource, ModelRun
from axchat.bench.split import split
from axchat.bench.stats import Summary
from axchat.engines.base import Capabilities
from support.clock import FakeClock
from support.scheduled import ABLE, ScheduledEngine


def run(engine: ScheduledEngine, repetitions: int = 3, warm_ups: int = 1, **asked: Any) -> ModelRun:
    """Measure these tests on its clock."""
    plan = Plan(all_tests(**asked), repetitions, warm_ups)
    return measure(engine, plan, Watch(clock=engine.clock, sleep=engine.clock.sleep))


def known(made: ModelRun, test: str) -> dict[str, Summary]:
    """The figures of a test that have values."""
    [result] = [result for result in made.results if result.test.name == test]
    assert result.error is None
    return {f.key: f.summary for f in figures(made, result) if f.summary is not None}


def close(value: float) -> Any:
    """What arithmetic leaves of it."""
    return pytest.approx(value, rel=1e-9)


def test_prefill_and_ttft_are_of_the_exact_size_that_was_asked_for() -> None:
    """Of 64 tokens the five of template and mark are kept from before: 59 are read, 10 ms each."""
    made = run(ScheduledEngine(FakeClock(1000.0)), prompts=[64])
    found = known(made, "pp64")
    assert found["prompt_tokens"].mean == 64
    assert found["cached_tokens"].mean == 5
    assert found["ttft_s"].mean == close(0.59)
    assert found["prefill_tokens_per_s"].mean == close(100.0)
    assert found["engine_prefill_s"].mean == close(0.59)
    assert found["completion_tokens"].mean == 1


def test_a_slow_prefill_shows_in_prefill_alone() -> None:
    """A second for each prompt token changes TTFT and prefill, and the rate of the answer not at all."""
    found = known(run(ScheduledEngine(FakeClock(), prefill_token_s=1.0), pairs=[(64, 9)]), "pp64+tg9")
    assert found["ttft_s"].mean == close(59.0)
    assert found["prefill_tokens_per_s"].mean == close(1.0)
    assert found["decode_tokens_per_s"].mean == close(4.0)


def test_a_fixed_rate_is_that_rate() -> None:
    """Eight intervals of a quarter of a second between nine tokens: four a second, in the whole 2 s."""
    found = known(run(ScheduledEngine(FakeClock()), answers=[9]), "tg9")
    assert found["decode_tokens_per_s"].mean == close(4.0)
    assert found["decode_tokens_per_s"].sd == pytest.approx(0.0, abs=1e-9)
    assert found["inter_token_s"].n == 3 * 8
    assert found["inter_token_s"].median == close(0.25)
    assert found["total_s"].mean - found["ttft_s"].mean == close(2.0)


def test_jitter_shows_in_the_percentiles() -> None:
    """Of 100 intervals 90 take 100 ms, six 200, three 300 and one a second: each percentile is its own."""
    slow = {**dict.fromkeys(range(10, 16), 0.2), 20: 0.3, 40: 0.3, 60: 0.3, 80: 1.0}
    engine = ScheduledEngine(FakeClock(), gap_s=lambda number: slow.get(number, 0.1))
    found = known(run(engine, answers=[101]), "tg101")["inter_token_s"]
    assert (found.n, found.median, found.p95, found.p99, found.max) == (
        300, close(0.1), close(0.2), close(0.3), close(1.0),
    )  # fmt: skip


def test_a_stall_is_the_longest_interval_and_lowers_the_rate() -> None:
    """Five seconds once in 99 intervals of 50 ms: 9.95 s for 100 tokens."""
    engine = ScheduledEngine(FakeClock(), gap_s=lambda number: 5.05 if number == 50 else 0.05)
    found = known(run(engine, answers=[100]), "tg100")
    assert found["inter_token_s"].max == close(5.05)
    assert found["inter_token_s"].p95 == close(0.05)
    assert found["decode_tokens_per_s"].mean == close(99 / 9.95)


def test_tokens_that_come_in_batches_are_counted_as_tokens() -> None:
    """A runner that brings three at once: the first three are TTFT's, the others share their waits."""
    found = known(run(ScheduledEngine(FakeClock(), batch=3), answers=[9]), "tg9")
    assert found["decode_tokens_per_s"].mean == close(6 / 1.5)
    assert found["inter_token_s"].n == 3 * 6
    assert found["inter_token_s"].max == close(0.25)


def test_a_batch_that_the_limit_cuts_is_not_taken_for_slow_tokens() -> None:
    """The runner makes 12 tokens for an answer of 10; the last one came with two that nobody wanted."""
    engine = ScheduledEngine(FakeClock(), batch=3, ends_batches=True)
    found = known(run(engine, answers=[10]), "tg10")
    assert found["completion_tokens"].mean == 10
    assert found["decode_tokens_per_s"].mean == close(4.0)
    assert found["inter_token_s"].max == close(0.25)


def test_an_engine_that_does_not_tell_tokens_has_its_texts_told_apart() -> None:
    """The count of the whole answer makes the rate; the intervals are those of texts, and it says so."""
    made = run(ScheduledEngine(FakeClock(), batch=3, tells_tokens=False), answers=[9])
    found = known(made, "tg9")
    assert found["decode_tokens_per_s"].mean == close(8 / 1.5)
    assert found["inter_token_s"].median == close(0.75)
    told = {figure.key: figure.includes for figure in figures(made, made.results[0])}
    assert "too high" in told["decode_tokens_per_s"]
    assert "however many tokens each holds" in told["inter_token_s"]


def test_a_reused_prefix_is_not_read_again() -> None:
    """Going on after 64 tokens: their two marks and the ten new words are read, 12 tokens in 0.12 s."""
    found = known(run(ScheduledEngine(FakeClock()), prompts=[64]), "pp64")
    assert found["ttft_reused_s"].mean == close(0.12)
    assert found["ttft_reused_s"].mean < found["ttft_s"].mean


def test_nothing_is_reused_where_nothing_is_kept() -> None:
    """An engine that reads every prompt anew is asked once whether it does, and never again."""
    engine = ScheduledEngine(FakeClock(), keeps=False)
    assert "ttft_reused_s" not in known(run(engine, repetitions=5, prompts=[64]), "pp64")
    assert len(engine.requests) == 1 + 5 + 1


def test_the_load_and_the_cold_ttft_are_those_of_the_start() -> None:
    """Eight seconds of load, and the first request of all on top, though it is a warm-up."""
    made = run(ScheduledEngine(FakeClock()), prompts=[64])
    load, cold = load_figures(made)
    assert [(known.seconds, known.source) for known in made.loads] == [(8.0, LoadSource.START)]
    assert load.values == (8.0,)
    assert cold.values == (close(8.64),)
    assert cold.includes.endswith("(pp64)")


def test_at_a_depth_only_what_is_new_is_read() -> None:
    """A test at depth 512 reads its 64 tokens and the marks between, 10 ms each, not the 512."""
    made = run(ScheduledEngine(FakeClock()), prompts=[64], depths=[0, 512])
    found = known(made, "pp64 @ d512")
    assert found["prompt_tokens"].mean == 576
    assert found["cached_tokens"].min >= 512
    assert found["ttft_s"].mean == close(0.01 * (576 - found["cached_tokens"].mean))


def test_a_split_adds_up_to_the_total() -> None:
    """Every part is its schedule, and no more than one call-back is left over."""
    engine = ScheduledEngine(
        FakeClock(), queue_s=0.5, tokenise_s=0.125, callback_s=0.0625, transport_s=0.25, batch=3
    )
    made = run(engine, repetitions=1, warm_ups=0, pairs=[(64, 9)])
    parts = split(made.results[0].samples)
    assert parts is not None
    assert (parts.queue_s, parts.tokenise_s) == (0.5, 0.125)
    assert parts.callbacks_s == close(3 * 0.0625)
    assert parts.prefill_s == close(0.64 + 2 * 0.25)
    assert parts.decode_s == close(6 * 0.25 - 0.0625)
    assert parts.transport_s == close(0.25)
    assert parts.total_s == close(0.5 + 0.125 + 0.64 + 8 * 0.25 + 3 * 0.0625 + 0.25)
    assert parts.rest_s == close(0.0625)  # the last call-back is behind the last tokens


def test_call_backs_have_a_clock_of_their_own() -> None:
    """Where the runner asks our tokenizer service, prefill and decode are told as seen there."""
    made = run(ScheduledEngine(FakeClock(), callback_s=0.0625), pairs=[(64, 9)])
    found = {figure.key: figure for figure in figures(made, made.results[0])}
    assert found["tokenizer_prefill_s"].clock == "tokenizer"
    assert found["tokenizer_decode_tokens_per_s"].values == (close(8 / (8 * 0.25 + 8 * 0.0625)),) * 3
    assert "engine_prefill_s" not in found


def test_an_engine_that_loads_each_time_has_its_load_in_ttft_and_no_prefill_rate() -> None:
    """A rate that hides eight seconds of load would be false."""
    able = Capabilities(sampling=ABLE.sampling, stays_loaded=False)
    made = run(ScheduledEngine(FakeClock(), capabilities=able), repetitions=2, prompts=[64])
    found = known(made, "pp64")
    assert [(load.seconds, load.source) for load in made.loads] == [(8.0, LoadSource.PROGRESS)] * 2
    assert found["ttft_s"].mean == close(8.59)
    assert "prefill_tokens_per_s" not in found
    parts = split(made.results[0].samples)
    assert parts is not None
    assert parts.load_s == 8.0
