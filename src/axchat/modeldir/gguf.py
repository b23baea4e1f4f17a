"""What the beginning of a GGUF file says of its model. Pure: bytes in, plain values out.

Layout: ggml docs/gguf.md, versions 2 and 3, little endian.
"""

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass

MAGIC = b"GGUF"
HEAD_BYTES = 64 * 1024
"""Enough for what is read here: the long lists (a vocabulary) come behind the plain values."""

_UINT32, _STRING, _ARRAY, _UINT64 = 4, 8, 9, 10
# value type -> format of struct; strings and arrays are read apart
_SCALARS = {0: "B", 1: "b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "?", 10: "<Q", 11: "<q", 12: "<d"}
_VERSIONS = (2, 3)

# general.file_type: llama.cpp include/llama.h, enum llama_ftype
_FILE_TYPES = {
    0: "F32",
    1: "F16",
    2: "Q4_0",
    3: "Q4_1",
    7: "Q8_0",
    8: "Q5_0",
    9: "Q5_1",
    10: "Q2_K",
    11: "Q3_K_S",
    12: "Q3_K_M",
    13: "Q3_K_L",
    14: "Q4_K_S",
    15: "Q4_K_M",
    16: "Q5_K_S",
    17: "Q5_K_M",
    18: "Q6_K",
    32: "BF16",
}


@dataclass(frozen=True, slots=True)
class GgufFacts:
    """What a file says of its model; None where it does not.

    Attributes:
        architecture: llama.cpp's name of the family, such as ``llama`` or ``qwen3``.
        size_label: parameters as the maker wrote them, such as ``135M``.
        quantization: of most weights, such as ``Q4_1``.
        context_tokens: what the model was trained with.
        name: as the maker wrote it.
    """

    architecture: str | None = None
    size_label: str | None = None
    quantization: str | None = None
    context_tokens: int | None = None
    name: str | None = None


def facts_of(head: bytes) -> GgufFacts:
    """The facts in the first ``HEAD_BYTES`` of a file; what is not there, or cut off, is None."""
    values = plain_values(head)
    architecture = _text(values, "general.architecture")
    file_type = values.get("general.file_type")
    context = values.get(f"{architecture}.context_length")
    return GgufFacts(
        architecture=architecture,
        size_label=_text(values, "general.size_label"),
        quantization=_FILE_TYPES.get(file_type) if isinstance(file_type, int) else None,
        context_tokens=context if isinstance(context, int) and not isinstance(context, bool) else None,
        name=_text(values, "general.name"),
    )


def plain_values(head: bytes) -> Mapping[str, object]:
    """The texts and finite numbers at the beginning of a file, by key; lists are passed over.

    Ends quietly where the bytes end or make no sense: what was read before stays valid.
    """
    values: dict[str, object] = {}
    reader = _Reader(head)
    try:
        if reader.take(4) != MAGIC or reader.scalar(_UINT32) not in _VERSIONS:
            return {}
        reader.scalar(_UINT64)  # tensors
        for _ in range(reader.length()):
            key = reader.text()
            kind = reader.length(_UINT32)
            if kind == _ARRAY:
                reader.pass_array()
            else:
                value = reader.text() if kind == _STRING else reader.scalar(kind)
                if value is not None:
                    values[key] = value
    except _NoMore:
        return values
    return values


class _NoMore(Exception):
    """The bytes end here, or are no GGUF."""


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._data):
            raise _NoMore
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def scalar(self, kind: int) -> object:
        form = _SCALARS.get(kind)
        if form is None:
            raise _NoMore
        value: object = struct.unpack(form, self.take(struct.calcsize(form)))[0]
        # JSON has no word for these, and no model means them.
        return None if isinstance(value, float) and not math.isfinite(value) else value

    def length(self, kind: int = _UINT64) -> int:
        value = self.scalar(kind)
        assert isinstance(value, int)
        return value

    def text(self) -> str:
        return self.take(self.length()).decode("utf-8", "replace")

    def pass_array(self) -> None:
        kind, count = self.length(_UINT32), self.length()
        if kind == _STRING:
            for _ in range(count):
                self.take(self.length())
        elif kind in _SCALARS:
            self.take(count * struct.calcsize(_SCALARS[kind]))
        else:
            raise _NoMore


def _text(values: Mapping[str, object], key: str) -> str | None:
    value = values.get(key)
    return value if isinstance(value, str) else None
