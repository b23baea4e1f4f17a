"""``axchat config``: every setting, its value and where it comes from."""

from collections.abc import Iterator
from typing import Annotated

import typer

from axchat.cli import config_changes, options
from axchat.cli.config_mistakes import mistake
from axchat.cli.context import AppContext
from axchat.cli.output import say
from axchat.cli.settings import settings_of
from axchat.config import paths
from axchat.config.keys import Target, target_named
from axchat.config.load import Loaded
from axchat.config.schema import options as settings_options
from axchat.config.sources import Found
from axchat.errors import ConfigError, UsageError

app = typer.Typer(
    rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False, invoke_without_command=True
)

Model = Annotated[
    str | None, typer.Option("--model", "-m", help="As they are for this model.", metavar="MODEL")
]


@app.callback()
def config(
    typed: typer.Context,
    json: options.Json = False,
    path: Annotated[
        bool, typer.Option("--path", help="Print only the path of your configuration file.")
    ] = False,
) -> None:
    """Show, change and check the settings.

    Without a command: every setting, its value, where it comes from, and what it is for.
    """
    if command := typed.invoked_subcommand:
        if json or path:
            raise UsageError(f"{'--json' if json else '--path'} does not go before {command}")
        return
    if path:
        context = AppContext()
        say(context, paths.config_file(context.env))
    else:
        show(origin=True, json=json)


@app.command()
def show(
    origin: Annotated[
        bool, typer.Option("--origin", help="Also where each comes from, its variable, and what it is for.")
    ] = False,
    model: Model = None,
    json: options.Json = False,
) -> None:
    """Show every setting and its value."""
    context = AppContext()
    loaded = _for(settings_of(context), model)
    rows = [
        (option, getattr(loaded.settings, option.name), loaded.origins[option.name])
        for option in settings_options()
    ]
    of_models = list(_of_models(loaded)) if model is None else []
    if json:
        import json as json_module

        values = {option.key: {"value": value, "origin": source} for option, value, source in rows}
        values |= {it.key: {"value": found.value, "origin": found.origin} for it, found in of_models}
        say(context, json_module.dumps(values, ensure_ascii=False, indent=2))
        return
    if origin:
        for file in reversed(paths.config_files(context.env)):
            say(context, f"# {file}{'' if file.exists() else ' (not there)'}")
    for option, value, source in rows:
        about = f"   # {source}; {option.env}; {option.doc}" if origin else ""
        say(context, f"{option.key} = {'(unset)' if value is None else _text(value)}{about}")
    for target, found in of_models:
        about = f"   # {found.origin}; {target.option.doc}" if origin else ""
        say(context, f"{target.key} = {_text(found.value)}{about}")


@app.command("path")
def show_path() -> None:
    """Print the configuration files that are read. The one that wins comes first."""
    context = AppContext()
    own, *others = reversed(paths.config_files(context.env))
    for file in (own, *others):
        whose = "yours" if file == own else "of this machine"
        say(context, f"{file}   ({whose}{'' if file.exists() else ', not there'})")


@app.command()
def get(
    key: config_changes.Key,
    model: Model = None,
) -> None:
    """Print the value of one setting; nothing when it is unset."""
    context = AppContext()
    target = target_named(key)
    loaded = settings_of(context)
    if target.model is None:
        value = getattr(_for(loaded, model).settings, target.option.name)
    elif model is not None:
        raise UsageError(f"--model and {target.key} name a model each: choose one of them")
    else:
        value = next((found.value for it, found in _of_models(loaded) if it == target), None)
    say(context, "" if value is None else _text(value))


@app.command()
def check() -> None:
    """Tell every mistake in files and environment."""
    context = AppContext()
    loaded = settings_of(context)
    problems = [
        f"{found.origin}: {wrong}" for layer in loaded.layers for found in layer if (wrong := mistake(found))
    ]
    if problems:
        raise ConfigError(problems[0], problems=problems)
    origins = list(loaded.origins.values())
    own, *others = reversed(paths.config_files(context.env))
    counts = [(file, sum(it.startswith(f"{file}:") for it in origins)) for file in (own, *others)]
    parts = [f"{count} from {file}" for file, count in counts if count or file == own]
    parts.append(f"{sum(it.startswith('environment ') for it in origins)} from the environment")
    say(context, f"no mistakes; in effect: {', '.join(parts)}")


app.command("set", context_settings={"ignore_unknown_options": True})(config_changes.set_value)
app.command("unset")(config_changes.unset)
app.command("edit")(config_changes.edit)
app.command("migrate")(config_changes.migrate)


def _for(loaded: Loaded, model: str | None) -> Loaded:
    return loaded if model is None else loaded.for_model(model)


def _of_models(loaded: Loaded) -> Iterator[tuple[Target, Found]]:
    """What is set for one model alone: of each the nearest."""
    by_name = {option.name: option for option in settings_options()}
    nearest = {
        (found.model, found.name): found
        for layer in loaded.layers
        for found in layer
        if found.model is not None
    }
    for (model, name), found in nearest.items():
        yield Target(by_name[name], model), found


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
