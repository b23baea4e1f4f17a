"""``axchat run``: one prompt, one answer; stdout holds the answer and nothing else."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import typer

from axchat.chat.turn import Turn, run_turn
from axchat.cli import options
from axchat.cli.answer_forms import (
    AnswerForm,
    EventLines,
    Extract,
    Extracted,
    OneObject,
    Streamed,
    Whole,
    answer_sink,
    refuse_contradictions,
)
from axchat.cli.context import AppContext
from axchat.cli.interrupts import cancel_on_ctrl_c
from axchat.cli.memory import Memory, memory_of
from axchat.cli.opening import How, of_held_model, opened
from axchat.cli.prompt import read_prompt
from axchat.cli.schema_option import read_schema
from axchat.cli.settings import settings_of
from axchat.config.load import Loaded
from axchat.deadline import Deadline
from axchat.engines.base import Engine, Request, refuse_unsupported
from axchat.errors import AxchatError, Interrupted, Truncated, UsageError
from axchat.events import Event, FinishReason, TextDelta
from axchat.messages import Message, Role
from axchat.ui.answer import AnswerWriter
from axchat.ui.stderr import Reporter, statistics

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def run(
    prompt: Annotated[
        list[str] | None,
        typer.Argument(help="The prompt; - places what is piped in.", show_default=False),
    ] = None,
    file: Annotated[
        list[str] | None,
        typer.Option(
            "--file", "-f", help="A text file that goes with the prompt; repeatable.", metavar="FILE"
        ),
    ] = None,
    model: options.Model = None,
    engine: options.Engine = None,
    device: options.Device = None,
    system: options.System = None,
    continues: options.Continue = False,
    resume: options.Resume = None,
    schema: Annotated[
        str | None,
        typer.Option(
            "--schema",
            help="The answer is JSON of this schema: a file, JSON, or 'name, age int'.",
            metavar="SCHEMA",
        ),
    ] = None,
    max_tokens: options.MaxTokens = None,
    temperature: options.Temperature = None,
    top_p: options.TopP = None,
    top_k: options.TopK = None,
    seed: options.Seed = None,
    stop: options.Stop = None,
    image: options.Image = None,
    timeout: options.Timeout = None,
    json: options.Json = False,
    events: Annotated[
        bool, typer.Option("--events", help="One JSON object per line for everything that happens.")
    ] = False,
    extract: Annotated[
        Extract | None,
        typer.Option("--extract", "-x", help="Only the first (code) or last code block of the answer."),
    ] = None,
    no_stream: Annotated[bool, typer.Option("--no-stream", help="The whole answer at its end.")] = False,
    plain: options.Plain = False,
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
    refuse_contradictions(
        json=json, events=events, extract=extract, whole=no_stream, schema=schema is not None
    )
    if continues and resume is not None:
        raise UsageError("--continue takes the last conversation, --resume a named one: choose one of them")
    options.refuse_not_text("--system", system)
    chosen = options.sampling(max_tokens, temperature, top_p, top_k, seed, stop)
    flags = {"model": model, "engine": engine, "device": device, "system": system, "timeout_s": timeout}
    manner = _Manner(How(quiet, yes, chosen, once, keep_alive), has_stats=stats, is_strict=strict)
    form = _json_form(context, is_object=json, is_lines=events)
    state = _State()
    notices = Reporter(context.stderr, is_terminal=False, is_quiet=quiet, clock=context.clock)
    try:
        loaded = of_held_model(context, settings_of(context, flags, is_quiet=quiet), manner.how)
        wanted = read_schema(schema)
        if form is None:
            form = _text_form(context, loaded, extract, whole=no_stream, plain=plain or wanted is not None)
        deadline = Deadline(loaded.settings.timeout_s, context.clock)
        text = read_prompt(prompt or [], file or [], context, deadline, notices.notice)
        message = Message(Role.USER, text, options.images(image))
        with memory_of(loaded, notices, continues=continues, resume=resume) as memory:
            memory.conversation.ask(message)
            order = _Order(message, wanted, deadline)
            _answer(order, memory, loaded, context, form, manner, state)
    except (AxchatError, KeyboardInterrupt) as error:
        failure = error if isinstance(error, AxchatError) else Interrupted("interrupted")
        if form is not None:
            form.fail(failure, state.engine, state.turn.text if state.turn else "")
        if failure is not error:
            raise failure from error
        raise


@dataclass(frozen=True, slots=True)
class _Manner:
    """How the command goes about its answer, whatever its form."""

    how: How
    has_stats: bool
    is_strict: bool


@dataclass(frozen=True, slots=True)
class _Order:
    """What is asked, in which form the model has to answer, and until when."""

    message: Message
    schema: Mapping[str, object] | None
    deadline: Deadline


@dataclass
class _State:
    """How far it has come, for the report of a failure."""

    engine: Engine | None = None
    turn: Turn | None = None


def _json_form(context: AppContext, *, is_object: bool, is_lines: bool) -> AnswerForm | None:
    if not is_object and not is_lines:
        return None
    writer = AnswerWriter(context.answer_stream(), is_terminal=False)
    return OneObject(writer) if is_object else EventLines(writer)


def _text_form(
    context: AppContext, loaded: Loaded, extract: Extract | None, *, whole: bool, plain: bool
) -> AnswerForm:
    if extract is not None:
        is_shown = context.stdout_is_terminal
        return Extracted(
            AnswerWriter(context.answer_stream(), is_terminal=is_shown, ends_line=is_shown), extract
        )
    sink = answer_sink(context, is_plain=plain, thoughts=loaded.settings.chat_thoughts)
    return Whole(sink) if whole else Streamed(sink)


def _answer(
    order: _Order,
    memory: Memory,
    loaded: Loaded,
    context: AppContext,
    form: AnswerForm,
    manner: _Manner,
    state: _State,
) -> None:
    """Choose the engine, start it, give one answer in its form, say how it ended."""
    with opened(context, loaded, manner.how) as (engine, reporter):
        state.engine = engine
        refuse_unsupported(engine, _request(order, memory, manner, engine))
        if memory.conversation.exchanges and not engine.capabilities.history:
            reporter.notice(f"the {engine.name} engine takes no earlier turns: only this question is sent")
        try:
            began = context.clock()
            for event in engine.start(order.deadline):
                reporter.show(event, model=engine.model)
                form.show(event)
            reporter.end_load(engine.model, context.clock() - began)
            request = _request(order, memory, manner, engine)
            with contextlib.closing(run_turn(engine, request, clock=context.clock)) as turn:
                state.turn = turn
                held = _follow(engine, turn, reporter, form, holds_notices=context.stdout_is_terminal)
        finally:
            reporter.clear()
        memory.keep(order.message, turn, engine)
        problem = form.end(turn, engine)
        for event in held:
            reporter.show(event)
        memory.tell()
        _say_how_it_ended(turn, reporter, manner, problem)
        if problem is not None:
            reporter.quote(turn.text)
            raise problem


def _request(order: _Order, memory: Memory, manner: _Manner, engine: Engine) -> Request:
    messages = memory.conversation.messages_for(engine.capabilities)
    return Request(messages, manner.how.sampling, order.deadline, order.schema)


def _follow(
    engine: Engine, turn: Turn, reporter: Reporter, form: AnswerForm, *, holds_notices: bool
) -> list[Event]:
    """Hand on what comes; what was said stays said, also when the rest fails.

    On a terminal nothing is written into the answer: gives what was told meanwhile, to be shown at its end.
    """
    held: list[Event] = []
    try:
        with cancel_on_ctrl_c(engine.cancel):
            for event in turn:
                if isinstance(event, TextDelta):
                    reporter.clear()
                elif turn.text and holds_notices:
                    held.append(event)
                else:
                    reporter.show(event, model=engine.model)
                form.show(event)
    except BaseException:  # a SIGTERM too: a screen shows its cursor again
        reporter.clear()
        form.cut(turn.text)
        for event in held:
            reporter.show(event)
        raise
    reporter.clear()
    return held


def _say_how_it_ended(turn: Turn, reporter: Reporter, manner: _Manner, problem: AxchatError | None) -> None:
    finished = turn.finished
    assert finished is not None, "a turn that did not raise has ended"
    if manner.has_stats:
        reporter.line(statistics(finished, ttft_s=turn.ttft_s, total_s=turn.total_s or 0.0))
    if finished.reason is FinishReason.CANCELLED and problem is None:
        said = "what was said so far stands above" if turn.text else "nothing was said yet"
        raise Interrupted(f"interrupted; {said}")
    if finished.reason is FinishReason.LENGTH and manner.is_strict:
        raise Truncated("the answer was cut at the token limit", hint="raise --max-tokens")
