"""The Typer application: the table of commands and the global options."""

from typing import Annotated

import typer

from axchat import __version__
from axchat.cli.lazy import lazy_group

COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("Answer one prompt.", "axchat.cli.run:app"),
    "chat": ("Talk in an interactive session.", "axchat.cli.chat:app"),
    "serve": (
        "Keep a model loaded, and serve it over HTTP.",
        "axchat.cli.serve:app",
    ),
    "load": (
        "Load a model, so that the next answer comes at once.",
        "axchat.cli.load:app",
    ),
    "ps": ("Show what is loaded, who waits, and when it unloads.", "axchat.cli.ps:app"),
    "stop": (
        "Unload the model and free the card.",
        "axchat.cli.stop:app",
    ),
    "bench": (
        "Measure load, TTFT, prefill and decode, and compare.",
        "axchat.cli.bench:app",
    ),
    "doctor": ("Find what is wrong with card, driver, model and host.", "axchat.cli.doctor:app"),
    "models": ("List, name, fetch and judge models.", "axchat.cli.models:app"),
    "history": (
        "List, show, search, export and remove conversations.",
        "axchat.cli.history:app",
    ),
    "config": ("Show, change and check the settings.", "axchat.cli.config:app"),
    "completion": ("Print what makes Tab complete in a shell.", "axchat.cli.completion:app"),
}
"""Name to one-line help and the module that holds the command."""

app = typer.Typer(
    name="axchat",
    cls=lazy_group(COMMANDS),
    help="Local LLM chat on Axera AXCL cards, and on the CPU where there is none.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"axchat {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", "-V", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")
    ] = False,
) -> None:
    """Local LLM chat on Axera AXCL cards, and on the CPU where there is none."""
