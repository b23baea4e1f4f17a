"""Measure a warm ``axchat run`` beside ``axchat run --once``, over a stand-in that loads in 20 seconds.

``PYTHONPATH=tests python -m performance.holder_warm [warm runs]``: from the start of the process to the first
byte of the answer on its standard output. Prints the medians and how many times sooner the warm one is.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from support.chaos import Scene

LOAD_S = 20.0
ONCE = 2
WARM = 20


def first_byte(scene: Scene, *options: str) -> float:
    """Seconds from the start of ``axchat run`` to its answer's first byte."""
    began = time.perf_counter()
    command = scene.run("-q", *options)
    assert command.wait_for(lambda: bool(command.out)), command.err
    took = time.perf_counter() - began
    command.assert_answered()
    return took


def main() -> None:
    """Measure and print."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else WARM
    with tempfile.TemporaryDirectory() as folder:
        scene = Scene(Path(folder), load_s=LOAD_S, token_s=0.002, prefill_token_s=0.0)
        try:
            once = statistics.median(first_byte(scene, "--once") for _ in range(ONCE))
            cold = first_byte(scene)
            warm = [first_byte(scene) for _ in range(times)]
        finally:
            scene.end()
    middle = statistics.median(warm)
    print(
        f"load {LOAD_S:.0f} s: first byte of run --once after {once:.2f} s, of a cold run after {cold:.2f} s"
    )
    print(
        f"warm: median {1000 * middle:.0f} ms, most {1000 * max(warm):.0f} ms, {once / middle:.0f} x sooner"
    )


if __name__ == "__main__":
    main()
