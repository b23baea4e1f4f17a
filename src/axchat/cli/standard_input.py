"""Standard input as text: what of it is read unasked, and how long for."""

import os
import select
import stat
from collections.abc import Callable
from typing import TextIO

from axchat.chat.text_files import MAX_TEXT_BYTES, refuse_too_much
from axchat.deadline import Deadline
from axchat.errors import PromptRefused, RunnerTimeout, UsageError

SILENCE_S = 1.0
"""After so long without a byte and without an end, whoever waits is told what for."""

WAITING = "reading standard input to its end; < /dev/null leaves it out"

_CHUNK_BYTES = 64 * 1024


def can_be_joined(stream: TextIO | None) -> bool:
    """Whether it is read unasked: a pipe, a socket or a file, not a terminal, a device, or closed."""
    if stream is None:
        return False
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError):  # closed, or a stream of this process alone
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or stat.S_ISREG(mode)


def read_standard_input(
    stream: TextIO | None, deadline: Deadline, say: Callable[[str], None], *, silence_s: float = SILENCE_S
) -> str:
    """All of it, without one final newline: echo and editors add that.

    Args:
        stream: standard input; what was read from it before is not seen.
        deadline: when to give up.
        say: told once, when nothing came for ``silence_s``.
        silence_s: seconds.

    Raises:
        UsageError: it is closed, cannot be read, or is too large.
        PromptRefused: it is not UTF-8.
        RunnerTimeout: it did not end in time.
    """
    if stream is None:
        raise UsageError("standard input is closed")
    try:
        data = _read_to_end(stream.fileno(), deadline, say, silence_s)
    except OSError as error:
        raise UsageError(f"standard input cannot be read: {error.strerror}") from error
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise PromptRefused(
            f"standard input is not UTF-8 (byte {error.start})", hint="convert it: iconv -t UTF-8"
        ) from error
    return text.removesuffix("\n").removesuffix("\r")


def _read_to_end(descriptor: int, deadline: Deadline, say: Callable[[str], None], silence_s: float) -> bytes:
    data = bytearray()
    is_told = False
    while True:
        ready, _, _ = select.select([descriptor], [], [], deadline.left(None if is_told else silence_s))
        if not ready:
            if deadline.is_over:
                raise RunnerTimeout("standard input did not end in time", hint="< /dev/null leaves it out")
            say(WAITING)
            is_told = True
            continue
        piece = os.read(descriptor, _CHUNK_BYTES)
        if not piece:
            return bytes(data)
        data += piece
        if len(data) > MAX_TEXT_BYTES:
            # the rest is not read: how much it is, nobody knows
            refuse_too_much("standard input", len(data))
