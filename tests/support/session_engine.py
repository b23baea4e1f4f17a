"""A session engine over the stand-in's demo directory, and what the stand-in saw."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from axchat.deadline import Deadline
from axchat.engines.base import Request
from axchat.engines.session import SessionEngine
from axchat.errors import AxchatError
from axchat.events import Event, Finished, Notice, TextDelta
from axchat.messages import Message, Role, Sampling
from axchat.standin.demo import write_demo
from axchat.standin.demo_context import write_context_demo
from axchat.tokenizer.huggingface import HuggingFaceTokenizer, load

TIMEOUT_S = 60.0
"""Generous: the machine may be busy."""


@dataclass
class Answered:
    """One answer: its text, its end, what was said beside it, and the error instead of an end."""

    text: str
    finished: Finished | None
    notices: list[str]
    events: list[Event]
    error: AxchatError | None = None


def conversation(*texts: str, system: str | None = None) -> tuple[Message, ...]:
    """Messages in turn, the last one the user's."""
    head = () if system is None else (Message(Role.SYSTEM, system),)
    roles = (Role.USER, Role.ASSISTANT)
    return (*head, *(Message(roles[number % 2], text) for number, text in enumerate(texts)))


def collect(events: Iterator[Event]) -> Answered:
    """All events of a generation; an error ends it and is kept."""
    seen: list[Event] = []
    error = None
    try:
        for event in events:
            seen.append(event)  # noqa: PERF402  what came before an error must not be lost
    except AxchatError as raised:
        error = raised
    text = "".join(event.text for event in seen if isinstance(event, TextDelta))
    ends = [event for event in seen if isinstance(event, Finished)]
    notices = [event.text for event in seen if isinstance(event, Notice)]
    return Answered(text, ends[-1] if ends else None, notices, seen, error)


def context_directory(folder: Path, *, script: Mapping[str, object] | None = None, **times: object) -> Path:
    """A demo directory of the context era, with the shipped tokenizer.json."""
    directory = write_context_demo(
        folder / "context",
        script={"vocabulary": "qwen2.5_tokenizer/tokenizer.json", **(script or {})},
        **times,  # type: ignore[arg-type]
    )
    words = write_demo(folder / "words", layers=1) / "qwen2.5_tokenizer"
    shutil.copytree(words, directory / "qwen2.5_tokenizer")
    return directory


class Over:
    """A started engine over a demo directory.

    Args:
        folder: where the demo and the trace are written.
        answers: given in turn.
        script: further keys of the stand-in's script.
        build: options for ``SessionEngine``.
    """

    def __init__(
        self,
        folder: Path,
        answers: list[str],
        *,
        script: dict[str, object] | None = None,
        token_s: float = 0.0,
        starts: bool = True,
        **build: Any,
    ) -> None:
        self.folder = folder
        self.trace_path = folder / "trace.jsonl"
        self.directory = write_demo(
            folder / "demo",
            layers=2,
            load_s=0,
            token_s=token_s,
            prefill_token_s=0,
            answers=answers,
            script={"max_token_len": 4000, **(script or {})},
        )
        self.engine = SessionEngine(self.directory, **build)
        self.started = self.start() if starts else []

    def start(self) -> list[Event]:
        """Load; the events."""
        return list(self.engine.start(Deadline(TIMEOUT_S)))

    def request(self, *texts: str, system: str | None = None, **sampling: Any) -> Request:
        """A request of these messages."""
        return Request(conversation(*texts, system=system), Sampling(**sampling), Deadline(TIMEOUT_S))

    def ask(self, *texts: str, system: str | None = None, **sampling: Any) -> Answered:
        """Ask and read to the end."""
        return collect(self.engine.generate(self.request(*texts, system=system, **sampling)))

    def fed_ids(self, turn: int = -1) -> list[int]:
        """The prompt of a turn, as the model got it."""
        ids: list[int] = self.trace[turn]["fed"]
        return ids

    def fed_text(self, turn: int = -1) -> str:
        """The same as text; control tokens are hidden."""
        return self.tokenizer.decode(self.fed_ids(turn))

    @property
    def tokenizer(self) -> HuggingFaceTokenizer:
        """The directory's own."""
        return load(self.directory)

    @property
    def trace(self) -> list[dict[str, Any]]:
        """What the stand-in's model was fed and answered, turn by turn; needs AXCHAT_STANDIN_TRACE."""
        return [json.loads(line) for line in self.trace_path.read_text().splitlines()]
