"""``axchat bench``: what the model, the card and axchat each take of a request's time."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from axchat.bench import plan as plans
from axchat.bench.plan import Plan
from axchat.cli import boundary, options
from axchat.cli.benching import Benching, Format, draw, refuse_plot
from axchat.cli.context import AppContext
from axchat.cli.opening import How
from axchat.cli.output import say
from axchat.errors import UsageError
from axchat.messages import Sampling
from axchat.ui.stderr import Reporter

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    invoke_without_command=True,
)

REGRESSION = 1
"""The exit status of a comparison whose second bench is worse."""

Name = Annotated[str, typer.Argument(help="A saved bench, or its file.", metavar="NAME")]
Plot = Annotated[
    Path | None,
    typer.Option(
        "--plot",
        help="Draw it into this SVG file.",
        metavar="FILE",
        readable=False,
    ),
]


@app.callback()
def bench(
    context: typer.Context,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", "-m", help="A model to measure; repeatable.", metavar="MODEL"),
    ] = None,
    engine: options.Engine = None,
    device: options.Device = None,
    n_prompt: Annotated[
        list[str] | None, typer.Option("--n-prompt", "-p", help="Prompt sizes, tokens: 128,512.", metavar="N")
    ] = None,
    n_gen: Annotated[
        list[str] | None, typer.Option("--n-gen", "-n", help="Answer sizes, tokens.", metavar="N")
    ] = None,
    both: Annotated[
        list[str] | None,
        typer.Option("-pg", help="A prompt and an answer in one request: 512,128.", metavar="P,N"),
    ] = None,
    n_depth: Annotated[
        list[str] | None,
        typer.Option("--n-depth", "-d", help="Tokens of conversation before each.", metavar="N"),
    ] = None,
    prompt: Annotated[
        list[str] | None,
        typer.Option("--prompt", help="A prompt of your own; repeatable.", metavar="TEXT"),
    ] = None,
    repetitions: Annotated[
        int, typer.Option("--repetitions", "-r", help="Measured requests of each test.", min=1, metavar="N")
    ] = plans.DEFAULT_REPETITIONS,
    warm_up: Annotated[
        int, typer.Option("--warm-up", help="Requests before them that are not reported.", min=0, metavar="N")
    ] = plans.DEFAULT_WARM_UPS,
    no_warmup: Annotated[bool, typer.Option("--no-warmup", help="The same as --warm-up 0.")] = False,
    delay: Annotated[
        float, typer.Option("--delay", help="Seconds of rest before each test.", min=0.0, metavar="S")
    ] = 0.0,
    seed: options.Seed = None,
    timeout: options.Timeout = None,
    output: Annotated[Format, typer.Option("--output", "-o", help="What is printed.")] = Format.TABLE,
    save: Annotated[
        str | None, typer.Option("--save", help="Keep it under this name, to compare.", metavar="NAME")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what is saved under that name.")
    ] = False,
    plot: Plot = None,
    once: options.Once = False,
    quiet: options.Quiet = False,
    yes: options.Yes = False,
) -> None:
    """Measure load, TTFT, prefill and decode, and compare.

    Sizes are counted by the model's own tokenizer. Without any, -p 128 and -n 128 are measured. --timeout
    bounds load and each request.
    """
    if context.invoked_subcommand is not None:
        return
    options.refuse_endless("--delay", delay)
    for text in prompt or []:
        options.refuse_not_text("--prompt", text)
    tests, is_default = _tests(n_prompt, n_gen, both, n_depth, prompt)
    plan = Plan(
        tests,
        repetitions,
        0 if no_warmup else warm_up,
        delay_s=delay,
        sampling=Sampling(seed=seed),
        is_default=is_default,
        limits_are_wishes=not n_gen and not both,
    )
    asked = {"engine": engine, "device": device, "timeout_s": timeout}
    how = How(quiet, yes, is_once=once, loads_at_start=True, starts_none=True)
    run = Benching(AppContext(), plan, asked, how, output, save=save, plot=plot, overwrite=overwrite)
    if not run.run(model or [None]):
        raise typer.Exit(boundary.INTERRUPTED)


def _tests(
    prompts: list[str] | None,
    answers: list[str] | None,
    both: list[str] | None,
    depths: list[str] | None,
    texts: list[str] | None,
) -> tuple[tuple[plans.BenchTest, ...], bool]:
    """What was asked for, and whether nothing was: then the defaults."""
    pp, tg = plans.sizes(prompts, "-p"), plans.sizes(answers, "-n")
    is_default = pp is None and tg is None and not both and not texts
    if is_default:
        pp, tg = (plans.DEFAULT_PROMPT_TOKENS,), (plans.DEFAULT_ANSWER_TOKENS,)
    if texts and tg is not None and len(tg) > 1:
        raise UsageError("--prompt takes one answer size", hint="leave out the other numbers of -n")
    limit = tg[0] if tg else plans.DEFAULT_ANSWER_TOKENS
    tests = plans.all_tests(
        prompts=pp or (),
        answers=() if texts else tg or (),
        pairs=plans.pairs(both),
        depths=plans.sizes(depths, "-d") or (0,),
        texts=texts or (),
        text_answer=limit or None,
    )
    return tests, is_default


class Shown(StrEnum):
    """What a comparison is printed as."""

    TABLE = "table"
    JSON = "json"


@app.command("compare")
def compare_reports(
    a: Name,
    b: Name,
    threshold: Annotated[
        str, typer.Option("--threshold", help="How much worse is a regression: 5%.", metavar="SHARE")
    ] = "5%",
    output: Annotated[Shown, typer.Option("--output", "-o", help="What is printed.")] = Shown.TABLE,
    plot: Plot = None,
) -> None:
    """Set two benches side by side. Exits with 1 where the second is worse."""
    from axchat.bench import saved
    from axchat.bench.compare import compare
    from axchat.ui.comparison import as_json, as_text, show_comparison

    context = AppContext()
    if plot is not None:
        refuse_plot(plot)
    names = (a, b)
    reports = (saved.read(a), saved.read(b))
    found = compare(*reports, threshold=plans.share(threshold))
    if output is Shown.JSON:
        say(context, as_json(found, names))
    elif context.stdout_is_terminal and context.stdout is not None:
        show_comparison(found, context.stdout, names=names, is_terminal=True)
    else:
        say(context, as_text(found, names))
    if plot is not None:
        draw(plot, list(zip(names, reports, strict=True)))
    if found.has_regression:
        raise typer.Exit(REGRESSION)


@app.command("list")
def list_reports() -> None:
    """List the saved benches."""
    from axchat.bench import saved

    context = AppContext()
    if names := saved.names():
        say(context, "\n".join(names))
    else:
        Reporter(context.stderr, is_terminal=False).line(
            "no bench is saved yet; axchat bench --save NAME keeps one"
        )
