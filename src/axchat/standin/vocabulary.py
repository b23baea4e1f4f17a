"""A small reversible vocabulary without tables, shaped like a real one where it matters.

Ids stay below 151936 (the ``--tokens_embed_num`` of Qwen2.5), the special ids are Qwen's, and a
character outside the Basic Multilingual Plane takes four ids, so that chunks of three ids tear an
emoji as the vendor's do (recorded session 04-pty-answers-live1).
"""

import re
from collections.abc import Iterable

TOKENS_EMBED_NUM = 151936
EOS_ID = 151645
BOS_ID = -1
"""Qwen has none; the vendor's server says -1."""

SPECIALS = {151643: "<|endoftext|>", 151644: "<|im_start|>", 151645: "<|im_end|>"}

_BYTE_IDS = 256
_PAIR_FIRST = 256
_PRINTABLE_FIRST, _PRINTABLE_LAST = 0x20, 0x7E
_PRINTABLES = _PRINTABLE_LAST - _PRINTABLE_FIRST + 1
_PAIR_END = _PAIR_FIRST + _PRINTABLES * _PRINTABLES
_CHARACTER_BASE = 10000
_CHARACTER_FIRST, _CHARACTER_LAST = 0x80, 0xFFFF
_SURROGATES = range(0xD800, 0xE000)
_SPECIAL_IDS = {text: token for token, text in SPECIALS.items()}
_SPECIAL = re.compile("|".join(re.escape(text) for text in _SPECIAL_IDS))


def encode(text: str) -> list[int]:
    """Return the ids of a text; the special tokens' spellings become their ids, as in the vendor's server."""
    ids: list[int] = []
    at = 0
    for special in _SPECIAL.finditer(text):
        ids += _encode_plain(text[at : special.start()])
        ids.append(_SPECIAL_IDS[special.group()])
        at = special.end()
    return ids + _encode_plain(text[at:])


def decode(ids: Iterable[int]) -> str:
    """Return the text of some ids; torn characters become U+FFFD, ids of nobody become nothing."""
    return b"".join(_bytes_of(token) for token in ids).decode("utf-8", "replace")


def is_own(ids: Iterable[int]) -> bool:
    """Say whether ids were made by ``encode``: they survive a round trip."""
    ids = list(ids)
    return encode(decode(ids)) == ids


def _encode_plain(text: str) -> list[int]:
    ids: list[int] = []
    at = 0
    while at < len(text):
        code = ord(text[at])
        if _printable(code) and at + 1 < len(text) and _printable(ord(text[at + 1])):
            second = ord(text[at + 1]) - _PRINTABLE_FIRST
            ids.append(_PAIR_FIRST + (code - _PRINTABLE_FIRST) * _PRINTABLES + second)
            at += 2
            continue
        if _CHARACTER_FIRST <= code <= _CHARACTER_LAST and code not in _SURROGATES:
            ids.append(_CHARACTER_BASE + code)
        else:
            ids += text[at].encode("utf-8", "surrogatepass")
        at += 1
    return ids


def _printable(code: int) -> bool:
    return _PRINTABLE_FIRST <= code <= _PRINTABLE_LAST


def _bytes_of(token: int) -> bytes:
    if 0 <= token < _BYTE_IDS:
        return bytes([token])
    if token < _PAIR_END:
        if token < 0:
            return b""
        first, second = divmod(token - _PAIR_FIRST, _PRINTABLES)
        return bytes([_PRINTABLE_FIRST + first, _PRINTABLE_FIRST + second])
    if token in SPECIALS:
        return SPECIALS[token].encode()
    code = token - _CHARACTER_BASE
    if _CHARACTER_FIRST <= code <= _CHARACTER_LAST and code not in _SURROGATES:
        return chr(code).encode()
    return b""
