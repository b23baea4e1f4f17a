"""Runs a command of ``axchat`` in the test's own process, which costs a tenth; the same way from there on."""

from collections.abc import Callable

import pytest

from axchat.cli import boundary
from support.cli import Outcome


def run_inside(
    app: Callable[[list[str]], object], capfd: pytest.CaptureFixture[str], *arguments: str
) -> Outcome:
    """Call a Typer application as the command line does; the environment is the test's."""
    status = boundary.run(lambda: app(list(arguments)))
    said = capfd.readouterr()
    return Outcome(status, said.out.encode(), said.err)
