"""``axchat config``: every setting, its value and where it comes from."""

from typing import Annotated

import typer

from axchat.cli import options
from axchat.cli.context import AppContext
from axchat.cli.output import say
from axchat.config import paths
from axchat.config.load import load
from axchat.config.schema import options as settings_options
from axchat.config.sources import setting_named
from axchat.deadline import duration
from axchat.engines.registry import refuse_unknown
from axchat.errors import ConfigError, UsageError
from axchat.ui.stderr import Reporter

app = typer.Typer(
    rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False, invoke_without_command=True
)

Key = Annotated[str, typer.Argument(help="A setting, for example cpu.threads.", metavar="KEY")]


@app.callback()
def config(
    typed: typer.Context,
    json: options.Json = False,
    path: Annotated[
        bool, typer.Option("--path", help="Print only the path of the configuration file.")
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
        show_path()
    else:
        show(origin=True, json=json)


@app.command()
def show(
    origin: Annotated[
        bool, typer.Option("--origin", help="Also where each comes from, its variable, and what it is for.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Show every setting and its value."""
    context = AppContext()
    loaded = load(env=context.env)
    rows = [
        (option, getattr(loaded.settings, option.name), loaded.origins[option.name])
        for option in settings_options()
    ]
    if json:
        import json as json_module

        values = {option.key: {"value": value, "origin": source} for option, value, source in rows}
        say(context, json_module.dumps(values, ensure_ascii=False, indent=2))
        return
    if origin:
        say(context, f"# {paths.config_file(context.env)}")
    for option, value, source in rows:
        about = f"   # {source}; {option.env}; {option.doc}" if origin else ""
        say(context, f"{option.key} = {'(unset)' if value is None else _text(value)}{about}")


@app.command("path")
def show_path() -> None:
    """Print the path of the configuration file."""
    context = AppContext()
    say(context, paths.config_file(context.env))


@app.command()
def get(key: Key) -> None:
    """Print the value of one setting; nothing when it is unset."""
    context = AppContext()
    option = setting_named(key)
    value = getattr(load(env=context.env).settings, option.name)
    say(context, "" if value is None else _text(value))


@app.command("set", context_settings={"ignore_unknown_options": True})  # keep_alive -1 is a value
def set_value(
    key: Key,
    value: Annotated[
        str, typer.Argument(help="As in the environment; a switch is true or false.", metavar="VALUE")
    ],
) -> None:
    """Change a setting in the configuration file."""
    from axchat.config.writing import checked, write_setting

    context = AppContext()
    file = paths.config_file(context.env)
    if mistake := _mistake(key, checked(key, value)):
        raise UsageError(f"{key}: {mistake}")
    written = write_setting(file, key, value)
    say(context, f"{key} = {_text(written.value)}   # {file}:{written.line}")
    name = setting_named(key).env
    if name in context.env:
        reporter = Reporter(context.stderr, is_terminal=False)
        reporter.line(f"warning: {name} is set in the environment and wins: {context.env[name]!r}")


@app.command()
def check() -> None:
    """Tell every mistake in file and environment."""
    context = AppContext()
    file = paths.config_file(context.env)
    loaded = load(env=context.env)
    values = [(option, getattr(loaded.settings, option.name)) for option in settings_options()]
    problems = [
        f"{loaded.origins[option.name]}: {option.key}: {mistake}"
        for option, value in values
        if (mistake := _mistake(option.key, value))
    ]
    if problems:
        raise ConfigError(problems[0], problems=problems)
    origins = loaded.origins.values()
    in_file = sum(origin.startswith(f"{file}:") for origin in origins)
    in_environment = sum(origin.startswith("environment ") for origin in origins)
    say(context, f"no mistakes; in effect: {in_file} from {file}, {in_environment} from the environment")


def _mistake(key: str, value: object) -> str | None:
    """What is wrong with a value of which the schema knows no more than that it is text."""
    try:
        if key == "engine" and value != "auto":
            refuse_unknown(str(value))
        if key == "keep_alive":
            duration(str(value))
    except UsageError as error:
        return error.message
    except ValueError as error:
        return str(error)
    return None


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
