"""``axchat load``: have a model loaded before anybody asks."""

import typer

from axchat.cli import options
from axchat.cli.context import AppContext
from axchat.cli.opening import How, opened
from axchat.cli.settings import settings_of
from axchat.deadline import Deadline
from axchat.engines.attached import AttachedEngine
from axchat.errors import UsageError

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def load(
    model: options.Model = None,
    engine: options.Engine = None,
    device: options.Device = None,
    keep_alive: options.KeepAlive = None,
    timeout: options.Timeout = None,
    quiet: options.Quiet = False,
    yes: options.Yes = False,
) -> None:
    """Load a model, so that the next answer comes at once."""
    context = AppContext()
    flags = {"model": model, "engine": engine, "device": device, "timeout_s": timeout}
    loaded = settings_of(context, flags, is_quiet=quiet)
    how = How(is_quiet=quiet, assume_yes=yes, keep_alive=keep_alive, loads_at_start=True)
    with opened(context, loaded, how) as (built, reporter):
        if not isinstance(built, AttachedEngine):
            raise UsageError(
                f"the {built.name} engine keeps nothing loaded"
                if loaded.settings.holder
                else "the setting holder is false, so nothing stays loaded",
                hint="load a model directory or a GGUF file: axchat load -m MODEL",
            )
        try:
            for event in built.start(Deadline(loaded.settings.timeout_s, context.clock)):
                reporter.show(event, model=built.model)
        finally:
            reporter.clear()
        if not quiet:
            reporter.line(f"{built.model} is loaded; axchat ps shows it")
