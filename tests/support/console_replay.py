"""Plays recorded sessions of every dialect to a console parser, and sums up the events as JSON values."""

import ast
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from axchat.console.base import Command, Dialect
from axchat.console.dialects import AXLLM, LEGACY
from axchat.console.events import (
    Closed,
    ConsoleEvent,
    ConsoleLine,
    ContextState,
    Fault,
    Ready,
    RunnerLog,
    TurnEnded,
    TurnFailed,
)
from axchat.console.parser import ConsoleParser
from axchat.console.states import State
from axchat.errors import PromptRefused
from axchat.events import LoadProgress, TextDelta
from support.feeding import drain, feed, joined
from support.sessions import Step

CAPTURES = Path(__file__).parents[1] / "captures"
MARKERS = (b"media >> ", b"prompt >> ", b">> ")
_COMMANDS = {b"/reset": Command.RESET, b"/dd": Command.DROP_LAST, b"/pp": Command.HISTORY}


@dataclass(frozen=True)
class Capture:
    """One recorded console: its bytes, what was typed, what must come out."""

    folder: str
    name: str

    @property
    def _path(self) -> Path:
        return CAPTURES / self.folder / self.name

    @property
    def dialect(self) -> Dialect:
        is_axllm = self.folder == "axllm" or self.name.startswith("C_")
        return AXLLM if is_axllm else LEGACY

    @cached_property
    def argv(self) -> list[str]:
        meta = Path(f"{self._path}.meta")
        return json.loads(meta.read_text()).get("argv", []) if meta.exists() else []

    @property
    def console(self) -> bytes:
        raw = Path(f"{self._path}.raw")
        return (raw if raw.exists() else Path(f"{self._path}.stdout.raw")).read_bytes()

    @property
    def expected(self) -> dict[str, object]:
        return json.loads(Path(f"{self._path}.events.json").read_text())

    def parser(self) -> ConsoleParser:
        """A parser with the switches of the recording's terminal."""
        one_shot = "--prompt" in self.argv and self.argv[self.argv.index("--prompt") + 1] != ""
        return ConsoleParser(
            self.dialect,
            one_shot=one_shot,
            crlf=b"\r\n" in self.console,
            echo=self.dialect is LEGACY and self._has_echo,
        )

    @property
    def _has_echo(self) -> bool:
        return not re.search("pipe|raw-line|echo_off|A_live", self.name)

    def steps(self) -> list[Step]:
        """What came and what was typed, in order; without a clock, lines are found by their echo."""
        timed = Path(f"{self._path}.timed")
        if timed.exists():
            return _timed_steps(timed.read_text())
        return _echoed_steps(self.console) if self._has_echo else _silent_steps(self.console)


def _timed_steps(text: str) -> list[Step]:
    steps = []
    for line in text.splitlines():
        found = re.match(r"\s*[\d.]+ (\w+)\s+(.*)", line)
        assert found, line
        kind, value = found.groups()
        if kind in {"tty", "out", "SENT"}:
            steps.append(Step("sent" if kind == "SENT" else "console", ast.literal_eval(value)))
    return _joined(steps)


def _joined(steps: list[Step]) -> list[Step]:
    """Neighbouring reads as one, so that only the cuts of a test cut; a marker ends a read."""
    joined_steps: list[Step] = []
    for step in steps:
        last = joined_steps[-1] if joined_steps else None
        if last and last.kind == step.kind == "console" and not last.data.endswith(MARKERS):
            joined_steps[-1] = Step("console", last.data + step.data)
        else:
            joined_steps.append(step)
    return joined_steps


def _echoed_steps(data: bytes) -> list[Step]:
    """A line that stands right behind a marker at the start of a line was typed there."""
    steps = []
    at = 0
    for found in re.finditer(rb"(?:^|\n|\x1b\[0m)(?:prompt |media )?>> (?P<line>[^\r\n]*)(?=\r?\n)", data):
        if found.start("line") < at:
            continue
        steps += [Step("console", data[at : found.start("line")]), Step("sent", found["line"] + b"\n")]
        at = found.start("line")
    return [*steps, Step("console", data[at:])]


