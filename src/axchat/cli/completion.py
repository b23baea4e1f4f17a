"""``axchat completion``: print a shell's completion script."""

from enum import StrEnum
from importlib import import_module
from typing import Annotated

import typer

from axchat.cli.context import AppContext
from axchat.cli.output import say

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


class Shell(StrEnum):
    """What there is a script for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


FILES = {Shell.BASH: "axchat.bash", Shell.ZSH: "_axchat", Shell.FISH: "axchat.fish"}
"""What the shells, and packagers, call the script's file."""


def script(shell: Shell) -> str:
    """The script, made from the application as it is."""
    from axchat.cli.command_tree import read

    made: str = import_module(f"axchat.cli.completion_{shell}").script(read())
    return made


@app.command()
def completion(
    shell: Annotated[
        Shell, typer.Argument(help="The shell that reads it.", show_default=False, metavar="bash|zsh|fish")
    ],
) -> None:
    """Print what makes Tab complete in a shell."""
    say(AppContext(), script(shell).rstrip())
