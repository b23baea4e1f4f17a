"""The context console's KV cache: the ids in it, the lines that tell of it, and its files.

The vendor keeps keys and values; the ids they come from are what decides an answer, so here they stand for
them. Conditions, limits and lines: vendor LLM.hpp of the context builds, SetKVCache, GetKVCache and
GenerateKVCachePrefill (runner-console facts, part I sections 3.2, 3.3 and 3.5).
"""

import array
import json
from pathlib import Path

from axchat.standin import text
from axchat.standin.clock import Pace
from axchat.standin.session import Session

CONFIG = "config.json"
_ID_TYPE = "i"
_LINE_GENERATE = 402
_LINE_GENERATE_CHUNK = 438
_LINE_SET = 614
_LINE_GET = 597
_LINE_LOAD = 100
_LINE_SAVE = 63


class KvCache:
    """The ids in the cache, in order; ``system_prompt`` is the one that they begin with."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._groups = session.script.prefill_groups
        self._group = 1
        self._room = self._groups[-1]
        self._precompute_len = 0
        self.ids: list[int] = []
        self.system_prompt = session.settings.system_prompt

    def generate(self, ids: list[int]) -> None:
        """Fill the empty cache with the system prompt's ids, a chunk at a time."""
        self.ids = list(ids)
        self._precompute_len = len(ids)
        self._room = self._groups[-1]
        chunks = chunk_sizes(len(ids), self._session.script.prefill_token_num)
        group = next((n for n, size in enumerate(self._groups, 1) if len(ids) <= size), len(self._groups))
        numbers = f"input token num : {len(ids)}, prefill_split_num : {len(chunks)} prefill_grpid : {group}"
        self._log("I", "GenerateKVCachePrefill", _LINE_GENERATE, numbers)
        if not ids:
            self._log("I", "GenerateKVCachePrefill", _LINE_GENERATE + 11, "input token num is 0, skip")
        pace = Pace(self._session.interrupts, stoppable=False)
        for size in chunks:
            self._log("I", "GenerateKVCachePrefill", _LINE_GENERATE_CHUNK, f"input_num_token:{size}")
            pace.step(self._session.script.prefill_token_s * size)
        self._session.trace.write(None, ids, self.ids)

    def make_room(self, count: int) -> bool:
        """Prepare for ``count`` more ids; False after a printed error when there is no room for them.

        A failure leaves the limit shrunken until the next turn that works, as the vendor's does.
        """
        used = self._precompute_len
        self._group = next((n for n, size in enumerate(self._groups, 1) if used + count <= size), self._group)
        size = self._groups[self._group - 1]
        shown = (
            f"prefill_grpid:{self._group} kv_cache_num:{size} precompute_len:{used} input_num_token:{count}"
        )
        self._log("I", "SetKVCache", _LINE_SET, shown)
        step = self._session.script.prefill_token_num
        self._room = (self._room - used) // step * step
        self._log("I", "SetKVCache", _LINE_SET + 3, f"current prefill_max_token_num:{self._room}")
        if used == 0:
            self._log("I", "SetKVCache", _LINE_SET + 7, "first run")
            return True
        if used + count > size:
            limit = f"_attr.prefill_max_kv_cache_num_grp[{self._group - 1}]"
            message = f"precompute_len({used}) + input_num_token({count}) > {limit}"
            self._log("E", "SetKVCache", _LINE_SET + 13, message)
        elif count > self._room:
            message = f"input_num_token({count}) > _attr.prefill_max_token_num({self._room})"
            self._log("E", "SetKVCache", _LINE_SET + 19, message)
        elif len(self.ids) != used:
            width = self._session.script.kv_cache_size
            wanted = f"precompute_len({used}) * _attr.kv_cache_size({width})"
            message = f"k_cache.size({len(self.ids) * width}) != {wanted}"
            self._log("E", "SetKVCache", _LINE_SET + 58, message)
        else:
            return True
        return False

    def keep(self, ids: list[int]) -> None:
        """Take over what a turn left in the cache, and tell how much room remains."""
        self.ids = ids
        self._precompute_len = len(ids)
        self._room = self._groups[-1]
        message = f"precompute_len:{len(ids)}, remaining:{self._groups[-1] - len(ids)}"
        self._log("I", "GetKVCache", _LINE_GET, message)

    @property
    def precompute_len(self) -> int:
        """How many ids the cache is said to hold."""
        return self._precompute_len

    def load(self, directory: Path) -> bool:
        """Read the cache from its files; False after a printed error when one is missing."""
        for number in range(self._session.settings.layers):
            keys, values = _files(directory, number)
            if not (keys.is_file() and values.is_file()):
                self._log("E", "load_kvcache", _LINE_LOAD, f"k_cache {keys} or v_cache {values} not exist")
                return False
        if not (directory / CONFIG).is_file():
            self._log("E", "load_kvcache", _LINE_LOAD + 15, f"config {directory / CONFIG} not exist")
            return False
        about = json.loads((directory / CONFIG).read_text(encoding="utf-8"))
        self.system_prompt = about["system_prompt"]
        self._precompute_len = about["precompute_len"]
        self.ids = list(array.array(_ID_TYPE, _files(directory, 0)[0].read_bytes()))
        self._session.trace.write(None, self.ids, self.ids)
        return True

    def save(self, directory: Path) -> bool:
        """Write the cache to files, a pair for each layer; False after a printed error."""
        data = array.array(_ID_TYPE, self.ids).tobytes()
        about = {"precompute_len": self._precompute_len, "system_prompt": self.system_prompt}
        try:
            for number in range(self._session.settings.layers):
                for path in _files(directory, number):
                    path.write_bytes(data)
            (directory / CONFIG).write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
        except OSError:
            self._log("E", "save_kvcache", _LINE_SAVE, "save kvcache failed")
            return False
        return True

    def _log(self, level: str, function: str, line: int, message: str) -> None:
        self._session.output.write(text.log(level, function, line, message))


def chunk_sizes(count: int, size: int) -> list[int]:
    """Return how many ids each prefill takes: full chunks, then the rest."""
    full, rest = divmod(count, size)
    return [size] * full + ([rest] if rest else [])


def _files(directory: Path, number: int) -> tuple[Path, Path]:
    return directory / f"k_cache_{number}.bin", directory / f"v_cache_{number}.bin"
