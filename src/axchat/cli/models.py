"""``axchat models``: the models of this machine, and those that can be had."""

import typer

from axchat.cli.models_fit import fit
from axchat.cli.models_list import known_models, list_models
from axchat.cli.models_names import alias, default, remove
from axchat.cli.models_pull import pull
from axchat.cli.models_scan import add, scan_for_models
from axchat.cli.models_show import show
from axchat.cli.models_verify import verify

app = typer.Typer(
    help="List, name, fetch and judge models.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
)

app.command("list")(list_models)
app.command("known")(known_models)
app.command("show")(show)
app.command("pull")(pull)
app.command("verify")(verify)
app.command("scan")(scan_for_models)
app.command("add")(add)
app.command("alias")(alias)
app.command("default")(default)
app.command("fit")(fit)
app.command("rm")(remove)
