"""The truth of bench with real processes: the stand-in's schedule, and llama.cpp's own clock."""

from pathlib import Path

from axchat.bench.figures import figures
from axchat.bench.measure import measure
from axchat.bench.plan import Plan, all_tests
from axchat.bench.rates import decode_rate
from axchat.bench.report import ModelRun
from axchat.bench.stats import Summary
from axchat.engines.cpu import CpuEngine
from axchat.engines.session import SessionEngine
from axchat.messages import Sampling
from axchat.standin.demo import write_demo

TOKEN_S = 0.03
PREFILL_TOKEN_S = 0.005
STALL_S = 0.5


def known(run: ModelRun) -> dict[str, Summary]:
    """The figures of the one test that have values."""
    [result] = run.results
    assert result.error is None
    return {f.key: f.summary for f in figures(run, result) if f.summary is not None}


def test_the_stand_ins_schedule_is_what_bench_tells(tmp_path: Path) -> None:
    """No figure is better than its schedule, but for five percent: a late look at the first text.

    100 prompt tokens, 5 ms each; then 31 of 30 ms, in threes as the legacy console brings them, with a stall
    of half a second before the 16th. ``tests/performance`` holds the same figures to one percent both ways.
    """
    script: dict[str, object] = {"steady": True, "max_token_len": 1000}
    answers = {"match": None, "text": "fox " * 200, "slow": {"15": STALL_S}}
    directory = write_demo(
        tmp_path,
        layers=2,
        load_s=0.3,
        token_s=TOKEN_S,
        prefill_token_s=PREFILL_TOKEN_S,
        script={**script, "answers": [answers]},
    )
    engine = SessionEngine(directory)
    try:
        run = measure(engine, Plan(all_tests(pairs=[(100, 31)]), 1, 0))
    finally:
        engine.close()
    found = known(run)
    assert found["prompt_tokens"].mean == 100
    assert found["completion_tokens"].mean == 31
    assert run.start_load is not None
    assert run.start_load.seconds > 0.99 * 0.3
    assert found["ttft_s"].mean > 0.99 * (99 * PREFILL_TOKEN_S + 3 * TOKEN_S)
    assert found["prefill_tokens_per_s"].mean < 1.05 * 100 / (99 * PREFILL_TOKEN_S + 3 * TOKEN_S)
    assert found["tokenizer_prefill_s"].mean > 0.99 * (99 * PREFILL_TOKEN_S + 3 * TOKEN_S)
    assert found["decode_tokens_per_s"].mean < 1.05 * 27 / (27 * TOKEN_S + STALL_S)
    # the runner makes a whole batch of three also for the 31st token
    assert found["tokenizer_decode_tokens_per_s"].mean < 1.05 * 30 / (30 * TOKEN_S + STALL_S)
    assert found["inter_token_s"].n == 27
    assert found["inter_token_s"].max > 0.99 * (3 * TOKEN_S + STALL_S) / 3
    assert found["inter_token_s"].median < (3 * TOKEN_S + STALL_S) / 3


def test_on_the_cpu_bench_and_llama_cpp_count_the_same_tokens(small_model: Path) -> None:
    """The decode rates, by bench's clock and by llama.cpp's, are of the tokens behind the first in both.

    An answer that the model ends has one token without a text, its last.

    ``tests/performance`` holds the rates themselves to two percent.
    """
    engine = CpuEngine(small_model)
    try:
        run = measure(engine, Plan(all_tests(pairs=[(64, 48)]), 2, 1, sampling=Sampling(temperature=0.0)))
    finally:
        engine.close()
    samples = run.results[0].samples
    assert [sample.sized for sample in samples] == [64] * 2
    for sample in samples:
        answered = sample.usage.completion_tokens
        assert answered is not None
        assert sum(tokens or 0 for _, tokens in sample.arrivals) == answered - (sample.finish == "stop")
        assert sample.timings.decode_tokens == answered - 1
        assert decode_rate(sample) is not None
    found = known(run)
    assert found["prompt_tokens"].mean == 64
    assert found["engine_decode_tokens_per_s"].n == found["decode_tokens_per_s"].n == 2
