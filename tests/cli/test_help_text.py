"""What ``--help`` says, of every command."""

import re

from axchat.cli.command_tree import walk
from axchat.engines.registry import ENGINES

HELPS = {path: command.get_help(context) for path, command, context in walk()}


def test_no_command_is_described_by_half_a_sentence() -> None:
    """A list of commands has room for the first sentence of each."""
    cut = [line for shown in HELPS.values() for line in shown.splitlines()[1:] if line.endswith("...")]
    assert cut == []


def test_values_have_names_for_people() -> None:
    """None is called by its Python type."""
    told = [
        (path, re.findall(r"<(?:int|float|str|path)\b[^>]*>|\w+:<", shown)) for path, shown in HELPS.items()
    ]
    assert [each for each in told if each[1]] == []


def test_help_names_every_engine() -> None:
    """As ``--engine`` takes it, also where the line is wrapped."""
    assert [name for name in ("auto", *ENGINES) if name not in HELPS["axchat run"]] == []
