"""From settings to an engine that is ready to be started, with somebody to tell about it."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from axchat.attach.place import Place
from axchat.cli import compose, holding
from axchat.cli.compose import Choice
from axchat.cli.context import AppContext
from axchat.cli.fetching import fetcher
from axchat.config.load import Loaded
from axchat.engines.base import Engine
from axchat.messages import Sampling
from axchat.ui.stderr import Reporter
from axchat.wire.holder import ModelSpec


@dataclass(frozen=True, slots=True)
class How:
    """How a command wants its engine.

    Attributes:
        is_quiet: no notices.
        assume_yes: fetch a missing model without asking.
        sampling: of the first request, for engines that are told when they load.
        is_once: load in this process, for this command only.
        keep_alive: how long the model stays in the holder after a request, as the user wrote it.
        loads_at_start: load before the first request, in the holder too.
        starts_none: attach to a holder that lives, but start none.
    """

    is_quiet: bool = False
    assume_yes: bool = False
    sampling: Sampling = compose.NOTHING_CHOSEN
    is_once: bool = False
    keep_alive: str | None = None
    loads_at_start: bool = False
    starts_none: bool = False


@contextmanager
def opened(context: AppContext, loaded: Loaded, how: How) -> Iterator[tuple[Engine, Reporter]]:
    """The engine that the settings mean, not started, and the reporter for its load; closed afterwards.

    It is the holder's, unless the settings, ``is_once`` or the kind of engine say otherwise. Where axchat
    chose by itself, it says what and why.

    Raises:
        AxchatError: no such engine or model, or the model cannot be had.
        DeviceBusy: the holder has the card that this command wants for itself.
    """
    reporter = Reporter(
        context.stderr, is_terminal=context.stderr_can_rewrite, is_quiet=how.is_quiet, clock=context.clock
    )
    with contextlib.closing(engine_for(context, loaded, how, reporter)) as engine:
        yield engine, reporter


def of_held_model(context: AppContext, loaded: Loaded, how: How) -> Loaded:
    """The settings of the model that a running holder answers with, where the user named none.

    Which card and engine are meant is not that model's to say: the holder was found with those that are set.

    Raises:
        AxchatError: the holder does not answer.
    """
    if not loaded.has_models_own:
        return loaded
    where = holding.place(loaded.settings, context.env)
    spec = _unasked(loaded, where) if _wants_holder(loaded, how, where) else None
    if spec is None:
        return loaded
    own = loaded.for_model(spec.name, spec.path)
    settings = replace(own.settings, device=loaded.settings.device, engine=loaded.settings.engine)
    return replace(own, settings=settings)


def engine_for(context: AppContext, loaded: Loaded, how: How, reporter: Reporter) -> Engine:
    """See ``opened``; the caller closes it."""
    if how.keep_alive is not None:  # whether or not this engine stays loaded
        holding.seconds(how.keep_alive, "--keep-alive")
    where = holding.place(loaded.settings, context.env)
    fetch = fetcher(context, reporter, assume_yes=how.assume_yes)
    wants_holder = _wants_holder(loaded, how, where)
    spec = _unasked(loaded, where) if wants_holder else None
    choice = compose.choose(loaded) if spec is None else Choice(spec.engine, spec.name, "the holder has it")
    if (spec is not None or loaded.settings.engine == "auto") and not how.is_quiet:
        reporter.line(f"engine {choice.engine}, model {choice.model} ({choice.why})")
    if spec is None and not (wants_holder and choice.engine in holding.HELD):
        holding.refuse_held_card(where, choice)
        return compose.build(choice, loaded.settings, fetch, how.sampling)
    return holding.attached(
        context,
        loaded,
        spec or holding.spec_of(choice, loaded.settings, fetch),
        keep_alive=how.keep_alive,
        loads_at_start=how.loads_at_start,
    )


def _wants_holder(loaded: Loaded, how: How, where: Place) -> bool:
    return (
        loaded.settings.holder and not how.is_once and not (how.starts_none and not holding.is_alive(where))
    )


def _unasked(loaded: Loaded, where: Place) -> ModelSpec | None:
    """What a running holder has, where the user named neither engine nor model for this command."""
    is_named = loaded.origins["model"].startswith(("--", "environment"))
    # an engine that only the set model's own table names is not asked for
    is_named = is_named or loaded.for_model(None).settings.engine != "auto"
    return None if is_named else holding.held_model(where)
