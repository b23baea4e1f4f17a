"""``axchat doctor``: which layer fails, and the command that mends it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from axchat.cli import options
from axchat.cli.context import AppContext
from axchat.cli.output import say
from axchat.errors import UsageError
from axchat.nearest import nearest_names

if TYPE_CHECKING:
    from axchat.doctor.examine import Examination

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)

_LOG_LIMIT_BYTES = 16 * 1024 * 1024  # of a log on standard input
_OPTIONS = (
    "--model",
    "--engine",
    "--json",
    "--only",
    "--skip",
    "--verbose",
    "--explain",
    "--bundle",
    "--fix",
)


# A negative code (-2144337530) looks like an option: unknown ones come as arguments and are judged here.
@app.command(context_settings={"ignore_unknown_options": True})
def doctor(
    codes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CODE...]", help="With --explain: codes or log lines; - reads them from stdin."
        ),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Explain AXCL error codes; checks nothing.")
    ] = False,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="Also check this model directory.", metavar="DIR")
    ] = None,
    engine: Annotated[
        str | None, typer.Option("--engine", "-e", help="cpu checks no card.", metavar="ENGINE")
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Check only this id or group; repeatable.", metavar="ID"),
    ] = None,
    skip: Annotated[
        list[str] | None, typer.Option("--skip", help="Leave out this id or group; repeatable.", metavar="ID")
    ] = None,
    bundle: Annotated[
        Path | None,
        typer.Option(
            "--bundle", help="Also write results and logs, without names, to a tar.gz.", metavar="FILE"
        ),
    ] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Offer the steps that cannot harm, one by one.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the raw facts too.")] = False,
    json: options.Json = False,
) -> None:
    """Find what is wrong with card, driver, model and host; changes nothing without --fix."""
    context = AppContext()
    if context.stdout is None:
        raise UsageError("standard output is closed; there is nowhere to put the findings")
    if explain:
        _explain(context, codes or [], json=json)
        return
    _refuse_arguments(codes or [])
    if fix and json:
        raise UsageError("--fix asks questions and --json answers programs; use one of them")
    if fix and context.env.get("AXCHAT_DOCTOR_ROOT"):
        raise UsageError("--fix works on this machine, not on the one in AXCHAT_DOCTOR_ROOT")

    from axchat.cli.examination import examine_here, model_and_config
    from axchat.ui.doctor import as_json, draw, lines, plain

    if bundle is not None:
        from axchat.cli.bundling import refuse_existing

        refuse_existing(bundle)
    directory, known = model_and_config(context, model)
    examination = examine_here(context, directory, engine, only or [], skip or [], known)
    if json:
        say(context, as_json(examination))
    elif context.stdout_is_terminal:
        from axchat.ui.consoles import console_on

        draw(lines(examination, is_verbose=verbose), console_on(context.stdout))
    else:
        say(context, plain(lines(examination, is_verbose=verbose)))
    if bundle is not None:
        _write_bundle(context, bundle, examination)
    if fix:
        _mend(context, examination, directory)
    raise typer.Exit(examination.verdict.exit_status)


def _mend(context: AppContext, examination: "Examination", directory: Path | None) -> None:
    from axchat.cli.examination import probes_for
    from axchat.cli.mending import mend, question
    from axchat.doctor.mend import carry_out
    from axchat.doctor.offers import commands, offers

    probes = probes_for(context)
    offered = offers(probes, examination.results, directory)
    ask = None
    if context.stdin is not None and context.stderr is not None and context.stdin_is_terminal:
        ask = question(context.stdin, context.stderr)
    say(context, "\nmend")
    mend(
        offered,
        commands(examination.results, offered),
        do=lambda step: carry_out(step, probes),
        say=lambda text: say(context, text),
        ask=ask,
    )


def _write_bundle(context: AppContext, path: Path, examination: "Examination") -> None:
    from axchat.cli.bundling import versions, write_bundle
    from axchat.cli.examination import probes_for
    from axchat.doctor.bundle import collect
    from axchat.ui.doctor import as_json, lines, plain
    from axchat.ui.stderr import Reporter

    known = versions()

    def as_text(clean: "Examination") -> str:
        return plain(lines(clean, is_verbose=True))

    def for_programs(clean: "Examination") -> str:
        return as_json(clean, known)

    members = collect(probes_for(context), examination, as_text, for_programs, known)
    write_bundle(path, members, Reporter(context.stderr, is_terminal=False).line)


def _explain(context: AppContext, codes: list[str], *, json: bool) -> None:
    from axchat.axcl import explain

    if not codes:
        raise UsageError(
            "--explain needs a code", hint="for example: axchat doctor --explain 0x80300186, or - for stdin"
        )
    texts = [_standard_input(context) if code == "-" else code for code in codes]
    explanations = explain.explain(texts)
    if json:
        from json import dumps

        values = {"schema": 1, "codes": [explain.as_json(each) for each in explanations]}
        say(context, dumps(values, indent=2))
    else:
        from axchat.ui.escapes import for_terminal

        say(context, for_terminal(explain.as_text(explanations)))


def _standard_input(context: AppContext) -> str:
    if context.stdin is None:
        raise UsageError("standard input is closed; give the code as an argument")
    return context.stdin.buffer.read(_LOG_LIMIT_BYTES).decode(errors="replace")


def _refuse_arguments(arguments: list[str]) -> None:
    if not arguments:
        return
    name = arguments[0]
    if name.startswith("-") and not name.lstrip("-").isdecimal():
        near = nearest_names(name, _OPTIONS)
        hint = f"did you mean {near[0]}?" if near else "see: axchat doctor --help"
        raise UsageError(f"no such option: {name}", hint=hint)
    raise UsageError(
        f"the doctor takes no argument {name!r}",
        hint=f"to explain an error code: axchat doctor --explain {name}; for a model: -m DIR",
    )
