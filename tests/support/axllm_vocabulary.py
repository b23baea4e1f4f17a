"""A byte-level ``tokenizer.json`` with chosen pieces, for token counts as in a recording."""

import json
import re
from collections.abc import Iterable

IM_END = 151645
END_OF_TEXT = 151643
SPECIALS = {END_OF_TEXT: "<|endoftext|>", 151644: "<|im_start|>", IM_END: "<|im_end|>"}
LONGEST_WORD = 20
SYSTEM_WORDS = ("system", "You", " are", " a", " helpful", " assistant", "user", "assistant")


def pieces_of(text: str) -> list[bytes]:
    """The pieces of a text about as Qwen's tokenizer cuts it, words being one piece."""
    found = re.findall(r" ?[A-Za-z]+|[0-9]| ?[^\sA-Za-z0-9]+|\n+| ", text)
    return [piece.encode() for piece in found if len(piece) <= LONGEST_WORD]


class Pieces:
    """Numbers for pieces of bytes, from 1000 on; a byte is its own number.

    The pieces ``unmade`` are tokens, but no text is encoded to them.
    """

    def __init__(self, pieces: Iterable[bytes] = (), unmade: Iterable[bytes] = ()) -> None:
        self._unmade = frozenset(unmade)
        self.ids: dict[bytes, int] = {bytes([byte]): byte for byte in range(256)}
        for word in SYSTEM_WORDS:
            self.add(word.encode())
        for piece in pieces:
            self.add(piece)

    def add(self, piece: bytes) -> int:
        """The number of a piece, a new one if need be."""
        return self.ids.setdefault(piece, 1000 + len(self.ids))

    def written(self) -> str:
        """The file's text."""
        letters = {byte: letter for letter, byte in _alphabet().items()}
        words = {piece: "".join(letters[byte] for byte in piece) for piece in self.ids}
        vocab = {words[piece]: number for piece, number in self.ids.items()}
        merges = [[word[:1], word[1:]] for piece, word in words.items() if piece not in self._unmade]
        added = [{"id": number, "content": text} for number, text in SPECIALS.items()]
        return json.dumps({"model": {"vocab": vocab, "merges": merges}, "added_tokens": added})


def _alphabet() -> dict[str, int]:
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = sorted(set(range(256)) - set(printable))
    return {chr(byte): byte for byte in printable} | {chr(256 + n): byte for n, byte in enumerate(others)}
