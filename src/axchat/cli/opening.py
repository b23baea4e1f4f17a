"""From settings to an engine that is ready to be started, with somebody to tell about it."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager

from axchat.cli import compose
from axchat.cli.context import AppContext
from axchat.cli.fetching import fetcher
from axchat.config.load import Loaded
from axchat.engines.base import Engine
from axchat.messages import Sampling
from axchat.ui.stderr import Reporter


@contextmanager
def opened(
    context: AppContext,
    loaded: Loaded,
    *,
    is_quiet: bool,
    assume_yes: bool,
    sampling: Sampling = compose.NOTHING_CHOSEN,
) -> Iterator[tuple[Engine, Reporter]]:
    """The engine that the settings mean, not started, and the reporter for its load; closed afterwards.

    Where axchat chose by itself, it says what and why.

    Raises:
        AxchatError: no such engine or model, or the model cannot be had.
    """
    reporter = Reporter(
        context.stderr, is_terminal=context.stderr_can_rewrite, is_quiet=is_quiet, clock=context.clock
    )
    choice = compose.choose(loaded)
    if loaded.settings.engine == "auto" and not is_quiet:
        reporter.line(f"engine {choice.engine}, model {choice.model} ({choice.why})")
    fetch = fetcher(context, reporter, assume_yes=assume_yes)
    engine = compose.build(choice, loaded.settings, fetch, sampling)
    with contextlib.closing(engine):
        yield engine, reporter
