"""The forms in which ``axchat run`` gives an answer: as it comes, at once, as code, as JSON."""

from enum import StrEnum
from typing import Protocol

from axchat.chat.turn import Turn
from axchat.cli.context import AppContext
from axchat.engines.base import Engine
from axchat.errors import AxchatError, Interrupted, NoCodeBlock, UsageError
from axchat.events import Event, FinishReason, TextDelta
from axchat.ui.answer import AnswerWriter
from axchat.ui.json_answer import as_json, error_as_json
from axchat.ui.json_events import error_line, event_line, finished_line
from axchat.wire.thinking import ThinkingSplitter


class Extract(StrEnum):
    """Which code block of an answer is wanted."""

    CODE = "code"
    LAST = "last"


class Sink(Protocol):
    """Takes the text of an answer; see ``AnswerWriter`` for what it raises."""

    def write(self, text: str) -> None:
        """The next piece."""

    def finish(self) -> None:
        """There is no more."""


class AnswerForm(Protocol):
    """Told of all that happens during one answer, in turn; writes to stdout what its form holds of it."""

    def show(self, event: Event) -> None:
        """The next event of the load or the answer."""

    def cut(self, text: str) -> None:
        """No more comes, and there was no end; ``text`` is what was said."""

    def end(self, turn: Turn, engine: Engine) -> AxchatError | None:
        """The answer has ended; gives what is wrong with it for this form."""

    def fail(self, error: AxchatError, engine: Engine | None, text: str) -> None:
        """The command fails; told last, also after ``end``."""


def answer_sink(context: AppContext, *, is_plain: bool, thoughts: str) -> Sink:
    """What an answer is written to as it comes: a terminal gets markdown, everything else the bytes.

    Args:
        context: has standard output.
        is_plain: the text as it is on a terminal, too.
        thoughts: how a ``<think>`` block is shown on a terminal.
    """
    is_shown = context.stdout_is_terminal
    if not is_shown or is_plain or context.wants_no_colour or context.env.get("TERM") == "dumb":
        return AnswerWriter(context.answer_stream(), is_terminal=is_shown, ends_line=is_shown)
    from axchat.ui.answer_screen import AnswerScreen
    from axchat.ui.rendering import new_rows
    from axchat.ui.thoughts import Thoughts

    rows = new_rows(Thoughts(thoughts), is_plain=False, clock=context.clock)
    return AnswerScreen(rows, context.answer_stream(), clock=context.clock)


def refuse_contradictions(
    *, json: bool, events: bool, extract: Extract | None, whole: bool, schema: bool
) -> None:
    """Raise UsageError where two options want different things of stdout."""
    given = {"--json": json, "--events": events, "--extract": extract is not None}
    chosen = [name for name, is_given in given.items() if is_given]
    if len(chosen) > 1:
        raise UsageError(f"{chosen[0]} and {chosen[1]} are two forms of an answer: choose one of them")
    if events and whole:
        raise UsageError("--events comes as it happens, --no-stream at the end: choose one of them")
    if schema and extract is not None:
        raise UsageError("an answer that keeps to --schema is JSON, without code blocks for --extract")


class Streamed:
    """Every piece as it comes."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def show(self, event: Event) -> None:
        """Write text."""
        if isinstance(event, TextDelta):
            self._sink.write(event.text)

    def cut(self, text: str) -> None:  # noqa: ARG002  it is written
        """What was said stays said."""
        self._sink.finish()

    def end(self, turn: Turn, engine: Engine) -> None:  # noqa: ARG002
        """It is written but for the end of its line."""
        self._sink.finish()

    def fail(self, error: AxchatError, engine: Engine | None, text: str) -> None:
        """Stderr tells."""


class Whole:
    """All of it at its end; of an answer that failed, what was said."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def show(self, event: Event) -> None:
        """It comes at the end."""

    def cut(self, text: str) -> None:
        """What was said stays said."""
        if text:
            self._sink.write(text)
        self._sink.finish()

    def end(self, turn: Turn, engine: Engine) -> None:  # noqa: ARG002
        """Now it is written."""
        self.cut(turn.text)

    def fail(self, error: AxchatError, engine: Engine | None, text: str) -> None:
        """Stderr tells."""


class Extracted:
    """The content of one code block and nothing else; nothing of an answer that failed or was stopped."""

    def __init__(self, writer: AnswerWriter, which: Extract) -> None:
        self._writer = writer
        self._which = which

    def show(self, event: Event) -> None:
        """It comes at the end."""

    def cut(self, text: str) -> None:
        """Half a program is none."""

    def end(self, turn: Turn, engine: Engine) -> AxchatError | None:  # noqa: ARG002
        """Write the block."""
        if turn.finished is not None and turn.finished.reason is FinishReason.CANCELLED:
            return Interrupted("interrupted; nothing of the answer is written")
        code = extracted(turn.text, self._which)
        if code is None:
            return NoCodeBlock("the answer has no code block", hint="ask for one, or leave out --extract")
        self._writer.write(code)
        self._writer.finish()
        return None

    def fail(self, error: AxchatError, engine: Engine | None, text: str) -> None:
        """Stderr tells."""


def extracted(answer: str, which: Extract) -> str | None:
    """The content of the first or last code block of what a model says, not of what it thinks; None without.

    Its lines end in LF, the last too, as in a file.
    """
    from axchat.chat.code_blocks import code_blocks

    splitter = ThinkingSplitter()
    said = splitter.receive(answer)[1] + splitter.finish()[1]
    blocks = code_blocks(said)
    if not blocks:
        return None
    code = blocks[0 if which is Extract.CODE else -1].code
    return code + "\n" if code else ""


class OneObject:
    """One JSON object at the end, also of a failure."""

    def __init__(self, writer: AnswerWriter) -> None:
        self._writer = writer
        self._is_written = False

    def show(self, event: Event) -> None:
        """It comes at the end."""

    def cut(self, text: str) -> None:
        """The failure holds what was said."""

    def end(self, turn: Turn, engine: Engine) -> None:
        """Write it."""
        self._write(as_json(turn, engine))

    def fail(self, error: AxchatError, engine: Engine | None, text: str) -> None:
        """Write it, unless an answer is written."""
        if not self._is_written:
            self._write(error_as_json(error, engine, text))

    def _write(self, line: str) -> None:
        self._is_written = True
        self._writer.write(line)
        self._writer.finish()


class EventLines:
    """One JSON object per line for everything that happens, when it happens."""

    def __init__(self, writer: AnswerWriter) -> None:
        self._writer = writer

    def show(self, event: Event) -> None:
        """Write its line."""
        if (line := event_line(event)) is not None:
            self._writer.write(line + "\n")

    def cut(self, text: str) -> None:
        """The failure's line follows."""

    def end(self, turn: Turn, engine: Engine) -> None:
        """Write how it ended."""
        self._writer.write(finished_line(turn, engine) + "\n")

    def fail(self, error: AxchatError, engine: Engine | None, text: str) -> None:  # noqa: ARG002
        """The last line; what was said is in the lines before."""
        self._writer.write(error_line(error, engine) + "\n")
