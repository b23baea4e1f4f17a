"""What ``axchat bench`` reports of a stand-in whose rate is known.

The command itself, through the holder, as ``axchat bench -m DIRECTORY -n N -o json``: its mean decode rate
against the pace of the stand-in's schedule, which does not wait for axchat.
"""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from performance.row import Row, Scale, at_most
from support.chaos import Scene

KEYS = ("bench/decode-50", "bench/decode-500")
RATES = (50, 500)
SECONDS = {Scale.QUICK: 1, Scale.FULL: 2}
"""Of an answer."""
REPETITIONS = {Scale.QUICK: 2, Scale.FULL: 5}


def reported(rate: int, tokens: int, repetitions: int) -> float:
    """The mean decode rate that bench reports."""
    options = ("-e", "session", "-n", str(tokens), "-r", str(repetitions), "-o", "json", "-q")
    with tempfile.TemporaryDirectory() as folder:
        scene = Scene(
            Path(folder),
            load_s=0.0,
            token_s=1 / rate,
            prefill_token_s=0.0,
            answer="fox " * (2 * tokens),
            script={"steady": True, "max_token_len": 4 * tokens},
        )
        try:
            command = scene.axchat("bench", "-m", str(scene.directory), *options)
            status = command.wait()
            assert status == 0, command.err
            (result,) = json.loads(command.out)["results"]
        finally:
            scene.end()
    assert result["error"] is None, result["error"]
    return float(result["figures"]["decode_tokens_per_s"]["summary"]["mean"])


def rows(scale: Scale) -> Iterator[Row]:
    """Measure."""
    for rate in RATES:
        found = reported(rate, SECONDS[scale] * rate, REPETITIONS[scale])
        yield Row(
            f"bench/decode-{rate}",
            f"`axchat bench` of a stand-in at {rate} tokens/s: how far off",
            f"{found:.2f} tokens/s",
            f"{rate} tokens/s",
            100 * abs(found / rate - 1),
            at_most(1, "%"),
        )
