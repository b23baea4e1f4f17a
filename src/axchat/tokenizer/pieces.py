"""The bytes that each id of a ``tokenizer.json`` stands for, told from its decoder; pure."""

import re
from collections.abc import Mapping
from typing import Any

from axchat.errors import ModelError

_BYTE_TOKEN = re.compile(r"<0x([0-9A-Fa-f]{2})>\Z")
_STEPS = {"Replace", "ByteFallback", "Fuse", "Strip", "Metaspace"}


def byte_alphabet() -> dict[str, int]:
    """Return the printable character that stands for each byte in a byte-level vocabulary, to the byte."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in set(printable)]
    return {chr(byte): byte for byte in printable} | {chr(256 + n): byte for n, byte in enumerate(others)}


def piece_reader(decoder: Any) -> tuple[str, int]:
    """Return how pieces are written ("byte-level" or "sentencepiece") and the spaces put before a text.

    Raises:
        ModelError: a decoder of another kind.
    """
    steps = decoder.get("decoders", [decoder]) if isinstance(decoder, dict) else []
    kinds = {step.get("type") for step in steps if isinstance(step, dict)}
    if kinds and kinds <= {"ByteLevel", "Fuse", "ByteFallback"} and "ByteLevel" in kinds:
        return "byte-level", 0
    if kinds and kinds <= _STEPS:
        return "sentencepiece", sum(_stripped(step) for step in steps)
    raise ModelError(
        f"tokenizer.json has a decoder that axchat does not know: {sorted(map(str, kinds)) or decoder!r}",
        hint="byte-level and sentencepiece vocabularies are read",
    )


def _stripped(step: dict[str, Any]) -> int:
    if step.get("type") == "Strip" and step.get("content") == " ":
        return int(step.get("start", 0))
    if step.get("type") == "Metaspace":
        return int(step.get("prepend_scheme", "always") != "never")
    return 0


def piece_bytes(piece: str, kind: str, alphabet: Mapping[str, int]) -> bytes:
    """Return the bytes of one piece of the vocabulary."""
    if kind == "byte-level":
        if all(character in alphabet for character in piece):
            return bytes(alphabet[character] for character in piece)
        return piece.encode()
    if byte := _BYTE_TOKEN.match(piece):
        return bytes([int(byte[1], 16)])
    return piece.replace("▁", " ").encode()
