"""``axchat doctor``: which layer fails, and the command that mends it."""

from pathlib import Path
from typing import Annotated

import typer

from axchat.cli import options
from axchat.cli.context import AppContext
from axchat.cli.output import say
from axchat.config import paths
from axchat.config.load import load
from axchat.doctor.registry import run_doctor
from axchat.doctor.result import exit_status
from axchat.errors import UsageError
from axchat.ui.doctor import as_json, render

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def doctor(
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="Also check this model directory.", metavar="DIR")
    ] = None,
    engine: Annotated[
        str | None, typer.Option("--engine", "-e", help="cpu checks no card.", metavar="ENGINE")
    ] = None,
    json: options.Json = False,
) -> None:
    """Find what is wrong with card, driver, model and host; changes nothing."""
    context = AppContext()
    if context.stdout is None:
        raise UsageError("standard output is closed; there is nowhere to put the findings")
    configured = load({"model": model}, context.env).settings.model
    results = run_doctor(_directory(model or configured), engine, paths.data_dir())
    if json:
        say(context, as_json(results))
    else:
        from axchat.ui.consoles import console_on

        render(results, console_on(context.stdout))
    raise typer.Exit(exit_status(results))


def _directory(model: str | None) -> Path | None:
    """The model directory to check; a GGUF file or a known name has none."""
    path = Path(model).expanduser() if model else None
    return path if path and (path.is_dir() or path.suffix == ".sh" or not path.suffix) else None
