"""Ids to text a few at a time: bytes of each id, then UTF-8 that waits for whole characters."""

import codecs
from collections.abc import Callable, Sequence

SPACE = b" "


class ByteDetokenizer:
    """The incremental detokenizer of every vocabulary whose ids stand for bytes; linear in the ids.

    Args:
        bytes_of: the bytes of an id; b"" for one that is hidden or unknown.
        strip_spaces: how many spaces the vocabulary puts before a text (sentencepiece: 1); they are dropped
            at the start of the answer.
    """

    def __init__(self, bytes_of: Callable[[int], bytes], *, strip_spaces: int = 0) -> None:
        self._bytes_of = bytes_of
        self._strip = strip_spaces
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

    def add(self, ids: Sequence[int]) -> str:
        """Return the text that ``ids`` complete."""
        data = b"".join(map(self._bytes_of, ids))
        while self._strip and data:
            if not data.startswith(SPACE):
                self._strip = 0
                break
            data = data[1:]
            self._strip -= 1
        return self._decoder.decode(data)

    def finish(self) -> str:
        """Return the bytes that never became a character, as surrogates."""
        return self._decoder.decode(b"", True)
