"""Bytes waiting for a complete unit, and text that may be cut inside a character."""

import codecs

MAX_UNIT_BYTES = 64 * 1024
"""Longest unfinished log line or progress bar; the runner's own are below 1 KiB, `load config` below 4."""


class Buffer:
    """Console bytes that no reader has consumed yet.

    Args:
        crlf: the terminal turned each LF into CR LF (ONLCR); undone exactly here. False when output
            processing is off, where a CR LF is what the runner wrote.
    """

    def __init__(self, *, crlf: bool) -> None:
        self.data = b""
        self._crlf = crlf
        self._held_cr = b""

    def feed(self, data: bytes) -> None:
        """Store bytes; a CR that may belong to a CR LF is kept aside until the next call."""
        if self._crlf:
            data = self._held_cr + data
            self._held_cr = b"\r" if data.endswith(b"\r") else b""
            data = data[: len(data) - len(self._held_cr)].replace(b"\r\n", b"\n")
        self.data += data

    def end(self) -> None:
        """No more bytes come: a held CR is just a CR."""
        self.data += self._held_cr
        self._held_cr = b""

    def take(self, count: int) -> bytes:
        """Consume and return the first ``count`` bytes."""
        taken, self.data = self.data[:count], self.data[count:]
        return taken


class TextDecoder:
    """UTF-8 that may be cut anywhere; undecodable bytes become surrogates and are not lost."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

    def decode(self, data: bytes) -> str:
        """The characters complete so far."""
        return self._decoder.decode(data)

    def finish(self) -> str:
        """What was left of an unfinished character, as surrogates; ready for the next text."""
        rest = self._decoder.decode(b"", final=True)
        self._decoder.reset()
        return rest
