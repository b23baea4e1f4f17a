"""What the commands need to reach the holder: its place, how it is started, what it is to load."""

import contextlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from axchat.attach.life import Life, Stage, living
from axchat.attach.place import Place, place_of
from axchat.attach.place import reach as place_reach
from axchat.attach.start import CONNECT_TIMEOUT_S, Starter, attach
from axchat.attach.talk import HolderGone, Talk
from axchat.cli.compose import Choice, build
from axchat.cli.context import AppContext
from axchat.cli.model_names import is_known
from axchat.config import paths
from axchat.config.load import Loaded
from axchat.config.schema import Settings
from axchat.deadline import Deadline, duration
from axchat.engines.attached import AttachedEngine
from axchat.engines.base import Engine
from axchat.errors import ConfigError, DeviceBusy, HolderFailed, UsageError
from axchat.messages import Sampling
from axchat.process.launch import child_environment
from axchat.wire.holder import ModelSpec, decode_spec

HELD = frozenset({"cpu", "session", "axllm-serve", "vendor-api"})
"""Engines whose model stays loaded in the holder; the others load nothing, or for every request."""

ON_THE_CARD = frozenset({"session", "script", "axllm-serve", "vendor-api"})
"""Engines that open the card, which only one process can."""

STATUS_TIMEOUT_S = 10.0
"""A holder answers this in milliseconds; a board that swaps takes its time."""

_OPTIONS: dict[str, tuple[str, ...]] = {
    "cpu": ("cpu_threads", "cpu_context"),
    "session": ("device", "history_tokens", "axllm_program"),
    "axllm-serve": ("device", "axllm_program"),
    "vendor-api": ("device", "tokenizer_start", "tokenizer_python"),
    "script": ("device", "tokenizer_start", "tokenizer_python"),
    "openai": ("openai_url", "openai_key_file"),
}
"""Settings that an engine is made with: another value is another loaded model."""


def place(settings: Settings, env: Mapping[str, str]) -> Place:
    """Where this card's holder is."""
    return place_of(card(settings), env, named=settings.socket)


def card(settings: Settings) -> int:
    """The card that a holder owns; a script that names several begins with the first."""
    return settings.device or 0


def log_file() -> Path:
    """What a holder in the background writes."""
    return paths.state_dir() / "holder.log"


def starter(env: Mapping[str, str], device: int | None) -> Starter:
    """How a card's holder is started in the background; it gets the environment's settings, but no key."""
    kept = {
        name: value for name, value in env.items() if name.startswith("AXCHAT_") and not name.endswith("_KEY")
    }
    argv = ["-P", "-m", "axchat", "serve", "--background"]
    if device is not None:
        kept["AXCHAT_DEVICE"] = str(device)
    return Starter(argv, {**child_environment(env), **kept}, log_file())


def spec_of(choice: Choice, settings: Settings, fetch: Callable[[str], Path]) -> ModelSpec:
    """The model of a choice, as the holder loads it.

    Raises:
        AxchatError: a known model's file cannot be had.
    """
    name, path = choice.model or choice.engine, None
    if choice.model is not None and choice.engine != "openai":
        file = fetch(choice.model) if is_known(choice.model) else Path(choice.model).absolute()
        path = str(file)
        if not is_known(name):
            name = file.parent.name if file.suffix == ".sh" else file.resolve().name
    options = {option: getattr(settings, option) for option in _OPTIONS.get(choice.engine, ())}
    return ModelSpec(name, choice.engine, path, tuple(sorted(options.items())))


def build_spec(spec: ModelSpec, sampling: Sampling) -> Engine:
    """The engine of a model, in the holder.

    Raises:
        AxchatError: there is no such engine or model.
    """
    options: dict[str, Any] = dict(spec.options)
    is_by_name = spec.engine == "openai" or (spec.engine == "cpu" and is_known(spec.name))
    model = spec.name if is_by_name else spec.path
    return build(
        Choice(spec.engine, model, ""), Settings(**options), lambda _: Path(spec.path or ""), sampling
    )


def attached(
    context: AppContext,
    loaded: Loaded,
    spec: ModelSpec,
    *,
    keep_alive: str | None = None,
    loads_at_start: bool = False,
) -> AttachedEngine:
    """The engine that asks the holder."""
    where = place(loaded.settings, context.env)

    def reach(deadline: Deadline, on_start: Callable[[], object]) -> Any:
        return attach(where, starter(context.env, loaded.settings.device), deadline, on_start)

    return AttachedEngine(
        spec,
        reach,
        client=f"terminal {os.getsid(0)}",
        keep_alive_s=None if keep_alive is None else seconds(keep_alive, "--keep-alive"),
        loads_at_start=loads_at_start,
        reach=lambda: place_reach(where, CONNECT_TIMEOUT_S),
    )


def seconds(text: str, source: str) -> float:
    """A duration that the user wrote.

    Raises:
        UsageError: it is none, on the command line.
        ConfigError: it is none, in the settings.
    """
    try:
        return duration(text)
    except ValueError as error:
        kind = UsageError if source.startswith("--") else ConfigError
        raise kind(f"{source}: {error}") from error


def ask(
    where: Place,
    method: str,
    path: str,
    body: Mapping[str, object] | None = None,
    *,
    timeout_s: float | None = STATUS_TIMEOUT_S,
) -> Any:
    """What the holder answers to a question; None where no holder lives.

    Raises:
        HolderFailed: it does not answer.
        AxchatError: it refuses.
    """
    connection = place_reach(where, CONNECT_TIMEOUT_S)
    if connection is None:
        return None
    data = b"" if body is None else json.dumps(body).encode("ascii")
    try:
        with contextlib.closing(Talk(connection, method, path, data, patience_s=timeout_s)) as talk:
            return json.loads(talk.body())
    except (HolderGone, ValueError):  # it ended just now, before its answer or within
        return None


def silent_life(where: Place) -> Life | None:
    """The holder that starts or ends, where none answers; None where none lives.

    Raises:
        HolderFailed: it lives on, and its socket is gone.
    """
    life = living(where)
    if life is not None and life.stage is Stage.LISTENING and life == living(where):
        raise HolderFailed(
            f"a holder lives ({life}), but its socket {where.socket} was deleted",
            hint="end it: axchat stop --now",
        )
    return life


def is_alive(where: Place) -> bool:
    """Whether a holder listens."""
    found = place_reach(where, CONNECT_TIMEOUT_S)
    if found is not None:
        found.close()
    return found is not None


def held_model(where: Place) -> ModelSpec | None:
    """What the holder has loaded, or would load for who names nothing; None where no holder lives."""
    status = ask(where, "GET", "/status")
    given = status and (status["spec"] or status["default"])
    return decode_spec(given) if given else None


def refuse_held_card(where: Place, choice: Choice) -> None:
    """A card that the holder has in use cannot be opened by anybody else.

    Raises:
        DeviceBusy: that is so.
    """
    if choice.engine not in ON_THE_CARD:
        return
    status = ask(where, "GET", "/status")
    spec = status and status["spec"]
    if spec and spec["engine"] in ON_THE_CARD:
        is_loading = status["state"] == "loading"
        has = f"loads {spec['name']}" if is_loading else f"has {spec['name']} loaded"
        raise DeviceBusy(f"the holder (pid {status['pid']}) {has} on the card", hint="axchat stop")
