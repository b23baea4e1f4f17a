"""Ask a holder by 64 clients at once, a third of whose requests go away, and look at what it keeps.

``PYTHONPATH=tests python -m performance.holder_soak [requests] [seed]``: over its Unix socket and OpenAI's
API. Every completed answer is checked, and so is the order of the queue. Prints the time that holder and
client added to an answer, and the holder's descriptors, threads, objects and memory before and after.
"""

import sys
import tempfile
import time
from pathlib import Path

from support.soak import soak


def main() -> None:
    """Soak and print."""
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns() % 1_000_000
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        print(soak(Path(folder), requests, seed))


if __name__ == "__main__":
    main()
