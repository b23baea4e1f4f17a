"""Kill programs that keep turns at random moments, and see that nothing shown was lost.

``PYTHONPATH=tests python -m performance.history_kills [--kills 300] [--seed N]``
"""

import argparse
import os
import random
import sys
import tempfile
from pathlib import Path

from support.history_kills import kills


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        shown, wrong = kills(Path(folder) / "history.db", dict(os.environ), chosen.kills, seed=chosen.seed)
    print(
        f"{chosen.kills} kills, seed {chosen.seed}: {shown} turns were shown, {len(wrong)} things are wrong"
    )
    for each in wrong:
        print(f"  {each}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
