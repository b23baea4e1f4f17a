"""The answer on stdout: exact bytes into a pipe, harmless text on a terminal."""

import re
from typing import BinaryIO

from axchat.errors import AxchatError
from axchat.ui.escapes import TerminalFilter

# Half a UTF-16 pair, which no byte stands for; a model's JSON may hold one.
_NOT_A_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")


class OutputClosed(Exception):
    """Whoever read the answer went away (``| head``, a closed terminal); end without a word."""


class AnswerWriter:
    r"""Writes one answer, delta by delta, each flushed at once.

    On a pipe or into a file: byte for byte what the model said (surrogates become the bytes they stand
    for). On a terminal: the same through ``TerminalFilter``. An empty answer writes nothing.

    Args:
        stream: binary, ``sys.stdout.buffer``; not closed here.
        is_terminal: filter what a terminal would obey.
        ends_line: add one ``\n`` to an answer that does not end in one, where more will follow it.

    Raises:
        OutputClosed: by ``write`` and ``finish``; the reader is gone.
        AxchatError: the answer cannot be written (a full disk).
    """

    def __init__(self, stream: BinaryIO, *, is_terminal: bool, ends_line: bool = True) -> None:
        self._ends_line = ends_line
        self._stream = stream
        self._filter = TerminalFilter() if is_terminal else None
        self._last = ""

    @property
    def is_mid_line(self) -> bool:
        """Whether something was written after the last newline."""
        return self._last not in {"", "\n"}

    def write(self, text: str) -> None:
        """Write one delta of the answer."""
        self._put(text if self._filter is None else self._filter.feed(text))

    def finish(self) -> None:
        """End the answer: what was held back, and the newline if one is wanted; the next may follow."""
        if self._filter is not None:
            self._put(self._filter.flush())
        if self._ends_line and self.is_mid_line:
            self._put("\n")
        self._last = ""

    def _put(self, text: str) -> None:
        if not text:
            return
        data = _NOT_A_BYTE.sub("\ufffd", text).encode("utf-8", "surrogateescape")
        try:
            self._stream.write(data)
            self._stream.flush()
        except BrokenPipeError as exc:
            raise OutputClosed("the reader of stdout is gone") from exc
        except ValueError as exc:  # the stream was closed in this process
            raise OutputClosed("stdout is closed") from exc
        except OSError as exc:
            raise AxchatError(
                f"standard output cannot be written: {exc.strerror}",
                hint="check where stdout goes (a full disk, a closed terminal)",
            ) from exc
        self._last = text[-1]
