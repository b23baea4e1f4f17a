"""``axchat ps``: what the holder has loaded, and until when."""

import time

import typer

from axchat.cli import holding, options
from axchat.cli.context import AppContext
from axchat.cli.output import say
from axchat.cli.settings import settings_of
from axchat.ui.holder import as_json, as_text
from axchat.ui.stderr import Reporter

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def ps(device: options.Device = None, json: options.Json = False) -> None:
    """Show what is loaded, who waits, and when it unloads."""
    context = AppContext()
    loaded = settings_of(context, {"device": device})
    where = holding.place(loaded.settings, context.env)
    status = holding.ask(where, "GET", "/status")
    if json:
        say(context, as_json(status))
    elif status is None:
        life = holding.silent_life(where)
        said = "no holder runs; axchat load -m DIR starts one" if life is None else f"{life} is {life.stage}"
        Reporter(context.stderr, is_terminal=False).line(said)
    else:
        say(context, as_text(status, now=time.time()))
