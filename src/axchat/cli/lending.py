"""What ``axchat chat`` lends to its commands: other models, the doctor, a bench, the card's release."""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import axchat
from axchat.attach.glance import glance
from axchat.cli import holding
from axchat.cli.compose import of_named
from axchat.cli.context import AppContext
from axchat.cli.opening import How, engine_for
from axchat.cli.recording import open_store, store_path
from axchat.config import paths
from axchat.config.load import Loaded
from axchat.deadline import Deadline
from axchat.engines.attached import AttachedEngine
from axchat.engines.base import Engine
from axchat.errors import ModelError, StoreError, UsageError
from axchat.events import Event
from axchat.repl.lent import Lent
from axchat.ui.stderr import Reporter

MOST_TITLES = 500
"""That are offered for completion: those used last."""

BENCH_REPETITIONS = 3
"""Of ``/bench``: somebody waits for it; ``axchat bench`` takes five."""


def lent(context: AppContext, loaded: Loaded, how: How) -> Lent:
    """The loan of a chat that was started with these settings."""
    return Lent(
        models=lambda: _models(loaded),
        titles=lambda: _titles(loaded),
        open_model=lambda name: _open(name, context, loaded, how),
        unload=lambda engine: _unload(context, loaded, engine),
        glance=lambda: glance(holding.place(loaded.settings, context.env)),
        examine=lambda: _examine(context, loaded),
        measure=_measure,
    )


def _models(loaded: Loaded) -> Sequence[str]:
    from axchat.models.catalogue import KNOWN
    from axchat.models.registry import load

    beside = paths.expanded(loaded.settings.model) if loaded.settings.model else None
    names = [] if beside is None or not os.path.isdir(beside) else _directories(beside.parent)  # noqa: PTH112  it never raises
    try:
        named = load(paths.data_dir()).names()
    except ModelError:  # told when a name is used
        named = ()
    return [*KNOWN, *named, *names]


def _titles(loaded: Loaded) -> Sequence[str]:
    """Read by a connection of its own: completion asks in another thread than the chat's."""
    if not (loaded.settings.history_keep and store_path(loaded).is_file()):
        return ()
    try:
        with contextlib.closing(open_store(loaded)) as store:
            return [summary.title for summary in store.summaries(MOST_TITLES)]
    except StoreError:  # the chat tells of it when it stores the next turn
        return ()


def _directories(parent: Path) -> list[str]:
    try:
        return sorted(str(path) for path in parent.iterdir() if path.is_dir())
    except OSError:  # cannot be listed: nothing to suggest
        return []


def _open(name: str, context: AppContext, loaded: Loaded, how: How) -> Engine:
    """An engine for a model that is named in the chat; its own settings name the kind, or the model does."""
    quiet = Reporter(context.stderr, is_terminal=False, is_quiet=True, clock=context.clock)
    return engine_for(context, of_named(loaded, name), replace(how, is_quiet=True), quiet)


def _unload(context: AppContext, loaded: Loaded, engine: Engine) -> str:
    """Free the card of this engine's model; another that the holder has is not this chat's to take.

    Raises:
        UsageError: the engine has no model in the holder.
    """
    if not isinstance(engine, AttachedEngine):
        raise UsageError("this chat's model is not in the holder: /stop has nothing to unload")
    where = holding.place(loaded.settings, context.env)
    done = holding.ask(where, "POST", "/stop", {"now": False}, timeout_s=None)
    if done is None:
        return "no holder has a model loaded"
    return "unloaded, and the card is free; the next message loads the model again"


def _examine(context: AppContext, loaded: Loaded) -> Iterator[str]:
    from axchat.cli.examination import examine_here, model_and_config
    from axchat.ui.doctor import lines

    directory, known = model_and_config(context, loaded.settings.model)
    for line in lines(examine_here(context, directory, None, (), (), known)):
        yield str(line).rstrip()


def _measure(engine: Engine) -> Iterator[str]:
    from axchat.bench import plan as plans
    from axchat.bench.measure import measure
    from axchat.bench.report import Report
    from axchat.ui.bench import in_brief

    tests = plans.all_tests(prompts=[plans.DEFAULT_PROMPT_TOKENS], answers=[plans.DEFAULT_ANSWER_TOKENS])
    plan = plans.Plan(tests, BENCH_REPETITIONS, measures_reuse=False, limits_are_wishes=True)
    run = measure(_Started(engine), plan, seed=os.urandom(8).hex())
    yield from in_brief(Report(axchat.__version__, "", runs=(run,))).splitlines()
    if run.error is not None:
        raise run.error


class _Started:
    """An engine that is at work already: starting it takes nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name, self.model, self.capabilities = engine.name, engine.model, engine.capabilities
        self.generate, self.count = engine.generate, engine.count
        self.cancel: Callable[[], None] = engine.cancel
        self.is_lost = False

    def start(self, _deadline: Deadline) -> Iterator[Event]:
        """Nothing to do."""
        return iter(())

    def close(self) -> None:
        """It goes on."""
