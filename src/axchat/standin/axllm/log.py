"""The log of ``axllm``: lines with a clock, and bars that one place of a terminal shows in turn.

INF, NTC and DBG go to stdout, WRN and worse to stderr. A terminal gets colours, whose reset stands behind the
newline, and has the bar wiped by blanks before the next bar or the next line of stdout; a pipe gets neither
(recorded axllm-r01, r02, r09-pty-missing-layer, r11; vendor logger.cpp).
"""

import os
import threading
import time
from collections.abc import Mapping
from typing import NamedTuple

from axchat.standin.streams import STDERR, STDOUT, Output, complain

_COLOURS = {"ERR": 31, "WRN": 33, "NTC": 35, "INF": 32}
_TAGS = {"err": "ERR", "error": "ERR", "warn": "WRN", "notice": "NTC", "info": "INF"}
_ORDER = ("ERR", "WRN", "NTC", "INF")
_TO_STDERR = frozenset({"ERR", "WRN"})
_BAR_WIDTH = 32
_MILLISECONDS = 1000


class Style(NamedTuple):
    """How a stream is written to."""

    colour: bool
    in_place: bool


def style_of(is_terminal: bool, environ: Mapping[str, str]) -> Style:
    """Return the style of a stream: NO_COLOR beats AXLLM_COLOR, which beats the terminal."""
    if environ.get("NO_COLOR") or environ.get("AXLLM_NO_COLOR") or environ.get("TERM") == "dumb":
        return Style(False, is_terminal)
    wanted = environ.get("AXLLM_COLOR")
    return Style(wanted == "always" or (is_terminal and wanted != "never"), is_terminal)


def threshold_of(environ: Mapping[str, str]) -> int:
    """Return how many levels are shown, from the gravest."""
    return _ORDER.index(_TAGS.get(environ.get("AXLLM_LOG_LEVEL", "info").lower(), "INF")) + 1


class Log:
    """What the program writes through its logger, and its bars; for several threads.

    ``output`` is stdout as the rest of the program writes it.
    """

    def __init__(self, output: Output, environ: Mapping[str, str]) -> None:
        self._output = output
        self._lock = threading.RLock()
        self._out = style_of(os.isatty(STDOUT), environ)
        self._err = style_of(os.isatty(STDERR), environ)
        self._shown = _ORDER[: threshold_of(environ)]
        self._bar_width = 0

    def line(self, tag: str, place: str, message: str) -> None:
        """Write one message; each of its lines gets the prefix. ``place`` is ``function:line``."""
        if tag not in self._shown:
            return
        with self._lock:
            style = self._err if tag in _TO_STDERR else self._out
            data = b"".join(_line(style, tag, place, text) for text in message.split("\n"))
            self._wipe()
            if tag in _TO_STDERR:
                complain(data)  # before the blanks: those wait in stdout's buffer (axllm-s09-device-dead)
            else:
                self.write(data)

    def write(self, data: bytes) -> None:
        """Write bytes to stdout as they are, and flush."""
        with self._lock:
            self._output.write(data)
            self._output.flush()

    def coloured(self, code: str, text: bytes) -> bytes:
        """Return a line in a colour of a terminal, as ``/pp`` prints it."""
        return b"\x1b[" + code.encode() + b"m" + text + b"\n\x1b[0m" if self._out.colour else text + b"\n"

    def bar(self, done: int, total: int, elapsed_s: float, unit: str, text: str) -> None:
        """Draw a bar over the one before."""
        with self._lock:
            self._wipe()
            parts = _bar(done, total, elapsed_s, unit, text)
            if self._out.in_place:
                self._bar_width = sum(map(len, parts))
            self.write(_paint(parts) if self._out.colour else b"\r" + "".join(parts).encode())

    def close_bar(self) -> None:
        """Leave the bar as it stands; only a terminal gets a newline."""
        with self._lock:
            if self._bar_width:
                self._bar_width = 0
                self.write(b"\n")

    def _wipe(self) -> None:
        if self._bar_width:
            self._output.write(b"\r" + b" " * self._bar_width + b"\r")
            self._bar_width = 0


def _line(style: Style, tag: str, place: str, text: str) -> bytes:
    now = time.time()
    clock = f"{time.strftime('%H:%M:%S', time.localtime(now))}.{int(now * _MILLISECONDS) % _MILLISECONDS:03d}"
    body = f"{clock} {tag} {place} | {text}\n".encode("utf-8", "surrogateescape")
    return b"\x1b[%dm" % _COLOURS[tag] + body + b"\x1b[0m" if style.colour else body


def _bar(done: int, total: int, elapsed_s: float, unit: str, text: str) -> tuple[str, str, str, str]:
    rate = done / elapsed_s if elapsed_s > 0 else float("inf")
    left = f" |{done:4d} /{total:4d} [{elapsed_s:.2f}s<{elapsed_s * total / done:.2f}s, {rate:.2f} {unit}/s] "
    return (
        f"{done * 100 // total:3d}% | ",
        f"{'#' * (done * _BAR_WIDTH // total):<{_BAR_WIDTH}}",
        left,
        text,
    )


def _paint(parts: tuple[str, str, str, str]) -> bytes:
    spans = zip(("\x1b[33m\r", "\x1b[0m", "\x1b[0m", "\x1b[32m"), parts, strict=True)
    return "".join(f"{colour}{part}\x1b[0m" for colour, part in spans).encode()
