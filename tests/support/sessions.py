"""Recorded sessions of the real runner program: their bytes, what was typed, what its tokenizer was asked."""

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path

LEGACY = Path(__file__).parents[1] / "captures" / "legacy"


@dataclass(frozen=True)
class Step:
    """Bytes that the console brought, or bytes that were typed."""

    kind: str
    data: bytes


@dataclass(frozen=True)
class Recording:
    """One recorded session."""

    name: str

    @property
    def argv(self) -> list[str]:
        return self._meta["argv"]

    @property
    def status(self) -> int:
        """The exit status as a shell gives it."""
        text = self._meta["rc"]
        number = int(re.search(r"-?\d+", text)[0])
        return 128 - number if "killed" in text else number

    @property
    def _meta(self) -> dict:
        return json.loads((LEGACY / f"{self.name}.meta").read_text())

    @property
    def is_pty(self) -> bool:
        return (LEGACY / f"{self.name}.raw").exists()

    @property
    def stderr(self) -> bytes:
        path = LEGACY / f"{self.name}.stderr.raw"
        return path.read_bytes() if path.exists() else b""

    def option(self, flag: str) -> str | None:
        """The value of a flag on the recorded command line."""
        argv = self.argv
        return argv[argv.index(flag) + 1] if flag in argv else None

    def steps(self) -> list[Step]:
        """The session in order; without a timed file, the console's bytes in one step."""
        timed = LEGACY / f"{self.name}.timed"
        if not timed.exists():
            suffix = "raw" if self.is_pty else "stdout.raw"
            path = LEGACY / f"{self.name}.{suffix}"
            return [Step("console", path.read_bytes() if path.exists() else b"")]
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
