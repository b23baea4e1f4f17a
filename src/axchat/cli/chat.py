"""``axchat chat``: an interactive session."""

from typing import TYPE_CHECKING, Annotated

import typer

from axchat.cli import options
from axchat.cli.context import AppContext
from axchat.cli.opening import How, of_held_model, opened
from axchat.cli.recording import begun, recorder_for
from axchat.cli.settings import settings_of
from axchat.config import paths
from axchat.config.load import Loaded
from axchat.errors import UsageError

if TYPE_CHECKING:
    from axchat.repl.run import Manner, Streams

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def chat(
    model: options.Model = None,
    engine: options.Engine = None,
    device: options.Device = None,
    system: options.System = None,
    continues: options.Continue = False,
    resume: options.Resume = None,
    save: Annotated[
        bool | None,
        typer.Option("--save/--no-save", help="Keep the conversation on disk or not.", show_default=False),
    ] = None,
    plain: options.Plain = False,
    max_tokens: options.MaxTokens = None,
    temperature: options.Temperature = None,
    top_p: options.TopP = None,
    top_k: options.TopK = None,
    seed: options.Seed = None,
    stop: options.Stop = None,
    timeout: options.Timeout = None,
    once: options.Once = False,
    keep_alive: options.KeepAlive = None,
    quiet: options.Quiet = False,
    yes: options.Yes = False,
) -> None:
    """Talk in an interactive session; --timeout bounds the load and each answer."""
    context = AppContext()
    if context.stdin is None or context.stdout is None:
        raise UsageError("a chat needs standard input and standard output; one of them is closed")
    if continues and resume is not None:
        raise UsageError("--continue takes the last conversation, --resume a named one: choose one of them")
    flags = {"model": model, "engine": engine, "device": device, "system": system, "timeout_s": timeout}
    loaded = settings_of(context, {**flags, "history_keep": save}, is_quiet=quiet)
    options.refuse_not_text("--system", system)
    chosen = options.sampling(max_tokens, temperature, top_p, top_k, seed, stop)
    how = How(quiet, yes, chosen, once, keep_alive, loads_at_start=True)
    loaded = of_held_model(context, loaded, how)
    manner = _manner(context, loaded, how)
    recorder = recorder_for(loaded)
    conversation = begun(recorder, loaded, continues=continues, resume=resume)
    with opened(context, loaded, how) as (built, _reporter):
        from axchat.repl.run import run_repl

        streams = _streams(context, is_plain=plain)
        raise typer.Exit(run_repl(built, conversation, recorder, streams, manner, clock=context.clock))


def _streams(context: AppContext, *, is_plain: bool) -> "Streams":
    from axchat.repl.run import Streams

    assert context.stdin is not None
    assert context.stdout is not None
    return Streams(
        context.stdin,
        context.stdout,
        context.stderr,
        is_plain=is_plain or context.wants_no_colour,
        is_dumb=context.env.get("TERM") == "dumb",
    )


def _manner(context: AppContext, loaded: Loaded, how: How) -> "Manner":
    from axchat.cli.lending import lent
    from axchat.repl.run import Manner
    from axchat.ui.thoughts import Thoughts

    settings = loaded.settings
    return Manner(
        paths.state_dir() / "chat-history",
        sampling=how.sampling,
        thoughts=Thoughts(settings.chat_thoughts),
        answer_timeout_s=settings.timeout_s,
        is_vi=settings.chat_keys == "vi",
        lent=lent(context, loaded, how),
        is_quiet=how.is_quiet,
    )
