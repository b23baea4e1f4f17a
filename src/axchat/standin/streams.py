"""Standard output and input as glibc gives them to the vendor's program.

stdout is line-buffered on a terminal and block-buffered elsewhere; what is still buffered when a signal kills
the process is lost (recorded session 20-pipe-tok-down-at-start).
"""

import os
import select

STDOUT = 1
STDERR = 2
BLOCK_BYTES = 4096
"""The buffer of glibc's stdout on a pipe (st_blksize)."""
TERMINAL_READ_BYTES = 1024
PIPE_READ_BYTES = 4096


class Output:
    """stdout of a C program; a broken one is remembered and written no more, as with SIGPIPE ignored."""

    def __init__(self, descriptor: int = STDOUT) -> None:
        self._descriptor = descriptor
        self._by_line = os.isatty(descriptor)
        self._held = b""
        self.broken = False

    def write(self, data: bytes) -> None:
        """Take bytes; what glibc would pass to the kernel by itself goes out."""
        if self._by_line:
            through = data.rfind(b"\n") + 1
            if through:
                self._send(self._held + data[:through])
                self._held = data[through:]
                return
            self._held += data
            return
        self._held += data
        whole = len(self._held) // BLOCK_BYTES * BLOCK_BYTES
        if whole:
            self._send(self._held[:whole])
            self._held = self._held[whole:]

    def flush(self) -> None:
        """Do ``fflush(stdout)``."""
        if self._held:
            self._send(self._held)
            self._held = b""

    def _send(self, data: bytes) -> None:
        while data and not self.broken:
            try:
                data = data[os.write(self._descriptor, data) :]
            except OSError:
                self.broken = True


class LineInput:
    """``std::getline(std::cin, ...)`` on a descriptor; the end of input is final, even on a terminal."""

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self._chunk = TERMINAL_READ_BYTES if os.isatty(descriptor) else PIPE_READ_BYTES
        self._held = b""
        self.ended = False

    def has_input(self, seconds: float) -> bool:
        """Wait for input, or its end, at most ``seconds``; say whether there is some."""
        return bool(self._held) or self.ended or bool(select.select([self._descriptor], [], [], seconds)[0])

    def line(self) -> bytes | None:
        """Return the next line without its newline, or None at the end; a last line needs no newline."""
        while b"\n" not in self._held and not self.ended:
            data = self._read()
            self._held += data
            self.ended = not data
        if b"\n" in self._held:
            line, _, self._held = self._held.partition(b"\n")
            return line
        rest, self._held = self._held, b""
        return rest or None

    def _read(self) -> bytes:
        try:
            return os.read(self._descriptor, self._chunk)
        except OSError:
            return b""


def complain(data: bytes) -> None:
    """Write to stderr, unbuffered; a broken one is ignored as the C library does."""
    try:
        os.write(STDERR, data)
    except OSError:
        return
