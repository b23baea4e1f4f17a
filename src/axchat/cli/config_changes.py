"""The commands of ``axchat config`` that change a configuration file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from axchat.cli.config_mistakes import mistake_in
from axchat.cli.context import AppContext
from axchat.cli.output import say
from axchat.config import paths
from axchat.config.keys import Target, target_named
from axchat.config.load import read
from axchat.config.renames import RENAMED, Rename
from axchat.config.sources import Found
from axchat.errors import UsageError
from axchat.ui.stderr import Reporter
from axchat.whole_file import OWNER_ONLY

FOR_ALL = 0o644
"""Mode of a new file of the machine: everybody's commands read it."""

Key = Annotated[
    str,
    typer.Argument(
        help="A setting, for example cpu.threads; of one model: models.NAME.cpu.threads.", metavar="KEY"
    ),
]
System = Annotated[bool, typer.Option("--system", help="Change the file of this machine, not yours.")]


def set_value(
    key: Key,
    value: Annotated[
        str, typer.Argument(help="As in the environment; a switch is true or false.", metavar="VALUE")
    ],
    system: System = False,
) -> None:
    """Change a setting in the configuration file."""
    from axchat.config.values import toml
    from axchat.config.writing import checked, write_setting

    context = AppContext()
    target = target_named(key)
    if wrong := mistake_in(target.option.key, checked(target, value)):
        raise UsageError(f"{target.key}: {wrong}")
    file, mode = _file(context, is_system=system)
    written = write_setting(file, target, value, mode)
    shown = written.value if isinstance(written.value, str) else toml(written.value)
    say(context, f"{target.key} = {shown}   # {file}:{written.line}")
    _warn_of_nearer(context, file, target)


def unset(key: Key, system: System = False) -> None:
    """Take a setting out of the configuration file."""
    from axchat.config.edits import without_setting
    from axchat.config.parsing import parsed
    from axchat.config.reading import text_of
    from axchat.config.values import dotted
    from axchat.config.writing import change

    context = AppContext()
    file, _mode = _file(context, is_system=system)
    there = parsed(text_of(file) or "", str(file))
    path = tuple(key.split("."))
    if path not in there:  # a key that is no setting can be taken out too
        path = target_named(key).path
    reporter = Reporter(context.stderr, is_terminal=False)
    if path not in there:
        reporter.line(f"{dotted(path)} is not set in {file}")
        return

    def without(text: str) -> str:
        return without_setting(text, str(file), path) if path in parsed(text, str(file)) else text

    change(file, without)
    reporter.line(f"{dotted(path)} is not set in {file} any more")


def edit(system: System = False) -> None:
    """Open the configuration file in your editor. It is checked before it counts."""
    from axchat.cli.config_editing import edit_file

    context = AppContext()
    edit_file(context, *_file(context, is_system=system))


def migrate(system: System = False) -> None:
    """Give settings with an old name their new one."""
    context = AppContext()
    file, _mode = _file(context, is_system=system)
    migrate_file(context, file, RENAMED)


def migrate_file(context: AppContext, file: Path, renames: Sequence[Rename]) -> None:
    """Rewrite a file, and say what was renamed.

    Raises:
        ConfigError: it cannot be read, written or renamed.
    """
    from axchat.config.migrating import Migrated, migrated
    from axchat.config.writing import change

    done: list[Migrated] = []

    def changed(text: str) -> str:
        new, done[:] = migrated(text, str(file), renames)
        return new

    change(file, changed)
    for each in done:
        say(context, f"{file}:{each.line}: {each.old} is {each.new} now")
    if not done:
        Reporter(context.stderr, is_terminal=False).line(f"no setting in {file} has an old name")


def _file(context: AppContext, *, is_system: bool) -> tuple[Path, int]:
    return (paths.system_file(), FOR_ALL) if is_system else (paths.config_file(context.env), OWNER_ONLY)


def _warn_of_nearer(context: AppContext, file: Path, target: Target) -> None:
    """Tell what wins over the value that was just written into the file."""
    layers, _items = read(env=context.env)
    place = paths.config_files(context.env).index(file)
    wins = [
        found
        for layer in layers[place + 1 :]
        for found in layer
        if found.name == target.option.name and found.model in {None, target.model}
    ]
    if wins:
        Reporter(context.stderr, is_terminal=False).line(_warning(wins[-1]))


def _warning(found: Found) -> str:
    if found.origin.startswith("environment "):
        name = found.origin.removeprefix("environment ")
        return f"warning: {name} is set in the environment and wins: {found.value!r}"
    return f"warning: {found.origin} sets it too and wins: {found.value!r}"
