"""``axchat config``: every setting, its value and where it comes from."""

from typing import Annotated

import typer

from axchat.cli import options
from axchat.cli.context import AppContext
from axchat.cli.output import say
from axchat.config import paths
from axchat.config.load import load
from axchat.config.schema import options as settings_options

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def config(
    json: options.Json = False,
    path: Annotated[
        bool, typer.Option("--path", help="Print only the path of the configuration file.")
    ] = False,
) -> None:
    """Show the settings and where they come from."""
    context = AppContext()
    if path:
        say(context, paths.config_file())
        return
    loaded = load()
    rows = [
        (option, getattr(loaded.settings, option.name), loaded.origins[option.name])
        for option in settings_options()
    ]
    if json:
        import json as json_module

        values = {option.key: {"value": value, "origin": origin} for option, value, origin in rows}
        say(context, json_module.dumps(values, ensure_ascii=False, indent=2))
        return
    say(context, f"# {paths.config_file()}")
    for option, value, origin in rows:
        shown = "(unset)" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        say(context, f"{option.key} = {shown}   # {origin}; {option.env}; {option.doc}")
