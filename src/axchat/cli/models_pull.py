"""``axchat models pull``: a known model, or what this host needs of a hub's repository."""

from pathlib import Path
from typing import Annotated

import typer

from axchat.cli import options
from axchat.cli.context import AppContext
from axchat.cli.fetching import download
from axchat.cli.output import say
from axchat.config import paths
from axchat.errors import UsageError
from axchat.ui.stderr import Reporter

Globs = list[str] | None


def pull(
    name: Annotated[
        str, typer.Argument(help="A repository (ORG/NAME, ORG/NAME:QUANT, its address) or a known name.")
    ],
    revision: Annotated[
        str | None, typer.Option("--revision", help="Branch, tag or commit.", metavar="REV")
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            help="Put the files into this directory.",
            metavar="DIR",
            readable=False,
        ),
    ] = None,
    include: Annotated[
        Globs,
        typer.Option("--include", help="Fetch these, too; of several models, this one.", metavar="GLOB"),
    ] = None,
    exclude: Annotated[
        Globs, typer.Option("--exclude", help="Leave these out; repeatable.", metavar="GLOB")
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(
            "--file", help="The GGUF to fetch; for a known name a wheel or GGUF that is here.", metavar="FILE"
        ),
    ] = None,
    arch: Annotated[
        str | None, typer.Option("--arch", help="For a host with aarch64 or x86_64.", metavar="ARCH")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Show what would be fetched, and how much.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Fetch without asking.")] = False,
    quiet: options.Quiet = False,
) -> None:
    """Fetch a model; prints where it is."""
    context = AppContext()
    reporter = Reporter(context.stderr, is_terminal=context.stderr_can_rewrite, is_quiet=quiet)
    name = _in_full(name)
    if "/" not in name and ":" not in name:
        _refuse_repository_options(name, revision, to, include, exclude, arch, dry_run=dry_run)
        say(context, _known(name, file, context, reporter))
        return
    from axchat.cli.pulling import Order, pull_repository
    from axchat.models.selecting import Wishes

    wishes = Wishes(tuple(include or ()), tuple(exclude or ()), file)
    order = Order(name, revision, to, wishes, arch, dry_run=dry_run, assume_yes=yes, is_quiet=quiet)
    pull_repository(order, context, reporter)


def _in_full(name: str) -> str:
    """The repository that one of ``axchat models known`` stands for; anything else as it is."""
    from axchat.models.vendor_catalogue import by_name

    known = by_name().get(name.lower())
    return name if known is None else known.repository


def _known(name: str, file: str | None, context: AppContext, reporter: Reporter) -> Path:
    from axchat.models.catalogue import known_model
    from axchat.models.store import find

    model = known_model(name)
    found = find(model, paths.data_dir()) if file is None else None
    return found or download(model, context, reporter, source=None if file is None else Path(file))


def _refuse_repository_options(
    name: str,
    revision: str | None,
    to: Path | None,
    include: Globs,
    exclude: Globs,
    arch: str | None,
    *,
    dry_run: bool,
) -> None:
    """What belongs to a repository says nothing about a known file.

    Raises:
        UsageError: one of them was given.
    """
    given = {
        "--revision": revision,
        "--to": to,
        "--include": include,
        "--exclude": exclude,
        "--arch": arch,
        "--dry-run": dry_run or None,
    }
    used = next((option for option, value in given.items() if value is not None), None)
    if used:
        raise UsageError(f"{used} is for a repository, and {name} is a name", hint="name it: ORG/NAME")
