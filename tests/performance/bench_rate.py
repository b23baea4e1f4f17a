"""What ``axchat bench`` reports of a stand-in whose schedule is known.

The command itself, as ``axchat bench -m DIRECTORY -o json``: its mean decode rate against the pace of a
stand-in that does not wait for axchat; then every figure of one request of which the schedule is known: a
slow prefill, 100 prompt tokens, and 123 answer tokens in threes as the legacy console brings them, where
three batches are slower and one has a stall. The load is told only: it has the start of processes in it.
Of the small model on the CPU the decode rate is held against that of llama.cpp's own clock.
"""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from performance.row import Row, Scale, at_most
from support.chaos import Command, Scene

RATES = (50, 500)
SECONDS = {Scale.QUICK: 1, Scale.FULL: 2}
"""Of an answer."""
REPETITIONS = {Scale.QUICK: 2, Scale.FULL: 5}
SCHEDULE_REPETITIONS = {Scale.QUICK: 1, Scale.FULL: 3}

BATCH = 3
PROMPT, ANSWER = 100, 123
LOAD_S, PREFILL_S, PREFILL_TOKEN_S, TOKEN_S = 3.0, 0.5, 0.02, 0.03
SLOW_BATCHES, SLOWER_S = (5, 15, 25), 0.02
STALLED_BATCH, STALL_S = 35, 0.4

_slow = {str(BATCH * batch + place): SLOWER_S for batch in SLOW_BATCHES for place in range(BATCH)}
SLOW = {"prefill": PREFILL_S, **_slow, str(BATCH * STALLED_BATCH): STALL_S}
TTFT_S = PREFILL_S + (PROMPT - 1) * PREFILL_TOKEN_S + BATCH * TOKEN_S
DECODE_S = (ANSWER - BATCH) * TOKEN_S + BATCH * len(SLOW_BATCHES) * SLOWER_S + STALL_S

SCHEDULED: Mapping[str, tuple[str, str, float]] = {
    "ttft": ("ttft_s", "mean", TTFT_S),
    "prefill": ("prefill_tokens_per_s", "mean", PROMPT / TTFT_S),
    "tokenizer-prefill": ("tokenizer_prefill_s", "mean", TTFT_S),
    "decode": ("decode_tokens_per_s", "mean", (ANSWER - BATCH) / DECODE_S),
    "tokenizer-decode": ("tokenizer_decode_tokens_per_s", "mean", (ANSWER - BATCH) / DECODE_S),
    "inter-token-p50": ("inter_token_s", "median", TOKEN_S),
    "inter-token-p95": ("inter_token_s", "p95", TOKEN_S + SLOWER_S),
    "inter-token-p99": ("inter_token_s", "p99", TOKEN_S + STALL_S / BATCH),
    "inter-token-max": ("inter_token_s", "max", TOKEN_S + STALL_S / BATCH),
    "total": ("total_s", "mean", TTFT_S + DECODE_S),
    "engine-rate": ("engine_tokens_per_s", "mean", (PROMPT + ANSWER) / (TTFT_S + DECODE_S)),
}
"""Row to figure, what of its summary, and what the schedule says."""

KEYS = (
    *(f"bench/decode-{rate}" for rate in RATES),
    *(f"bench/{name}" for name in SCHEDULED),
    "bench/load",
    "bench/llama.cpp",
)
NEEDS_MODEL = True
TARGET = at_most(1, "%")


def reported(answer: str, options: tuple[str, ...], script: Mapping[str, object], **pace: float) -> Any:
    """What bench reports, as JSON, of a stand-in with this answer and pace."""
    with tempfile.TemporaryDirectory() as folder:
        scene = Scene(
            Path(folder), answer=answer, script={"steady": True, "max_token_len": 4000, **script}, **pace
        )
        try:
            command = scene.axchat(
                "bench", "-m", str(scene.directory), "-e", "session", "-o", "json", "-q", *options
            )
            status = command.wait()
            assert status == 0, command.err
            return json.loads(command.out)
        finally:
            scene.end()


def decode_rate(rate: int, tokens: int, repetitions: int) -> float:
    """The mean decode rate that bench reports."""
    options = ("-n", str(tokens), "-r", str(repetitions))
    answer = "fox " * (2 * tokens)
    (result,) = reported(answer, options, {}, load_s=0.0, token_s=1 / rate, prefill_token_s=0.0)["results"]
    return float(result["figures"]["decode_tokens_per_s"]["summary"]["mean"])


def rows(scale: Scale) -> Iterator[Row]:
    """Measure."""
    for rate in RATES:
        found = decode_rate(rate, SECONDS[scale] * rate, REPETITIONS[scale])
        yield Row(
            f"bench/decode-{rate}",
            f"`axchat bench` of a stand-in at {rate} tokens/s: how far off",
            f"{found:.2f} tokens/s",
            f"{rate} tokens/s",
            100 * abs(found / rate - 1),
            TARGET,
        )
    yield from scheduled(SCHEDULE_REPETITIONS[scale])
    yield on_the_cpu(REPETITIONS[scale])


def scheduled(repetitions: int) -> Iterator[Row]:
    """Every figure of the known request."""
    text = "fox " * (2 * ANSWER)
    options = ("-pg", f"{PROMPT},{ANSWER}", "-r", str(repetitions), "--no-warmup")
    answers = [{"match": None, "text": text, "slow": SLOW}]
    report = reported(
        text,
        options,
        {"answers": answers},
        load_s=LOAD_S,
        token_s=TOKEN_S,
        prefill_token_s=PREFILL_TOKEN_S,
    )
    (result,), (model,) = report["results"], report["models"]
    for name, (figure, part, wanted) in SCHEDULED.items():
        known = result["figures"][figure]
        found, unit = known["summary"][part], known["unit"]
        what = f"{known['title']}, {part}: how far off its schedule"
        off = 100 * abs(found / wanted - 1)
        yield Row(f"bench/{name}", what, f"{found:.4g} {unit}", f"{wanted:.4g} {unit}", off, TARGET)
    load = model["loads"][0]["load_s"]
    what = "load, with the start of the script and its programs"
    yield Row("bench/load", what, f"{load:.2f} s", f"{LOAD_S:.2f} s", load / LOAD_S, None)


def on_the_cpu(repetitions: int) -> Row:
    """The small model's decode rate, by bench's clock and by llama.cpp's."""
    options = ("-pg", "64,48", "-r", str(repetitions), "-o", "json", "-q")
    command = Command(("bench", "-m", "smollm2", *options), os.environ, Path.cwd())
    assert command.wait() == 0, command.err
    (result,) = json.loads(command.out)["results"]
    ours, theirs = (
        float(result["figures"][name]["summary"]["mean"])
        for name in ("decode_tokens_per_s", "engine_decode_tokens_per_s")
    )
    return Row(
        "bench/llama.cpp",
        "`axchat bench` of the small model: how far its decode rate is off llama.cpp's own",
        f"{ours:.2f} tokens/s",
        f"{theirs:.2f} tokens/s",
        100 * abs(ours / theirs - 1),
        at_most(2, "%"),
    )
