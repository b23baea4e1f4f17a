"""``axchat bench``: load time, time to first token and decode rate, each with its clock."""

from enum import StrEnum
from typing import Annotated

import typer

from axchat.bench import plan as plans
from axchat.bench.measure import Progress, measure
from axchat.cli import boundary, options
from axchat.cli.context import AppContext
from axchat.cli.opening import How, opened
from axchat.cli.output import say
from axchat.config.load import load
from axchat.engines.base import Engine
from axchat.errors import UsageError
from axchat.messages import Sampling
from axchat.ui.bench import as_json, as_text, show_report
from axchat.ui.stderr import Reporter

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


class Format(StrEnum):
    """What is printed."""

    TABLE = "table"
    JSON = "json"


@app.command()
def bench(
    prompt: Annotated[
        list[str] | None,
        typer.Option("--prompt", "-p", help="A prompt to measure; repeatable.", metavar="TEXT"),
    ] = None,
    model: options.Model = None,
    engine: options.Engine = None,
    device: options.Device = None,
    repetitions: Annotated[
        int, typer.Option("--repetitions", "-r", help="Measured requests per prompt.", min=1)
    ] = plans.DEFAULT_REPETITIONS,
    warm_up: Annotated[
        int, typer.Option("--warm-up", help="Requests before them that are not reported.", min=0)
    ] = plans.DEFAULT_WARM_UPS,
    max_tokens: Annotated[
        int | None, typer.Option("--max-tokens", "-n", help="Tokens per answer, where the engine can.", min=1)
    ] = None,
    seed: options.Seed = None,
    timeout: options.Timeout = None,
    output: Annotated[Format, typer.Option("--output", "-o", help="table or json.")] = Format.TABLE,
    once: options.Once = False,
    quiet: options.Quiet = False,
    yes: options.Yes = False,
) -> None:
    """Measure load time, time to first token and decode rate; --timeout bounds load and each request."""
    context = AppContext()
    if context.stdout is None:
        raise UsageError("standard output is closed; there is nowhere to put the report")
    loaded = load({"model": model, "engine": engine, "device": device, "timeout_s": timeout}, context.env)
    settings = loaded.settings
    with opened(context, loaded, How(quiet, yes, is_once=once, loads_at_start=True, starts_none=True)) as (
        built,
        reporter,
    ):
        plan = plans.Plan(
            tuple(prompt or [plans.DEFAULT_PROMPT]), repetitions, warm_up, _sampling(built, max_tokens, seed)
        )
        report = measure(
            built,
            plan,
            clock=context.clock,
            on_progress=lambda progress: _show(progress, reporter, built.model),
            load_timeout_s=settings.timeout_s,
            answer_timeout_s=settings.timeout_s,
        )
    reporter.clear()
    if output is Format.JSON:
        say(context, as_json(report))
    elif not context.stdout_is_terminal:
        say(context, as_text(report))
    else:
        show_report(report, context.stdout, is_terminal=context.stdout_is_terminal)
    if not report.is_complete:
        raise typer.Exit(boundary.INTERRUPTED)


def _sampling(engine: Engine, max_tokens: int | None, seed: int | None) -> Sampling:
    """What was asked for; without it, a token limit where the engine has one."""
    if max_tokens is None and "max_tokens" in engine.capabilities.sampling:
        max_tokens = plans.DEFAULT_MAX_TOKENS
    return Sampling(max_tokens=max_tokens, seed=seed)


def _show(progress: Progress, reporter: Reporter, name: str) -> None:
    """The load as it is; each request as a step of the whole."""
    if progress.event is not None:
        reporter.show(progress.event)
    elif progress.step is not None:
        reporter.end_load(name)
        what = "warm-up" if progress.step.is_warm_up else "request"
        reporter.step(f"{what} {progress.done + 1}/{progress.total}")
