"""``axchat models``: the models that axchat knows, and how to get more."""

import typer

from axchat.cli import options
from axchat.cli.context import AppContext
from axchat.cli.models_pull import pull
from axchat.cli.models_verify import verify
from axchat.cli.output import say
from axchat.config import paths
from axchat.models.catalogue import KNOWN
from axchat.models.store import find

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


app.command("pull")(pull)
app.command("verify")(verify)
