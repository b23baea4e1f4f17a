"""``axchat models add`` and ``scan``: names for what lies on this machine."""

import json as json_module
import os
import platform
from pathlib import Path
from typing import Annotated

import typer

from axchat.cli import options
from axchat.cli.context import AppContext
from axchat.cli.model_rows import named_models
from axchat.cli.output import say
from axchat.config import paths
from axchat.errors import ModelError
from axchat.models import registry
from axchat.models.catalogue import KNOWN
from axchat.models.local import Local, look
from axchat.models.naming import derived, free
from axchat.models.scan import choices, scan
from axchat.models.store import model_dir
from axchat.models.vendor_catalogue import troubles
from axchat.ui.models import in_a_line, tabbed
from axchat.ui.stderr import Reporter


def add(
    path: Annotated[
        Path, typer.Argument(help="A model directory, run script or GGUF file.", metavar="DIR|FILE")
    ],
    name: Annotated[
        str | None,
        typer.Option("--name", "-n", help="Its name, if not that of the path.", metavar="NAME"),
    ] = None,
) -> None:
    """Give a model on this machine a name. Its files stay where they are."""
    context = AppContext()
    place = paths.expanded(str(path))
    local = look(place, platform.machine())
    if local.kind == "none":
        wrong = local.problems[0]
        raise ModelError(wrong.text, hint=wrong.hint)
    several = choices(place, platform.machine()) if local.is_for_the_card else []
    if len(several) > 1:
        names = ", ".join(script.name for script in several)
        raise ModelError(f"several scripts fit this machine: {names}", hint=f"add one: {several[0]}")
    given = registry.add(place, name, paths.data_dir())
    say(context, given)
    tell_added(Reporter(context.stderr, is_terminal=False), given, local)


def scan_for_models(
    directories: Annotated[
        list[Path] | None,
        typer.Argument(help="Where to look; else in home and the hub's cache.", metavar="[DIR]..."),
    ] = None,
    adds: Annotated[bool, typer.Option("--add", help="Give all that is found a name.")] = False,
    json: options.Json = False,
) -> None:
    """Find models below directories. The vendor's of both eras, and GGUF files."""
    context = AppContext()
    machine = platform.machine()
    roots = [paths.expanded(str(root)) for root in directories or ()]
    result = scan(roots or _usual(context), machine)
    known = named_models()
    by_path = {str(path): name for name, path in known.models.items()}
    taken = list(known.names())
    found: list[tuple[str, Path, bool]] = []
    fetched = [model_dir(model, paths.data_dir()) for model in KNOWN.values()]
    for path in result.found:
        place = path.absolute()
        if place.parent in fetched:  # it has its name already
            continue
        name = by_path.get(str(place))
        is_new = name is None
        if name is None:
            name = free(derived(str(place)), taken)
            if adds:
                name = registry.add(place, name, paths.data_dir())
            taken.append(name)
        found.append((name, place, is_new))
    if json:
        rows = [{"name": name, "path": str(path), "is_new": is_new} for name, path, is_new in found]
        unreadable = [{"path": str(path), "reason": why} for path, why in result.unreadable]
        document = {"found": rows, "added": adds, "unreadable": unreadable, "cut": result.cut or None}
        say(context, json_module.dumps(document, ensure_ascii=False, indent=2))
    elif found:
        say(context, tabbed([(name, _state(is_new, adds), str(path)) for name, path, is_new in found]))
    reporter = Reporter(context.stderr, is_terminal=False)
    for path, why in result.unreadable:
        reporter.line(f"cannot look into {in_a_line(str(path))}: {why}")
    if result.cut:
        reporter.line(f"ended {result.cut}; name a directory nearer to the models")
    new = sum(is_new for _, _, is_new in found)
    if not found:
        reporter.line("no model was found")
    elif new and not adds:
        reporter.line(f"{new} would be added; axchat models scan --add does it")


def _state(is_new: bool, adds: bool) -> str:
    return ("added" if adds else "new") if is_new else "named"


def _usual(context: AppContext) -> list[Path]:
    home = Path.home()
    cache = Path(context.env.get("HF_HOME") or home / ".cache" / "huggingface")
    places = [home, paths.data_dir() / "models", Path(context.env.get("HF_HUB_CACHE") or cache / "hub")]
    return [place for place in places if os.path.isdir(place)]  # noqa: PTH112  Path.is_dir raises for some


def tell_added(reporter: Reporter, name: str, local: Local) -> None:
    """Say what is wrong with a model that has a name now, and how to use it."""
    for problem in local.problems:
        reporter.notice(f"warning: {problem.text}" + (f"; {problem.hint}" if problem.hint else ""))
    for trouble in troubles(local):
        reporter.notice(f"warning: {trouble.text} ({trouble.source})")
    reporter.notice(f"use it: axchat run -m {name}; as the default: axchat models default {name}")
