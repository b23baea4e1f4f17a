"""Byte patterns that know an unfinished match from a mismatch.

A reader must hold back bytes that may still become a marker and let go of those that cannot. So a
pattern is a list of atoms (regex pieces in order), compiled twice: whole, and as "a beginning of it that
reaches the end of the buffer".
"""

import re
from collections.abc import Sequence


class Pattern:
    """A byte pattern made of atoms; an atom is one regex piece that may match partly by repetition only."""

    def __init__(self, *atoms: bytes) -> None:
        self.atoms: tuple[bytes, ...] = atoms
        self._whole = re.compile(b"".join(atoms), re.DOTALL)
        self._beginning = re.compile(beginning(atoms) + rb"\Z", re.DOTALL)

    def match(self, data: bytes, at: int = 0) -> re.Match[bytes] | None:
        """The whole pattern at this place, or None."""
        return self._whole.match(data, at)

    def may_begin(self, data: bytes, at: int = 0) -> bool:
        """Whether everything from here to the end of the buffer is a beginning of the pattern."""
        return self._beginning.match(data, at) is not None


def literal(text: bytes) -> list[bytes]:
    """The atoms of a fixed text: one per byte."""
    return [re.escape(bytes([byte])) for byte in text]


def beginning(atoms: Sequence[bytes]) -> bytes:
    """A regex that matches each beginning of the atoms: ``(?:a(?:b(?:c)?)?)?``."""
    nested = b""
    for atom in reversed(atoms):
        nested = b"(?:" + re.sub(rb"\(\?P<\w+>", b"(?:", atom) + nested + b")?"
    return nested