def _silent_steps(data: bytes) -> list[Step]:
    """Without echo a turn stands behind each marker at the start of a line, and nothing behind the last."""
    pieces = re.split(rb"(?<=\n>> )", data)
    steps = [Step("console", pieces[0])]
    for piece in pieces[1:]:
        steps += [Step("sent", b"something\n" if piece else b"q\n"), Step("console", piece)]
    return steps


class Replay:
    """One session under way."""

    def __init__(self, parser: ConsoleParser, *, cuts: Sequence[int] | None) -> None:
        self.parser = parser
        self.events: list[ConsoleEvent] = []
        self._cuts = cuts
        self._typed = b""
        self._lines: list[bytes] = []

    def run(self, steps: list[Step]) -> list[ConsoleEvent]:
        """All events, neighbouring text joined."""
        for step in steps:
            if step.kind == "sent":
                self._type(step.data)
            else:
                self._read(step.data)
        self.parser.receive_eof()
        return joined(self.events + list(drain(self.parser)))

    def _type(self, data: bytes) -> None:
        """Whole lines begin turns; a line typed while a turn is under way waits for its marker."""
        data = data.replace(b"\r", b"\n")
        self._typed = (self._typed + data).rpartition(b"\x03")[2]
        *lines, self._typed = self._typed.split(b"\n")
        self._lines += lines
        self._settle()

    def _settle(self) -> None:
        self.parser.receive_silence()
        self.events += drain(self.parser)
        if self._lines and self.parser.state in {State.READY, State.ATTACHING}:
            self._begin(self._lines.pop(0))

    def _begin(self, line: bytes) -> None:
        """What no driver may type is only read: its echo and what it does stand at the idle marker."""
        if self.parser.state is State.ATTACHING:
            self.parser.attach(*line.decode().split())
        elif self.parser.dialect.commands and line in _COMMANDS:
            self.parser.begin_command(_COMMANDS[line])
        else:
            try:
                self.parser.begin_turn(line.decode())
            except PromptRefused:
                return

    def _read(self, data: bytes) -> None:
        """Bytes of the console, in pieces that end where the next waiting line was read."""
        while self._lines and (found := re.search(rb">> (?=" + re.escape(self._lines[0]) + rb"\r?\n)", data)):
            self._feed(data[: found.end()])
            self._settle()
            data = data[found.end() :]
        self._feed(data)
        if self._lines and data.endswith(MARKERS):
            self._settle()

    def _feed(self, data: bytes) -> None:
        cuts = None if self._cuts is None else sorted({cut % len(data) for cut in self._cuts if data} - {0})
        self.events += feed(self.parser, data, cuts)


def summary(parser: ConsoleParser, events: list[ConsoleEvent]) -> dict[str, object]:
    """What a session told, as JSON values."""
    answers, text = [], ""
    for event in events:
        if isinstance(event, TextDelta):
            text += event.text
        elif isinstance(event, TurnEnded | TurnFailed):
            answers.append(text)
            text = ""
    bars = [event for event in events if isinstance(event, LoadProgress)]
    logs = [event for event in events if isinstance(event, RunnerLog)]
    return {
        "answers": answers,
        "unended": text,
        "ends": [[e.tokens_per_s, e.ttft_ms] for e in events if isinstance(e, TurnEnded)],
        "failed": [_values(e) for e in events if isinstance(e, TurnFailed)],
        "faults": [[e.kind.value, e.code] for e in events if isinstance(e, Fault)][:12],
        "context": [[e.used, e.remaining] for e in events if isinstance(e, ContextState)],
        "errors": [e.message for e in logs if e.level in "EW"][:6],
        "counts": {
            "ready": sum(isinstance(e, Ready) for e in events),
            "logs": len(logs),
            "lines": sum(isinstance(e, ConsoleLine) for e in events),
            "faults": sum(isinstance(e, Fault) for e in events),
        },
        "bars": [[bar.done, bar.total] for bar in bars],
        "limits": _values(parser.limits),
        "closed_in_turn": [e.in_turn for e in events if isinstance(e, Closed)],
    }


def _values(event: object) -> dict[str, object]:
    return json.loads(json.dumps(asdict(event)))  # type: ignore[call-overload]
