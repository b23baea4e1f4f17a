"""``axchat models default``, ``alias`` and ``rm``."""

import json as json_module
from typing import Annotated

import typer

from axchat.cli import options
from axchat.cli.compose import SMALL_MODEL
from axchat.cli.context import AppContext
from axchat.cli.model_names import is_known, is_there, located, no_such
from axchat.cli.model_rows import held_path, holder_status, named_models
from axchat.cli.output import say
from axchat.cli.settings import settings_of
from axchat.config import paths
from axchat.errors import ModelError, UsageError
from axchat.models import registry
from axchat.models.catalogue import KNOWN
from axchat.models.removal import Removal, plan, remove_files
from axchat.models.sizes import size_shown
from axchat.models.store import model_dir
from axchat.ui.models import in_a_line, tabbed
from axchat.ui.stderr import Reporter

_VARIABLE = "AXCHAT_MODEL"


def default(
    name: Annotated[
        str | None, typer.Argument(help="A name or a path; without it, the default is told.", metavar="NAME")
    ] = None,
    json: options.Json = False,
) -> None:
    """Tell which model is taken where none is named, or choose it."""
    context = AppContext()
    if name is not None:
        _choose_default(context, name)
    loaded = settings_of(context)
    model, origin = loaded.settings.model, loaded.origins["model"]
    if json:
        document = {"model": model or SMALL_MODEL, "is_set": model is not None, "origin": origin}
        say(context, json_module.dumps(document, ensure_ascii=False, indent=2))
        return
    told = model or SMALL_MODEL
    place = told if is_known(told) else located(told)
    say(context, in_a_line(told if place == told else f"{told} ({place})"))
    reporter = Reporter(context.stderr, is_terminal=False)
    reporter.line(f"set by {origin}" if model is not None else "nothing is set, so the small one on the CPU")
    if name is not None and model != name and origin.startswith("environment"):
        reporter.line(f"warning: {_VARIABLE} is set in the environment and wins over the file")


def _choose_default(context: AppContext, name: str) -> None:
    from axchat.config.keys import target_named
    from axchat.config.writing import write_setting

    if not is_known(name):
        place = paths.expanded(located(name))
        if not name or not is_there(place):
            raise no_such(name)
        if str(place) != located(name) or (located(name) == name):  # a path: it must hold from anywhere
            name = str(place.absolute())
    written = write_setting(paths.config_file(context.env), target_named("model"), name)
    file = paths.config_file(context.env)
    Reporter(context.stderr, is_terminal=False).line(f"model = {written.value}   # {file}:{written.line}")


def alias(
    new: Annotated[str | None, typer.Argument(help="The other name.", metavar="NEW")] = None,
    name: Annotated[str | None, typer.Argument(help="The model's name.", metavar="NAME")] = None,
    rm: Annotated[str | None, typer.Option("--rm", help="Forget this other name.", metavar="ALIAS")] = None,
) -> None:
    """Give a model another name. Without anything, list the other names."""
    context = AppContext()
    if rm is not None:
        if new is not None:
            raise UsageError("--rm takes one name, and nothing else goes with it")
        registry.remove_alias(rm, paths.data_dir())
        _tell_lost_default(context, {rm})
        return
    if new is None:
        known = named_models().aliases
        if known:
            say(context, tabbed([(alias, meant) for alias, meant in sorted(known.items())]))
        return
    if name is None:
        raise UsageError("alias needs two names", hint="axchat models alias NEW NAME")
    say(context, f"{new} -> {registry.alias(new, name, paths.data_dir())}")


def remove(
    name: Annotated[str, typer.Argument(help="As axchat models list has it.", metavar="NAME")],
    files: Annotated[
        bool, typer.Option("--files", help="Delete its files too, if axchat fetched them.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
) -> None:
    """Forget a model's name; its files stay, unless --files is given."""
    context = AppContext()
    reporter = Reporter(context.stderr, is_terminal=False)
    known = named_models()
    if name in known.aliases:
        raise UsageError(
            f"{name} is another name of {known.aliases[name]}", hint=f"axchat models alias --rm {name}"
        )
    if name in KNOWN and not files:
        raise UsageError(f"{name} is always known", hint=f"its file: axchat models rm {name} --files")
    path = known.models.get(name) or (model_dir(KNOWN[name], paths.data_dir()) if name in KNOWN else None)
    if path is None:
        raise registry.unknown(name, known)
    if files:
        others = [it for it in known.models if it != name]
        planned = plan(path, paths.data_dir() / "models", {it: known.models[it] for it in others})
        _refuse_loaded(context, name, planned)
        if not yes and not _agrees(context, planned):
            reporter.line("nothing was deleted")
            return
        remove_files(planned)
        reporter.line(
            f"deleted {in_a_line(str(planned.path))}: "
            f"{planned.size_bytes} bytes ({size_shown(planned.size_bytes)})"
        )
    if name in known.models:
        registry.remove(name, paths.data_dir())
        reporter.line(f"forgot {name}" + ("" if files else f"; its files stay: {in_a_line(str(path))}"))
        _tell_lost_default(context, {name, *known.aliases_of(name)})


def _tell_lost_default(context: AppContext, gone: set[str]) -> None:
    if settings_of(context).settings.model in gone:
        reporter = Reporter(context.stderr, is_terminal=False)
        reporter.line("warning: it was the default; choose another: axchat models default NAME")


def _refuse_loaded(context: AppContext, name: str, planned: Removal) -> None:
    """Files that the holder has loaded stay.

    Raises:
        ModelError: it has.
    """
    held = held_path(holder_status(context, settings_of(context)))
    if held is not None and (held == planned.path or held.resolve().is_relative_to(planned.path)):
        raise ModelError(f"the holder has {name} loaded", hint="axchat stop")


def _agrees(context: AppContext, planned: Removal) -> bool:
    """Ask on the terminal.

    Raises:
        UsageError: nobody can be asked.
    """
    if not (context.stdin_is_terminal and context.stderr_is_terminal and context.stdin and context.stderr):
        raise UsageError("nobody can be asked whether the files may be deleted", hint="--yes deletes them")
    what = f"{in_a_line(str(planned.path))}, {planned.files} files, {size_shown(planned.size_bytes)}"
    context.stderr.write(f"axchat: delete {what}? [y/N] ")
    context.stderr.flush()
    return context.stdin.readline().strip().lower() in {"y", "yes"}
