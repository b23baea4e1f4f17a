"""``axchat models verify``: whether a model's files are whole."""

from typing import Annotated

import typer

from axchat.cli import options
from axchat.cli.context import AppContext
from axchat.errors import ModelError
from axchat.ui.stderr import Reporter


def verify(
    name: Annotated[str, typer.Argument(help="A name, a path, or ORG/NAME of what was fetched.")],
    repo: Annotated[
        str | None,
        typer.Option("--repo", help="The repository it is of, when it does not say so.", metavar="ORG/NAME"),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Compare with the notes beside the files; ask no hub.")
    ] = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Compare a model's files with what they have to be. Exits with 4 when something is wrong."""
    from axchat.cli import verifying

    context = AppContext()
    reporter = Reporter(context.stderr, is_terminal=context.stderr_can_rewrite, is_quiet=quiet)
    report = verifying.verify(verifying.Asked(name, repo, offline, quiet), context, reporter)
    verifying.show(report, context, as_json=json)
    if report.findings:
        raise typer.Exit(ModelError.exit_status)
