"""Reading recorded console sessions, and masking in them what varies from run to run."""

import ast
import json
import re
from pathlib import Path
from typing import NamedTuple

LEGACY = Path(__file__).parents[1] / "captures" / "legacy"

_MASKS = (
    (rb"build time: [^\r\n]*", b"build time: T"),
    (rb"\[-?[0-9.nainf]+s<-?[0-9.nainf]+s, -?[0-9.nainf]+ (count|token)/s\]", rb"[\1]"),
    (rb"avg -?[0-9.nainf]+ token/s", b"avg R token/s"),
    (rb"ttft: [0-9.]+ ms", b"ttft: R ms"),
    (rb"remain_cmm\(-?[0-9]+ MB\)", b"remain_cmm(M)"),
    (rb"127\.0\.0\.1:[0-9]+", b"HOST"),
    (rb"\(/[^ ()]*/models/", b"(models/"),
    (rb"usage: [^ ]+", b"usage: P"),
    (rb"\[[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]+\]\[[0-9]+\]", b"[D][T]"),
)


def mask(data: bytes) -> bytes:
    """Replace times, rates, the port, the build date, free CMM and absolute paths by fixed words."""
    for pattern, word in _MASKS:
        data = re.sub(pattern, word, data)
    return data


class Step(NamedTuple):
    """Something done to the runner: bytes typed, or a signal.

    Until then it had printed ``before`` and sent ``requests`` requests to its tokenizer, of which those with
    the numbers ``answered`` had their answer.
    """

    typed: bytes
    signal: str
    before: bytes
    requests: int
    answered: frozenset[int] = frozenset()


class Recording(NamedTuple):
    """One recorded session of the legacy runner."""

    name: str
    argv: list[str]
    returncode: int
    on_pty: bool
    console: bytes
    stderr: bytes | None
    steps: list[Step]

    def without_children(self) -> "Recording":
        """Take out what the shells of child programs wrote to the terminal that they share."""
        steps = [step._replace(before=_without_children(step.before)) for step in self.steps]
        return self._replace(console=_without_children(self.console), steps=steps)


def _without_children(data: bytes) -> bytes:
    return re.sub(rb"(sh: 1: [^\r\n]*: not found|cat: [^\r\n]*: No such file or directory)\r\n", b"", data)


def read(name: str, folder: Path = LEGACY) -> Recording:
    """Read the session ``name``."""
    meta = json.loads((folder / f"{name}.meta").read_text())
    on_pty = (folder / f"{name}.raw").exists()
    console = folder / (f"{name}.raw" if on_pty else f"{name}.stdout.raw")
    stderr = folder / f"{name}.stderr.raw"
    timed = folder / f"{name}.timed"
    return Recording(
        name,
        meta["argv"] if isinstance(meta["argv"], list) else [],
        _returncode(meta["rc"]),
        on_pty,
        console.read_bytes() if console.exists() else b"",
        stderr.read_bytes() if stderr.exists() else None,
        _steps(timed.read_text().splitlines() if timed.exists() else []),
    )


def _returncode(text: str) -> int:
    found = re.search(r"\((-[0-9]+)\)|exit ([0-9]+)", text)
    assert found, text
    return int(found[1] or found[2])


def _steps(lines: list[str]) -> list[Step]:
    printed = b""
    requests = 0
    answered: set[int] = set()
    steps = []
    for line in lines:
        _, stream, text = line.split(None, 2)
        if stream in ("tty", "out"):
            printed += ast.literal_eval(text)
        elif stream == "http":
            event = ast.literal_eval(text)
            requests += event["ev"] == "request"
            answered |= {event["n"]} if event["ev"] == "answered" else set()
        elif stream == "SENT":
            steps.append(Step(ast.literal_eval(text), "", printed, requests, frozenset(answered)))
        elif stream == "NOTE" and "sent SIG" in text:
            number = text.strip("b'").removeprefix("sent ")
            steps.append(Step(b"", number, printed, requests, frozenset(answered)))
    return steps
