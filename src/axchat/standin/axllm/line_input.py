"""Typed lines as ``axllm run`` reads them: a byte at a time, each echoed by the program, on a pipe too.

Recorded axllm-r06, r12; vendor main.cpp (runner-console facts, part III section 3).
"""

import os
import select
import termios
from collections.abc import Callable

_LINE_ENDS = b"\r\n"
_ERASES = b"\x7f\x08"
_END_OF_TEXT = b"\x04"
_INTERRUPT = b"\x03"
_CONTINUATION = range(0x80, 0xC0)
_READ_BYTES = 4096


class Terminal:
    """Takes line mode and echo from a terminal on stdin until ``restore``; signals stay on."""

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self._before = None
        if os.isatty(descriptor):
            self._before = termios.tcgetattr(descriptor)
            modes = termios.tcgetattr(descriptor)
            modes[3] &= ~(termios.ICANON | termios.ECHO)
            termios.tcsetattr(descriptor, termios.TCSANOW, modes)

    def restore(self) -> None:
        """Give it back as it was."""
        if self._before is not None:
            termios.tcsetattr(self._descriptor, termios.TCSANOW, self._before)


class EchoedLines:
    """Reads lines and echoes their bytes through ``echo``; the end of input is final."""

    def __init__(self, echo: Callable[[bytes], None], descriptor: int = 0) -> None:
        self._echo = echo
        self._descriptor = descriptor
        self._is_terminal = os.isatty(descriptor)
        self._held = b""
        self.ended = False

    def line(self) -> bytes | None:
        """Return the next line without its end; None when there is none, with a newline echoed."""
        line = b""
        while True:
            byte = self._byte()
            if not byte:
                if line:
                    return line
                self._echo(b"\n")
                return None
            if byte in _LINE_ENDS:
                self._echo(b"\n")
                return line
            if byte == _END_OF_TEXT:
                if not line:
                    self._echo(b"\n")
                    self.ended = True
                    return None
            elif byte == _INTERRUPT and not self._is_terminal:
                self._echo(b"\n")
                return b""
            elif byte in _ERASES:
                line = self._erased(line)
            else:
                self._echo(byte)
                line += byte

    def has_input(self, seconds: float) -> bool:
        """Wait for input at most ``seconds``."""
        return bool(self._held) or self.ended or bool(select.select([self._descriptor], [], [], seconds)[0])

    def _erased(self, line: bytes) -> bytes:
        """Take off a character; of one with several bytes the first stays, as in the real program."""
        if not line:
            return line
        self._echo(b"\b \b")
        if line[-1] not in _CONTINUATION:
            return line[:-1]
        while line and line[-1] in _CONTINUATION:
            line = line[:-1]
        return line

    def _byte(self) -> bytes:
        if not self._held and not self.ended:
            try:
                self._held = os.read(self._descriptor, _READ_BYTES)
            except OSError:
                self._held = b""
            self.ended = not self._held
        byte, self._held = self._held[:1], self._held[1:]
        return byte
