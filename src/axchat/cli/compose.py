"""The only place that builds an engine from settings."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from axchat.cli.model_names import is_known, is_one_file, located
from axchat.config import paths
from axchat.config.load import Loaded
from axchat.config.schema import Settings
from axchat.engines.base import Engine
from axchat.engines.registry import factory, refuse_unknown
from axchat.errors import UsageError
from axchat.messages import Sampling
from axchat.modeldir.eras import engine_for
from axchat.modeldir.files import Kind
from axchat.modeldir.read import look_at

SMALL_MODEL = "smollm2"
"""What the CPU engine runs when no model is named: small enough to try axchat with."""


NOTHING_CHOSEN = Sampling()


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine by name, the model it gets, and why; nothing is loaded or fetched yet."""

    engine: str
    model: str | None
    why: str


def choose(loaded: Loaded) -> Choice:
    """Which engine and model the settings mean. Looks at file names, and in the list of named models.

    Raises:
        UsageError: engine and model do not go together, or no such engine.
        ModelError: no such model, what is there is none, or the names cannot be read.
    """
    settings = loaded.settings
    source = loaded.origins["model"]
    if settings.engine != "auto":
        return _named(settings, loaded.origins)
    if settings.model is None:
        return Choice("cpu", SMALL_MODEL, "no model is set, so the small one on the CPU")
    if is_known(settings.model):
        return Choice("cpu", settings.model, f"{source} names a known model")
    path = paths.expanded(located(settings.model))
    if not is_one_file(path, settings.model):
        engine, why = engine_for(path)
        return Choice(engine, str(path), f"{source} names {why}")
    return Choice("cpu", str(path), f"{source} names a file")


def of_named(loaded: Loaded, name: str, path: str | None = None) -> Loaded:
    """The settings for a model that is named in the place of the set one.

    Its own settings name the engine, or the model does: the one that is set is for the set model.

    Args:
        loaded: the settings.
        name: of the model.
        path: where it is, if not what the name says.
    """
    own = loaded.for_model(name, path)
    engine = (own.settings.engine, own.origins["engine"]) if "engine" in own.own else ("auto", "default")
    settings = replace(own.settings, model=path or name, engine=engine[0])
    origins = {**own.origins, "model": "--model", "engine": engine[1]}
    return replace(own, settings=settings, origins=origins)


def _named(settings: Settings, origins: Mapping[str, str]) -> Choice:
    refuse_unknown(settings.engine)
    why = f"{origins['engine']} says so"
    if settings.engine == "scripted":
        return Choice("scripted", None, why)
    if settings.engine == "openai":
        # -m names the server's model here; a directory that is set for other engines is none
        given = None if settings.model is None or _is_here(settings.model, origins) else settings.model
        return Choice("openai", settings.openai_model or given, why)
    if settings.engine == "cpu":
        return Choice("cpu", located(settings.model or SMALL_MODEL), why)
    if settings.model is None:
        raise UsageError(
            f"the {settings.engine} engine needs a model directory",
            hint="name it: -m DIR, or AXCHAT_MODEL=DIR",
        )
    return Choice(settings.engine, str(paths.expanded(located(settings.model))), why)


def _is_here(model: str, origins: Mapping[str, str]) -> bool:
    """Whether it names something of this machine; a name typed for a server is the server's."""
    is_typed = origins["model"].startswith(("--", "environment"))
    path = paths.expanded(model if is_typed else located(model))
    return look_at(path).kind is not Kind.MISSING


def _recommended(name: str) -> Sampling:
    from axchat.models.catalogue import known_model

    return known_model(name).sampling


def build(
    choice: Choice, settings: Settings, fetch: Callable[[str], Path], sampling: Sampling = NOTHING_CHOSEN
) -> Engine:
    """The engine, ready for ``start``.

    Args:
        choice: from ``choose``.
        settings: what the engine may be told.
        fetch: gives the file of a known model, fetching it if the user agrees.
        sampling: of the first request, for engines that are told when they load.

    Raises:
        AxchatError: the model cannot be had.
    """
    make = factory(choice.engine)
    if choice.engine == "scripted":
        return make()
    if choice.engine == "openai":
        key_file = settings.openai_key_file
        return make(
            settings.openai_url, choice.model, paths.expanded(key_file) if key_file else None, os.environ
        )
    assert choice.model is not None, "every other engine runs a model"
    if choice.engine == "cpu":
        size = {"threads": settings.cpu_threads, "context": settings.cpu_context}
        if is_known(choice.model):
            usual = _recommended(choice.model)
            return make(fetch(choice.model), model=choice.model, usual=usual, **size)
        return make(Path(choice.model), **size)
    if choice.engine == "session":
        return make(
            Path(choice.model),
            history_tokens=settings.history_tokens,
            axllm=settings.axllm_program,
            device=settings.device,
            sampling=sampling,
        )
    if choice.engine == "axllm-serve":
        from axchat.engines.session_parts import find_axllm

        log, folder = paths.state_dir() / "axllm-serve.log", Path(choice.model)
        program = find_axllm(folder, settings.axllm_program)
        return make(folder, log, program=program, device=settings.device)
    if choice.engine == "vendor-api":
        from axchat.engines.vendor_api import ServerSettings

        state = paths.state_dir()
        return make(
            Path(choice.model),
            ServerSettings(
                state / "vendor-api.log",
                settings.tokenizer_start,
                settings.tokenizer_python,
                state / "tokenizer.log",
            ),
            device=settings.device,
        )
    from axchat.engines.script import TokenizerSettings

    tokenizer = TokenizerSettings(
        settings.tokenizer_start, settings.tokenizer_python, paths.state_dir() / "tokenizer.log"
    )
    return make(Path(choice.model), tokenizer, device=settings.device)
