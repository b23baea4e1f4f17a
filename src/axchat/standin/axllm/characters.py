"""Whole characters out of the bytes of tokens: what cannot become valid UTF-8 is dropped without a sign."""

import codecs


class Characters:
    """Takes a token's bytes, gives the text that is whole by now; a torn rest is never given."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")

    def take(self, data: bytes) -> str:
        """Return what ``data`` completes."""
        return self._decoder.decode(data)
