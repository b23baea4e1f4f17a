"""A tokenizer without files for tests and demonstrations: one id per UTF-8 byte, and ChatML's tokens."""

import re
from collections.abc import Sequence

from axchat.tokenizer.base import NO_ID
from axchat.tokenizer.detokenizer import ByteDetokenizer

SPECIALS = {"<|endoftext|>": 256, "<|im_start|>": 257, "<|im_end|>": 258}
_SPECIAL = re.compile("(" + "|".join(re.escape(text) for text in SPECIALS) + ")")


class ScriptedTokenizer:
    """Ids 0 to 255 are bytes, 256 to 258 ChatML's tokens; anything else is nothing."""

    bos_id = NO_ID
    eos_id = SPECIALS["<|im_end|>"]
    eos_ids = frozenset({eos_id})
    added = SPECIALS
    special = frozenset(SPECIALS)

    def encode(self, text: str) -> list[int]:
        """Return the bytes' ids, and the special tokens' for their spellings."""
        ids: list[int] = []
        for piece in _SPECIAL.split(text):
            ids += [SPECIALS[piece]] if piece in SPECIALS else self.encode_plain(piece)
        return ids

    def encode_plain(self, text: str) -> list[int]:
        """Return the bytes' ids."""
        return list(text.encode("utf-8", "surrogateescape"))

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text; special tokens are hidden."""
        detokenizer = self.detokenizer()
        return detokenizer.add(ids) + detokenizer.finish()

    def detokenizer(self) -> ByteDetokenizer:
        """Return a new detokenizer."""
        return ByteDetokenizer(lambda token: bytes([token]) if 0 <= token < 256 else b"")
