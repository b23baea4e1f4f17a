"""A repository of a hub: listed, chosen from, agreed on, fetched, and looked over."""

import contextlib
import platform
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from axchat.cli.context import AppContext
from axchat.cli.models_scan import tell_added
from axchat.cli.output import say
from axchat.config import paths
from axchat.errors import Interrupted, ModelError, UsageError
from axchat.modeldir.read import arch_for
from axchat.models import registry
from axchat.models.destination import default_folder, options_of
from axchat.models.download import Progress
from axchat.models.http_refusal import AGAIN
from axchat.models.hub import list_files
from axchat.models.hub_files import Listing, counted, total
from axchat.models.local import look
from axchat.models.patience import Surroundings, patiently
from axchat.models.pull import pull
from axchat.models.reference import checked_revision, endpoint_of, parse
from axchat.models.scan import choices
from axchat.models.selecting import Selection, Wishes, select
from axchat.models.sizes import size_shown
from axchat.ui.download import download_progress
from axchat.ui.escapes import for_terminal
from axchat.ui.stderr import Reporter


@dataclass(frozen=True, slots=True)
class Order:
    """What was typed behind ``axchat models pull``.

    Attributes:
        name: the repository or its address.
        revision: branch, tag or commit; None for the default.
        to: the directory; None for the one that belongs to the name.
        wishes: about the files.
        arch: of the host that they are for; None for this one.
        dry_run: show, fetch nothing.
        assume_yes: do not ask.
        is_quiet: no progress.
    """

    name: str
    revision: str | None
    to: Path | None
    wishes: Wishes
    arch: str | None
    dry_run: bool
    assume_yes: bool
    is_quiet: bool


def hub_of(context: AppContext) -> tuple[str, str | None]:
    """The server and the token that the environment names; no file is looked at for a token.

    Raises:
        UsageError: ``HF_ENDPOINT`` is no address, or ``HF_TOKEN`` cannot be a token; it is not repeated.
    """
    token = (context.env.get("HF_TOKEN") or "").strip()
    if not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError("HF_TOKEN is not a token", hint="it begins with hf_ and has letters and digits only")
    return endpoint_of(context.env.get("HF_ENDPOINT")), token or None


def pull_repository(order: Order, context: AppContext, reporter: Reporter) -> None:
    """Fetch what the order says; the path of the model goes to stdout.

    Raises:
        UsageError: the name, an option or HF_ENDPOINT makes no sense, or a model has to be chosen.
        ModelError: it cannot be had.
    """
    endpoint, token = hub_of(context)
    reference = parse(order.name, endpoint)
    wishes = replace(order.wishes, named=order.wishes.named or reference.file or reference.quant)
    revision = checked_revision(order.revision or reference.revision)
    machine = order.arch or platform.machine()
    arch = _arch(order.arch, machine)

    def listed() -> Listing:
        return list_files(reference.repo, revision, endpoint=endpoint, token=token)

    listing = patiently(listed, Surroundings(lambda _: None, reporter.notice, time.sleep))
    selection = select(listing, arch, wishes)
    folder = order.to.absolute() if order.to else default_folder(listing.repo, paths.data_dir())
    if order.dry_run:
        say(context, "\n".join(_plan(listing, selection, folder)))
        return
    if not order.assume_yes:
        _agree(listing, selection, folder, context)
    with _progress(order, context, listing.repo) as report:
        around = Surroundings(report, reporter.notice, time.sleep)
        again_with = options_of(wishes, order.arch, selection.pattern)
        try:
            fetched = pull(listing, selection.files, folder, around, token=token, options=again_with)
        except KeyboardInterrupt as exc:
            raise Interrupted("the pull was interrupted", hint=AGAIN) from exc
    if not fetched:
        reporter.notice(f"{listing.repo} is here already, as of commit {listing.commit[:12]}")
    model = folder / selection.model
    _give_name(model, machine, reporter)
    say(context, for_terminal(str(model)))


def _arch(named: str | None, machine: str) -> str | None:
    """The vendor's word for the host; None when it has no runner for this one.

    Raises:
        UsageError: ``--arch`` names such a host.
    """
    try:
        return arch_for(machine)
    except ModelError as exc:
        if named is None:
            return None
        raise UsageError(exc.message, hint="--arch aarch64 or --arch x86_64") from exc


def _progress(
    order: Order, context: AppContext, title: str
) -> AbstractContextManager[Callable[[Progress], None]]:
    if context.stderr is None or order.is_quiet:
        return contextlib.nullcontext(lambda _: None)
    return download_progress(context.stderr, title, plain=not context.stderr_can_rewrite)


def _plan(listing: Listing, selection: Selection, folder: Path) -> list[str]:
    """What a dry run shows."""
    files = selection.files
    lines = [f"{size_shown(file.size):>9}  {for_terminal(file.path)}" for file in files]
    lines.append(
        f"{size_shown(total(files)):>9}  {counted(len(files))} of {listing.repo} at {listing.endpoint}"
    )
    lines += [
        f"{size_shown(total(left)):>9}  left out: {counted(len(left))}, {why}"
        for why, left in selection.left_out.items()
    ]
    lines.append(f"revision {for_terminal(listing.revision)}, commit {listing.commit}")
    lines.append(f"to {for_terminal(str(folder))}")
    return lines


def _agree(listing: Listing, selection: Selection, folder: Path, context: AppContext) -> None:
    """Ask on a terminal; elsewhere naming the repository is the agreement.

    Raises:
        UsageError: the user said no.
    """
    if not (context.stdin_is_terminal and context.stderr_is_terminal and context.stdin and context.stderr):
        return
    size, count = size_shown(total(selection.files)), counted(len(selection.files))
    where = for_terminal(str(folder))
    context.stderr.write(f"axchat: fetch {count} of {listing.repo}, {size}, to {where}? [Y/n] ")
    context.stderr.flush()
    if context.stdin.readline().strip().lower() not in {"", "y", "yes"}:
        raise UsageError("nothing was fetched", hint="other files: --include, --exclude; another place: --to")


def _is_here(machine: str) -> bool:
    """Whether what is fetched for a host is for this one."""
    here = platform.machine()
    return machine == here or _arch(None, machine) == _arch(None, here) is not None


def _give_name(model: Path, machine: str, reporter: Reporter) -> None:
    """Name the model, and say what it still lacks: its script may name a file that the repository has not.

    What is for another host, or no model at all, gets no name; of several scripts the user adds one.
    """
    local = look(model, machine)
    several = choices(model, machine) if local.is_for_the_card else []
    if local.kind == "none" or not _is_here(machine) or len(several) > 1:
        for problem in local.problems:
            reporter.notice(f"warning: {problem.text}")
        if len(several) > 1:
            reporter.notice(
                f"name the script that you want: axchat models add {for_terminal(str(several[0]))}"
            )
        return
    tell_added(reporter, registry.add(model, None, paths.data_dir()), local)
