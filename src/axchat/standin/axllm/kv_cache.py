"""The KV cache of ``axllm``: the ids it holds, and the model's groups that say how much may be added.

A group takes ``total_cap`` ids, of which ``history_cap`` may be there before; the smallest whose history cap
reaches is used. Lines and limits: recorded axllm-r03 (question 8), r04, r08.
"""

from collections.abc import Sequence
from typing import NamedTuple

from axchat.standin.axllm.log import Log


class Group(NamedTuple):
    """One compiled size of the model; ``number`` counts from 1, -1 is no group at all."""

    number: int
    history_cap: int
    total_cap: int
    symbolic_cap: int


NO_GROUP = Group(-1, -1, -1, -1)


class ContextFull(Exception):
    """What is to be fed does not fit; the log says which limit."""


class KvCache:
    """``ids`` are in the cache. ``sizes`` are the groups' totals, ``chunk`` how many ids one step feeds."""

    def __init__(self, sizes: Sequence[int], chunk: int, log: Log) -> None:
        self.ids: list[int] = []
        self.groups = [
            Group(number, before, size, before or 1)
            for number, (before, size) in enumerate(zip([0, *sizes], sizes, strict=False), 1)
        ]
        self._chunk = chunk
        self._reported = 0
        self._log = log

    @property
    def limit(self) -> int:
        """How many ids a prompt and its history may have."""
        return self.groups[-1].total_cap

    def group_for(self, history: int) -> Group:
        """Return the group for a history of that many ids."""
        return next((group for group in self.groups if group.history_cap >= history), NO_GROUP)

    def check(self, count: int) -> None:
        """Say what ``count`` new ids mean, in the log; raises ContextFull, with the cache emptied."""
        group = self.group_for(len(self.ids))
        self._log.line(
            "INF",
            "SetKVCache:2667",
            f"decode_grpid:0 prefill_grpid:{group.number} history_cap:{group.history_cap} "
            f"total_cap:{group.total_cap} symbolic_cap:{group.symbolic_cap} "
            f"precompute_len:{len(self.ids)} input_num_token:{count} prefer_symbolic_group:0",
        )
        if group is NO_GROUP:
            self._refuse("SetKVCache:2679", "invalid prefill_grpid=-1")
        room = self.limit - group.history_cap
        self._log.line("INF", "SetKVCache:2689", f"current prefill_max_token_num:{room}")
        if count > room:
            self._refuse("SetKVCache:2702", f"input_num_token({count}) > prefill_max_token_num({room})")
        if not self.ids:
            self._log.line("INF", "SetKVCache:2705", "first run")

    def _refuse(self, place: str, message: str) -> None:
        self._log.line("ERR", place, message)
        self._log.line("ERR", "Run:3781", "SetKVCache failed")
        self.ids = []
        raise ContextFull

    def chunks(self, ids: Sequence[int]) -> list[Sequence[int]]:
        """Return the ids in the steps that feed them, and say how many in the log."""
        chunks = [ids[at : at + self._chunk] for at in range(0, len(ids), self._chunk)]
        self._log.line("INF", "Run:2865", f"input token num : {len(ids)}, prefill_split_num : {len(chunks)}")
        return chunks

    def feed(self, number: int, chunk: Sequence[int]) -> None:
        """Put the chunk with that number into the cache."""
        group = self.group_for(len(self.ids))
        self._log.line(
            "INF",
            "Run:2945",
            f"prefill chunk p={number} history_len={len(self.ids)} grpid={group.number} "
            f"kv_cache_num={group.history_cap} input_tokens={len(chunk)}",
        )
        self.ids += chunk

    def report(self, *, has_input: bool, made: int) -> None:
        """Say in the log how full it is, with ``made`` ids of an answer; past the limit the rest is negative.

        Without any input or answer the length before stands, and the program wonders about it
        (axllm-s02-params).
        """
        is_nothing = not (has_input or made)
        self._reported = self._reported if is_nothing else len(self.ids)
        message = f"precompute_len:{self._reported}, remaining:{self.limit - self._reported} (tracked)"
        self._log.line("INF", "GetKVCache:2620", message)
        if is_nothing:
            message = (
                f"exact cached token prefix length differs from KV: tokens={len(self.ids)} "
                f"precompute_len={self._reported} generated=0 input=0"
            )
            self._log.line("WRN", "Run:3847", message)
