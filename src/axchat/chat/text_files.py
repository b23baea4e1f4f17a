"""Text files that go with a message: read with a bound, named, and set apart from what is asked."""

import os
import re
import stat
from pathlib import Path

from axchat.errors import PromptRefused, UsageError

MAX_TEXT_BYTES = 4 * 2**20
"""More than any context holds (about a million tokens), and far less than the holder takes."""

_TICKS = re.compile("`+")
# What the first bytes of an image are: PNG, JPEG, GIF, BMP, TIFF (both byte orders), WebP and other RIFFs.
_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")


def read_text(path: Path, *, image_hint: str) -> str:
    """A text file's content, exactly; "" of an empty one.

    Args:
        path: of a regular file; nothing else is waited for.
        image_hint: what to do with an image instead.

    Raises:
        UsageError: it is not there, no regular file, larger than ``MAX_TEXT_BYTES`` (then it is not read), or
            cannot be read.
        PromptRefused: it is binary or not UTF-8.
    """
    try:
        content = _beginning_of(path)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) else None
        raise UsageError(f"{path} cannot be read: {reason or error}") from error
    if content.startswith(_IMAGES) and _is_binary(content):
        raise PromptRefused(f"{path} is an image, not a text", hint=image_hint)
    if b"\0" in content:
        at = content.index(b"\0")
        raise PromptRefused(
            f"{path} is binary, not a text (NUL at byte {at})", hint="UTF-16 is converted by: iconv -t UTF-8"
        )
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise PromptRefused(
            f"{path} is not UTF-8 (byte {error.start})", hint="convert it: iconv -t UTF-8"
        ) from error


def refuse_too_much(what: str, size: int) -> None:
    """Raise UsageError where ``what`` has more bytes than may go with one message."""
    if size > MAX_TEXT_BYTES:
        raise UsageError(
            f"{what} is too large: {size} bytes; at most {MAX_TEXT_BYTES} bytes go into a prompt",
            hint="choose a part of it: head -c 20000 FILE | axchat run ...",
        )


def labelled(name: str, content: str) -> str:
    """A text with its name, in a fence longer than any in it; the text stays as it is."""
    longest = max((len(ticks) for ticks in _TICKS.findall(content)), default=0)
    fence = "`" * max(3, longest + 1)
    shown = "".join(character if character.isprintable() else "?" for character in name)
    end = "" if content.endswith("\n") else "\n"
    return f"{shown}:\n{fence}\n{content}{end}{fence}"


def _beginning_of(path: Path) -> bytes:
    # O_NONBLOCK: opening a pipe would wait for somebody to write into it
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"{path} is {_kind(status.st_mode)}, not a file", hint="pipe its text in")
        refuse_too_much(str(path), status.st_size)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(MAX_TEXT_BYTES + 1)  # files of /proc have no size
    finally:
        os.close(descriptor)
    refuse_too_much(str(path), len(content))
    return content


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a directory"
    return "a pipe" if stat.S_ISFIFO(mode) else "a device"


def _is_binary(content: bytes) -> bool:
    if b"\0" in content:
        return True
    try:
        content.decode()
    except UnicodeDecodeError:
        return True
    return False
