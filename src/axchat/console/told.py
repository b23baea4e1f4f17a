"""What the messages of log lines tell: limits of the model, state of the context, numbers of an overflow."""

import re
from dataclasses import replace

from axchat.console.events import ContextState, Limits, Overflow

_COUNTS = re.compile(
    r"(?:^|, )(max_token_len|kv_cache_num|prefill_token_num|prefill_max_token_num) ?: ?(\d+)"
)
_UID = re.compile(r"uid: (\S+)")
_BAR_CMM = re.compile(r"(?:devid\((\d+)\) )?remain_cmm\((\d+) MB\)")
_TABLE_ROW = re.compile(r"\| *(\d+) *\| *(\d+) *\|")
_CONTEXT = re.compile(r"precompute_len: ?(\d+)(?:, remaining:(-?\d+)(?: \([^)]*\))?)?")
_TTFT = re.compile(r"ttft: ([0-9.]+) ms")
_OVERFLOW = re.compile(
    r"(?:precompute_len\((\d+)\))?(?: \+ )?(?:(?:input_num_token|first_chunk_tokens|input_ids)\((\d+)\))?"
    r" > [\w.]+(?:\((\d+)\)|\[)"  # in brackets stands a number of a group, not a limit
)


def limits_with(limits: Limits, message: str) -> Limits:
    """The limits with what one start line adds: a log message, a bar's text or a row of the CMM table.

    The lines of single groups (``decode grp: ..``, ``grp: ..``) are not limits of the model. A remaining
    memory of -1 could not be read and is not kept.
    """
    if "grp:" in message:
        return limits
    counts = {name: int(value) for name, value in _COUNTS.findall(message)}
    limits = replace(
        limits,
        max_token_len=counts.get("max_token_len", limits.max_token_len),
        kv_cache_num=counts.get("kv_cache_num", limits.kv_cache_num),
        prefill_token_num=counts.get("prefill_token_num", limits.prefill_token_num),
        prefill_max_token_num=counts.get("prefill_max_token_num", limits.prefill_max_token_num),
    )
    if uid := _UID.fullmatch(message):
        return replace(limits, uid=uid[1])
    if cmm := _BAR_CMM.search(message) or _TABLE_ROW.fullmatch(message):
        left = dict(limits.remaining_cmm_mib) | {int(cmm[1] or 0): int(cmm[2])}
        return replace(limits, remaining_cmm_mib=tuple(sorted(left.items())))
    return limits


def context_in(message: str) -> ContextState | None:
    """The state of the context, from a ``precompute_len:33, remaining:1119 (tracked)`` line."""
    if found := _CONTEXT.fullmatch(message):
        return ContextState(int(found[1]), None if found[2] is None else int(found[2]))
    return None


def ttft_in(message: str) -> float | None:
    """Milliseconds to the first token, from a ``ttft: 5.58 ms`` line."""
    found = _TTFT.fullmatch(message)
    try:
        return float(found[1]) if found else None
    except ValueError:  # dots and digits that make no number
        return None


def overflow_in(message: str) -> Overflow | None:
    """The numbers of an overflow, from lines such as ``input_num_token(50) > prefill_max_token_num(32)``."""
    for found in _OVERFLOW.finditer(message):
        if found[1] or found[2]:
            used, asked, limit = (None if number is None else int(number) for number in found.groups())
            return Overflow(used, asked, limit)
    return None
