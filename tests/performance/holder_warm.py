"""To the first byte of the answer, over a stand-in that loads for 20 seconds.

``axchat run`` a second time, from the start of the process to the first byte on its standard output,
against the vendor's script started each time under pexpect, from its start to the answer's first text; its
tokenizer server runs already. A load is waiting, so that warm runs are measured while the script loads.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from performance.bare_runner import BareRunner, vendor_tokenizer, written
from performance.row import Row, Scale, at_least
from support.chaos import ANSWER, Scene

KEYS = ("second-run/first-byte",)
LOAD_S = 20.0
TOKEN_S = 0.002
ROUNDS = {Scale.QUICK: 1, Scale.FULL: 2}
WARM = {Scale.QUICK: 5, Scale.FULL: 10}
"""In a round."""


def first_byte(scene: Scene) -> float:
    """Seconds from the start of ``axchat run`` to its answer's first byte."""
    began = time.perf_counter()
    command = scene.run("-q")
    assert command.wait_for(lambda: bool(command.out)), command.err
    took = time.perf_counter() - began
    command.assert_answered()
    return took


def script(directory: Path) -> float:
    """Seconds from the start of the vendor's script to its answer's first text."""
    began = time.perf_counter()
    runner = BareRunner(directory)
    try:
        runner.wait_until_loaded()
        runner.ask_until(ANSWER[:4])
        return time.perf_counter() - began
    finally:
        runner.close()


def rows(scale: Scale) -> Iterator[Row]:
    """Measure."""
    scripts, warm = [], []
    with (
        vendor_tokenizer() as port,
        tempfile.TemporaryDirectory() as folder,
        ThreadPoolExecutor(1) as aside,
    ):
        scene = Scene(Path(folder) / "ours", load_s=LOAD_S, token_s=TOKEN_S, prefill_token_s=0.0)
        directory = written(Path(folder) / "bare", port, ANSWER, token_s=TOKEN_S, load_s=LOAD_S)
        try:
            cold = None
            for _ in range(ROUNDS[scale]):
                loading = aside.submit(script, directory)
                cold = cold or first_byte(scene)
                warm += [first_byte(scene) for _ in range(WARM[scale])]
                scripts.append(loading.result())
        finally:
            scene.end()
    ours, theirs = statistics.median(warm), statistics.median(scripts)
    slowest = f"the slowest of {len(warm)} warm ones {1000 * max(warm):.0f} ms"
    note = f"The first `axchat run`, which loads, took {cold:.2f} s; {slowest}."
    yield Row(
        KEYS[0],
        f"second `axchat run` against the script each time, a load of {LOAD_S:.0f} s",
        f"{1000 * ours:.0f} ms",
        f"{theirs:.2f} s",
        theirs / ours,
        at_least(50, "times sooner"),
        (note,),
    )
