"""``axchat chat``: an interactive session."""

import contextlib

import typer

from axchat.cli import options
from axchat.cli.context import AppContext
from axchat.cli.opening import How, opened
from axchat.config import paths
from axchat.config.load import load
from axchat.deadline import Deadline
from axchat.engines.base import Engine
from axchat.errors import UsageError
from axchat.ui.stderr import Reporter

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def chat(
    model: options.Model = None,
    engine: options.Engine = None,
    device: options.Device = None,
    system: options.System = None,
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
    loaded = load(
        {"model": model, "engine": engine, "device": device, "system": system, "timeout_s": timeout},
        context.env,
    )
    settings = loaded.settings
    chosen = options.sampling(max_tokens, temperature, top_p, top_k, seed, stop)
    how = How(quiet, yes, chosen, once, keep_alive, loads_at_start=True)
    with opened(context, loaded, how) as (built, reporter):
        keyboard = context.stdin.fileno() if context.stdin_is_terminal else None
        _load(built, Deadline(settings.timeout_s, context.clock), reporter, keyboard)
        from axchat.repl.run import run_repl

        raise typer.Exit(
            run_repl(
                built,
                history_path=paths.state_dir() / "chat-history",
                stdin=context.stdin,
                stdout=context.stdout,
                stderr=context.stderr,
                system=settings.system,
                sampling=chosen,
                answer_timeout_s=settings.timeout_s,
                is_plain="NO_COLOR" in context.env,
                is_dumb=context.env.get("TERM") == "dumb",
                clock=context.clock,
            )
        )


def _load(engine: Engine, deadline: Deadline, reporter: Reporter, keyboard: int | None) -> None:
    """Load, and import the line editor meanwhile: the first event comes when the child was started.

    What is typed meanwhile on ``keyboard`` is kept for the first prompt, and not echoed into the progress.
    """
    with contextlib.ExitStack() as stack:
        if keyboard is not None:
            from axchat.repl.keyboard import typing_unseen

            stack.enter_context(typing_unseen(keyboard))
        for number, event in enumerate(engine.start(deadline)):
            reporter.show(event)
            if number == 0 and keyboard is not None:
                import axchat.repl.loop  # noqa: F401  65 ms that the load hides
    reporter.end_load(engine.model)
