"""Examines this machine as the command line and the configuration say."""

import os
from collections.abc import Sequence
from pathlib import Path

from axchat.attach.place import Place
from axchat.cli import holding
from axchat.cli.context import AppContext
from axchat.cli.model_names import is_known, located
from axchat.config import paths
from axchat.config.load import load
from axchat.config.schema import Settings
from axchat.doctor.examine import Examination, examine
from axchat.doctor.probes import Probes, RealProbes
from axchat.doctor.result import CheckResult, Status
from axchat.doctor.rooted import RootedProbes
from axchat.doctor.selection import select
from axchat.errors import ConfigError, UsageError

ROOT_VARIABLE = "AXCHAT_DOCTOR_ROOT"


def examine_here(
    context: AppContext,
    directory: Path | None,
    engine: str | None,
    only: Sequence[str],
    skip: Sequence[str],
    known: Sequence[CheckResult],
) -> Examination:
    """Everything that was asked for; ``directory`` and ``known`` as ``model_and_config`` gives them.

    Raises:
        UsageError: unknown id, or no checks for that engine.
    """
    selection = select(only, skip)
    place = _place(context)
    return examine(probes_for(context), paths.data_dir(), directory, engine, selection, known, place)


def _place(context: AppContext) -> Place | None:
    """Where this user's holder is; not looked for beside a machine that lies in a directory."""
    if context.env.get(ROOT_VARIABLE):
        return None
    try:
        settings = load({}, context.env).settings
    except ConfigError:
        settings = Settings()  # told as axchat.config
    return holding.place(settings, context.env)


def probes_for(context: AppContext) -> Probes:
    """This machine, or the one that lies in the directory of ``AXCHAT_DOCTOR_ROOT`` (docs/doctor.md)."""
    root = context.env.get(ROOT_VARIABLE)
    if not root:
        return RealProbes(context.env)
    if not Path(root).is_dir():
        raise UsageError(f"{ROOT_VARIABLE} names no directory: {root}")
    return RootedProbes(Path(root))


def model_and_config(context: AppContext, model: str | None) -> tuple[Path | None, list[CheckResult]]:
    """The model directory to look at, and what is wrong with the configuration.

    A configuration that is wrong stops every other command; here it is a finding (``axchat.config``).
    """
    try:
        configured = load({}, context.env).settings.model
    except ConfigError as exc:
        meaning = "Every other command of axchat stops at it."
        known = [CheckResult("axchat.config", Status.WARN, exc.message, meaning, exc.hint)]
        return _directory(model), known
    return _directory(model or configured), []


def _directory(model: str | None) -> Path | None:
    """The model directory to check; a GGUF file or a known name has none."""
    path = paths.expanded(located(model)) if model and not is_known(model) else None
    is_directory = path is not None and os.path.isdir(path)  # noqa: PTH112  it never raises
    return path if path and (is_directory or path.suffix == ".sh" or not path.suffix) else None
