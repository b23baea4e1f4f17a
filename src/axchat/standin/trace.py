"""What the model was fed, for tests: one JSON line per turn, in a file.

``{"turn": 0, "fed": [...], "kv": [...], "answered": [...]}``: the ids that this turn put in, the ids in the
KV cache when it was over, and the ids that it answered. The context console also writes a line for what it
fills the cache with before a turn: ``{"turn": null, "fed": [...], "kv": [...], "answered": []}``.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path

TRACE_VARIABLE = "AXCHAT_STANDIN_TRACE"


class Trace:
    """A trace into the file ``path``, else the one of AXCHAT_STANDIN_TRACE, else none; lines are appended."""

    def __init__(self, path: str | None = None) -> None:
        named = path or os.environ.get(TRACE_VARIABLE)
        self._path = Path(named) if named else None

    def write(
        self, turn: int | None, fed: Sequence[int], kv: Sequence[int], answered: Sequence[int] = ()
    ) -> None:
        """Append one line. Raises OSError when the file cannot be written."""
        if self._path is None:
            return
        line = {"turn": turn, "fed": list(fed), "kv": list(kv), "answered": list(answered)}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
