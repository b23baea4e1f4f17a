"""Everything ambient in one value, so that tests can replace it."""

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, TextIO

from axchat.errors import UsageError


def _is_terminal(stream: object) -> bool:
    return bool(stream is not None and stream.isatty())  # type: ignore[attr-defined]


@dataclass
class AppContext:
    """The process's surroundings: streams, environment, clock; and the notices that it was told.

    Streams are None where the parent closed them.
    """

    stdin: TextIO | None = field(default_factory=lambda: sys.stdin)
    stdout: TextIO | None = field(default_factory=lambda: sys.stdout)
    stderr: TextIO | None = field(default_factory=lambda: sys.stderr)
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)
    clock: Callable[[], float] = time.monotonic
    told: set[str] = field(default_factory=set)

    @property
    def stdin_is_terminal(self) -> bool:
        """Whether somebody types."""
        return _is_terminal(self.stdin)

    @property
    def stdout_is_terminal(self) -> bool:
        """Whether somebody reads the answer on a terminal."""
        return _is_terminal(self.stdout)

    @property
    def stderr_is_terminal(self) -> bool:
        """Whether somebody reads notices on a terminal."""
        return _is_terminal(self.stderr)

    @property
    def stderr_can_rewrite(self) -> bool:
        """Whether progress may rewrite its line: on a terminal that can move its cursor."""
        return self.stderr_is_terminal and self.env.get("TERM") != "dumb"

    @property
    def wants_no_colour(self) -> bool:
        """Whether ``NO_COLOR`` is set, to anything but nothing (no-color.org)."""
        return bool(self.env.get("NO_COLOR"))

    def answer_stream(self) -> BinaryIO:
        """Standard output as bytes.

        Raises:
            UsageError: it is closed.
        """
        if self.stdout is None:
            raise UsageError("standard output is closed; there is nowhere to put the answer")
        return self.stdout.buffer
