"""``axchat run``: one prompt, one answer; stdout holds the answer and nothing else."""

import contextlib
from dataclasses import dataclass
from typing import Annotated

import typer

from axchat.chat.turn import Turn, run_turn
from axchat.cli import options
from axchat.cli.context import AppContext
from axchat.cli.interrupts import cancel_on_ctrl_c
from axchat.cli.opening import How, opened
from axchat.config.load import Loaded, load
from axchat.deadline import Deadline
from axchat.engines.base import Engine, Request, refuse_unsupported
from axchat.errors import AxchatError, Interrupted, PromptRefused, Truncated, UsageError
from axchat.events import FinishReason, TextDelta
from axchat.messages import Message, Role
from axchat.ui.answer import AnswerWriter
from axchat.ui.json_answer import as_json, error_as_json
from axchat.ui.stderr import Reporter, statistics

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def run(
    prompt: Annotated[
        list[str] | None, typer.Argument(help="The prompt; - stands for standard input.", show_default=False)
    ] = None,
    model: options.Model = None,
    engine: options.Engine = None,
    device: options.Device = None,
    system: options.System = None,
    max_tokens: options.MaxTokens = None,
    temperature: options.Temperature = None,
    top_p: options.TopP = None,
    top_k: options.TopK = None,
    seed: options.Seed = None,
    stop: options.Stop = None,
    image: options.Image = None,
    timeout: options.Timeout = None,
    json: options.Json = False,
    stats: Annotated[bool, typer.Option("--stats", help="Counts and times on stderr afterwards.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 11 when the token limit cut the answer.")
    ] = False,
    once: options.Once = False,
    keep_alive: options.KeepAlive = None,
    quiet: options.Quiet = False,
    yes: options.Yes = False,
) -> None:
    """Answer one prompt."""
    context = AppContext()
    output = Output(is_json=json, has_stats=stats, is_strict=strict)
    flags = {"model": model, "engine": engine, "device": device, "system": system, "timeout_s": timeout}
    chosen = options.sampling(max_tokens, temperature, top_p, top_k, seed, stop)
    is_shown = context.stdout_is_terminal
    writer = AnswerWriter(
        context.answer_stream(), is_terminal=is_shown and not json, ends_line=is_shown or json
    )
    try:
        message = Message(Role.USER, read_prompt(prompt or [], context), options.images(image))
        _answer(
            message,
            load(flags, context.env),
            context,
            writer,
            output,
            How(quiet, yes, chosen, once, keep_alive),
        )
    except AxchatError as error:
        if json and not output.is_written:
            writer.write(error_as_json(error, output.engine, output.turn.text if output.turn else ""))
            writer.finish()
        raise


@dataclass
class Output:
    """How the answer is given, and how far that has come."""

    is_json: bool = False
    has_stats: bool = False
    is_strict: bool = False
    engine: Engine | None = None
    turn: Turn | None = None
    is_written: bool = False


def _answer(
    message: Message,
    loaded: Loaded,
    context: AppContext,
    writer: AnswerWriter,
    output: Output,
    how: How,
) -> None:
    """Choose the engine, start it, stream one answer, say how it ended."""
    settings = loaded.settings
    said = [message]
    if settings.system is not None:
        said.insert(0, Message(Role.SYSTEM, settings.system))
    request = Request(tuple(said), how.sampling, Deadline(settings.timeout_s, context.clock))
    with opened(context, loaded, how) as (engine, reporter):
        output.engine = engine
        refuse_unsupported(engine, request)
        try:
            for event in engine.start(request.deadline):
                reporter.show(event)
            with contextlib.closing(run_turn(engine, request, clock=context.clock)) as turn:
                output.turn = turn
                _stream(engine, turn, reporter, None if output.is_json else writer)
        finally:
            reporter.clear()
        if output.is_json:
            writer.write(as_json(turn, engine))
            writer.finish()
            output.is_written = True
        _say_how_it_ended(turn, reporter, output)


def read_prompt(words: list[str], context: AppContext) -> str:
    """The prompt from the command line and standard input.

    Standard input is read when it is named (``-``) or when nothing else was given, so that a command
    started by another program never waits for input nobody will send.

    Raises:
        UsageError: no prompt anywhere.
        PromptRefused: it is not UTF-8.
    """
    if not words and context.stdin_is_terminal:
        raise UsageError("no prompt", hint='axchat run "your question", or pipe it in')
    parts = [_read_stdin(context) if word == "-" else word for word in words or ["-"]]
    text = " ".join(parts) if "-" not in words else "\n\n".join(_grouped(words, parts))
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise PromptRefused("the prompt is not valid UTF-8", hint="convert it to UTF-8") from error
    if not text.strip():
        raise UsageError("the prompt is empty", hint='axchat run "your question"')
    return text


def _grouped(words: list[str], parts: list[str]) -> list[str]:
    """Words between standard inputs joined by blanks, each standard input a paragraph of its own."""
    groups: list[list[str]] = [[]]
    for word, part in zip(words, parts, strict=True):
        if word == "-":
            groups += [[part], []]
        else:
            groups[-1].append(part)
    return [" ".join(group) for group in groups if group]


def _read_stdin(context: AppContext) -> str:
    if context.stdin is None:
        raise UsageError("standard input is closed")
    data = context.stdin.buffer.read()
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise PromptRefused(
            f"standard input is not UTF-8 (byte {error.start})", hint="convert it: iconv -t UTF-8"
        ) from error
    # the newline that echo and editors add is not part of the question
    return text.removesuffix("\n").removesuffix("\r")


def _stream(engine: Engine, turn: Turn, reporter: Reporter, writer: AnswerWriter | None) -> None:
    """Write the answer as it comes; what was said stays said, also when the rest fails."""
    try:
        with cancel_on_ctrl_c(engine.cancel):
            for event in turn:
                if not isinstance(event, TextDelta):
                    reporter.show(event)
                    continue
                reporter.end_load(engine.model)
                if writer is not None:
                    writer.write(event.text)
    except (AxchatError, KeyboardInterrupt):
        reporter.clear()
        if writer is not None:
            writer.finish()
        raise
    reporter.end_load(engine.model)
    if writer is not None:
        writer.finish()


def _say_how_it_ended(turn: Turn, reporter: Reporter, output: Output) -> None:
    finished = turn.finished
    assert finished is not None, "a turn that did not raise has ended"
    if output.has_stats:
        reporter.line(statistics(finished, ttft_s=turn.ttft_s, total_s=turn.total_s or 0.0))
    if finished.reason is FinishReason.CANCELLED:
        said = "what was said so far stands above" if turn.text else "nothing was said yet"
        raise Interrupted(f"interrupted; {said}")
    if finished.reason is FinishReason.LENGTH and output.is_strict:
        raise Truncated("the answer was cut at the token limit", hint="raise --max-tokens")
