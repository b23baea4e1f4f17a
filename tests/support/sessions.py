"""Recorded sessions of the real runner program: their bytes, what was typed, what its tokenizer was asked."""

import ast
import json
import re
from dataclasses import dataclass
from functools import cached_property

from support import recordings
from support.recordings import LEGACY


@dataclass(frozen=True)
class Step:
    """Bytes that the console brought, or bytes that were typed."""

    kind: str
    data: bytes


@dataclass(frozen=True)
class Recording:
    """One recorded session, as the parser's tests need it."""

    name: str

    @cached_property
    def _read(self) -> recordings.Recording:
        return recordings.read(self.name)

    @property
    def is_pty(self) -> bool:
        return self._read.on_pty

    @property
    def status(self) -> int:
        """The exit status as a shell gives it."""
        code = self._read.returncode
        return code if code >= 0 else 128 - code

    @property
    def signal(self) -> int:
        """The signal that ended it, or 0."""
        return max(0, -self._read.returncode)

    @property
    def stderr(self) -> bytes:
        return self._read.stderr or b""

    def option(self, flag: str) -> str | None:
        """The value of a flag on the recorded command line."""
        argv = self._read.argv
        return argv[argv.index(flag) + 1] if flag in argv else None

    def steps(self) -> list[Step]:
        """The session in order."""
        timed = LEGACY / f"{self.name}.timed"
        steps = []
        for line in timed.read_text().splitlines():
            kind, value = re.match(r"\s*[\d.]+ (\w+)\s+(.*)", line).groups()
            if kind in {"tty", "out", "SENT"}:
                steps.append(Step("sent" if kind == "SENT" else "console", ast.literal_eval(value)))
        return steps

    def answers(self) -> list[str]:
        """What the tokenizer gave the runner to print, turn by turn: the truth about each answer.

        With live printing that is each chunk but the final call, otherwise the one call with all ids; the
        runner prints with ``%s``, so that a NUL cuts what follows in the same call.
        """
        turns: list[list[str]] = []
        requests: dict[int, str] = {}
        for line in (LEGACY / f"{self.name}.http").read_text().splitlines():
            event = json.loads(line)
            if event["ev"] == "request":
                requests[event["n"]] = event["path"]
            elif event["ev"] == "answered" and requests[event["n"]] == "/encode":
                turns.append([])
            elif event["ev"] == "answered" and requests[event["n"]] == "/decode":
                turns[-1].append(json.loads(event["body"])["text"].partition("\0")[0])
        if self.option("--live_print") == "1":
            return ["".join(chunks[:-1]) for chunks in turns]
        return [chunks[-1] for chunks in turns]
