"""Kill chats on a terminal at random moments, and see that every turn shown as finished is kept.

``PYTHONPATH=tests python -m performance.chat_kills [--kills 300] [--seed N]``
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from support.chat_kills import kill_chats


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        shown, wrong = kill_chats(Path(folder), chosen.kills, seed=chosen.seed)
    print(f"{chosen.kills} kills, seed {chosen.seed}: {shown} turns were shown, {len(wrong)} are wrong")
    for each in wrong:
        print(f"  {each}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
