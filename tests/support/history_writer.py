"""Keeps turns through a recorder until it is ended, and prints each when ``keep`` has returned.

``python -m support.history_writer STORE NAME [TURNS]``: the turns are NAME-0, NAME-1, ... of one
conversation, with an answer of a few kilobytes. What the recorder tells goes to stderr.
"""

import sys
from pathlib import Path

from axchat.chat.store_recorder import StoreRecorder
from axchat.store.store import Store
from support.stored import an_exchange

ANSWER = "说 words of an answer. " * 200


def main() -> None:
    """See the module."""
    path, name, turns = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 10**9
    recorder = StoreRecorder(lambda _patience_s: Store(path), lambda *_: "rescued")
    recorder.tell = lambda text: print(text, file=sys.stderr, flush=True)
    recorder.start_new(None)
    for number in range(turns):
        recorder.keep(an_exchange(f"{name}-{number}", ANSWER))
        print(f"shown {name}-{number}", flush=True)
    recorder.close()


if __name__ == "__main__":
    main()
