"""Kill the holder, its runner, its helpers and its clients at random moments.

``PYTHONPATH=tests python -m performance.holder_chaos [kills] [seed]``: after each kill the next ``axchat
run`` has to answer, and nothing may be left behind. Prints who was killed when. tests/server/test_chaos.py
does the same a few times.
"""

import sys
import tempfile
import time
from pathlib import Path

from support.chaos import MOMENTS, VICTIMS, Chaos, Scene


def main() -> None:
    """Kill and print."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns() % 1_000_000
    print(f"seed {seed}", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        scene = Scene(Path(folder))
        chaos = Chaos(scene, seed)
        try:
            chaos.play(kills)
            scene.stop()
            scene.assert_no_orphan()
            assert not scene.socket.exists(), "a socket was left behind"
        finally:
            scene.end()
    print(
        f"{kills} kills in {time.monotonic() - began:.0f} s; every next run answered, nothing was left behind"
    )
    print(f"{'':10}" + "".join(f"{moment:>10}" for moment in MOMENTS))
    for role in (*VICTIMS, "nobody"):
        row = "".join(f"{chaos.killed[role, moment]:10}" for moment in MOMENTS)
        print(f"{role:10}{row}")


if __name__ == "__main__":
    main()
