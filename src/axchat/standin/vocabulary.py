"""A small reversible vocabulary without tables, shaped like a real one where it matters.

Ids stay below 151936 (the ``--tokens_embed_num`` of Qwen2.5), the special ids are Qwen's, and a
character outside the Basic Multilingual Plane takes four ids, so that chunks of three ids tear an
emoji as the vendor's do (recorded session 04-pty-answers-live1).
"""

import json
import re
from collections.abc import Iterable
from typing import Protocol

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
    return b"".join(bytes_of(token) for token in ids).decode("utf-8", "replace")


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


def bytes_of(token: int) -> bytes:
    """Return the bytes of one id; none for an id of nobody."""
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


class Vocabulary(Protocol):
    """What the stand-in needs of a vocabulary."""

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text."""
        ...

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of some ids."""
        ...

    def bytes_of(self, token: int) -> bytes:
        """Return the bytes of one id; none for an id of nobody."""
        ...

    def is_own(self, ids: Iterable[int]) -> bool:
        """Say whether ids were made by this vocabulary."""
        ...


class _BuiltIn:
    encode = staticmethod(encode)
    decode = staticmethod(decode)
    bytes_of = staticmethod(bytes_of)
    is_own = staticmethod(is_own)


BUILT_IN: Vocabulary = _BuiltIn()


class VocabularyFile:
    """A byte-level ``tokenizer.json``, encoded by greedy longest match, which needs no library.

    Its ids give the text exactly, but may be cut otherwise than a real tokenizer would. Raises ValueError,
    KeyError or TypeError for a text of another kind.
    """

    def __init__(self, text: str) -> None:
        source = json.loads(text)
        alphabet = _byte_alphabet()
        pieces = source["model"]["vocab"].items()
        ids = {bytes(alphabet[letter] for letter in piece): int(number) for piece, number in pieces}
        self._bytes = {number: data for data, number in ids.items()}
        # A token that no merge makes is never what a text is encoded to, only what a model may say.
        made = {_joined(merge, alphabet) for merge in source["model"].get("merges", ())} or set(ids)
        self._ids = {data: number for data, number in ids.items() if len(data) == 1 or data in made}
        self._longest = max(map(len, self._ids))
        self._specials = {str(item["content"]): int(item["id"]) for item in source["added_tokens"]}
        self._bytes |= {number: text.encode() for text, number in self._specials.items()}
        self._special = re.compile("|".join(map(re.escape, self._specials)) or r"(?!)")

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text; the special tokens' spellings become their ids."""
        ids: list[int] = []
        at = 0
        for special in self._special.finditer(text):
            ids += self._encode_bytes(text[at : special.start()].encode())
            ids.append(self._specials[special.group()])
            at = special.end()
        return ids + self._encode_bytes(text[at:].encode())

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of some ids, as the built-in vocabulary does."""
        return b"".join(map(self.bytes_of, ids)).decode("utf-8", "replace")

    def bytes_of(self, token: int) -> bytes:
        """Return the bytes of one id; none for an id of nobody."""
        return self._bytes.get(token, b"")

    def is_own(self, ids: Iterable[int]) -> bool:
        """Say whether all ids are of this file."""
        return all(token in self._bytes for token in ids)

    def is_chat(self, ids: Iterable[int]) -> bool:
        """Say whether ids are a chat prompt of this file: all are of it, and there are special ones."""
        ids = list(ids)
        return self.is_own(ids) and not set(ids).isdisjoint(self._specials.values())

    def _encode_bytes(self, data: bytes) -> list[int]:
        ids: list[int] = []
        at = 0
        while at < len(data):
            size = self._longest
            while data[at : at + size] not in self._ids:
                size -= 1
                if not size:
                    raise ValueError(f"the vocabulary has no byte 0x{data[at]:02X}")
            ids.append(self._ids[data[at : at + size]])
            at += min(size, len(data) - at)
        return ids


def _byte_alphabet() -> dict[str, int]:
    """Return the printable letter that stands for each byte in a byte-level vocabulary, to the byte."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = sorted(set(range(256)) - set(printable))
    return {chr(byte): byte for byte in printable} | {chr(256 + n): byte for n, byte in enumerate(others)}


def _joined(merge: str | list[str], alphabet: dict[str, int]) -> bytes:
    parts = merge.split(" ") if isinstance(merge, str) else merge
    return bytes(alphabet[letter] for letter in "".join(parts))
