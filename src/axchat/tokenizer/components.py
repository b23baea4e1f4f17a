"""What of a ``tokenizer.json`` would end the whole process if the library saw it. Pure.

``tokenizers`` 0.23 is Rust: an allocation that fails aborts, and no exception can be caught. Two parts of a
file make such allocations: a compiled table that claims a size, and replacements that multiply a text.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping

from axchat.errors import ModelError

MAX_GROWTH = 64.0
"""How many times as long a normalizer may make a text; published ones make three bytes of a blank."""
_SIZE_BYTES = 4


def refuse_dangerous(source: Mapping[str, object]) -> None:
    """Refuse a file that the library must not see.

    Args:
        source: the parsed ``tokenizer.json``.

    Raises:
        ModelError: names the part.
    """
    growth = 1.0
    for part in _parts(source.get("normalizer")):
        match part.get("type"):
            case "Precompiled":
                _check_table(part.get("precompiled_charsmap"))
            case "Replace":
                growth *= max(1.0, _growth(part.get("pattern"), part.get("content")))
    if growth > MAX_GROWTH:
        raise ModelError(f"not a tokenizer: its normalizer makes a text {growth:.0f} times as long")


def _parts(normalizer: object) -> Iterator[Mapping[str, object]]:
    """A normalizer and all inside it, in order."""
    waiting = [normalizer]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mapping):
            yield part
            inner = part.get("normalizers")
            waiting += reversed(inner) if isinstance(inner, list) else []


def _growth(pattern: object, content: object) -> float:
    if not isinstance(content, str):
        return 1.0  # the library refuses it
    literal = pattern.get("String") if isinstance(pattern, Mapping) else None
    if isinstance(literal, str) and literal:
        return len(content) / len(literal)
    return len(content) + 1.0  # an expression may match the empty text, before every character


def _check_table(table: object) -> None:
    """A compiled table: the size of its first part in four bytes, then that part."""
    try:
        data = base64.b64decode(str(table), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ModelError(f"not a tokenizer: its precompiled_charsmap is no base64: {error}") from error
    if len(data) < _SIZE_BYTES or int.from_bytes(data[:_SIZE_BYTES], "little") > len(data) - _SIZE_BYTES:
        raise ModelError("not a tokenizer: its precompiled_charsmap is shorter than it says")
