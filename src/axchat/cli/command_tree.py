"""The commands and their options as values, read from Typer, for what is generated from them."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import typer
from typer.core import TyperGroup

from axchat.cli.lazy import LazyCommand

_MAY_BE_FILES = {"model", "file", "schema", "a", "b"}
"""Strings that may be a path; ``a`` and ``b`` are what ``bench compare`` sets side by side."""


class Value(Enum):
    """What stands behind an option, or as an argument."""

    NONE = "a flag"
    FILE = "a path"
    CHOICE = "one of the choices"
    FREE = "what no shell knows"


@dataclass(frozen=True)
class Option:
    """An option, or an argument, which has no names.

    Args:
        names: all of them, ``--no-save`` too.
        help: its text, one line.
        value: what it takes.
        label: what help calls its value.
        choices: for ``Value.CHOICE``.
        is_repeatable: whether it may be given again.
    """

    names: tuple[str, ...]
    help: str
    value: Value
    label: str
    choices: tuple[str, ...] = ()
    is_repeatable: bool = False


@dataclass(frozen=True)
class Command:
    """A command: its path, as in ``axchat history show``, its line of help, and what may stand behind it."""

    path: str
    help: str
    options: tuple[Option, ...]
    arguments: tuple[Option, ...]
    children: tuple[str, ...]

    @property
    def name(self) -> str:
        """The last word of the path."""
        return self.path.rpartition(" ")[2]


def read() -> tuple[Command, ...]:
    """Every command that is shown, each above its sub-commands. Imports them all."""
    return tuple(_command(path, command, context) for path, command, context in walk())


def walk(path: str = "axchat", command: Any = None, parent: Any = None) -> Iterator[tuple[str, Any, Any]]:
    """Every command that is shown, as Typer has it: its path, itself, and a context of it."""
    if command is None:
        from axchat.cli.app import app

        command = typer.main.get_command(app)
    command = command.load() if isinstance(command, LazyCommand) else command
    context = command.make_context(path.rpartition(" ")[2], [], parent=parent, resilient_parsing=True)
    yield path, command, context
    if isinstance(command, TyperGroup):
        for name, child in command.commands.items():
            if not child.hidden:
                yield from walk(f"{path} {name}", child, context)


def _command(path: str, command: Any, context: Any) -> Command:
    shown = [it for it in command.get_params(context) if not getattr(it, "hidden", False)]
    children = getattr(command, "commands", {})
    return Command(
        path,
        command.get_short_help_str(200),
        tuple(_option(path, it, context) for it in shown if it.param_type_name == "option"),
        tuple(_option(path, it, context) for it in shown if it.param_type_name == "argument"),
        tuple(name for name, child in children.items() if not child.hidden),
    )


def _option(path: str, param: Any, context: Any) -> Option:
    is_argument = param.param_type_name == "argument"
    choices = _known(path, param.name) or tuple(
        str(it.value) for it in param.type.shell_complete(context, param, "")
    )
    return Option(
        () if is_argument else (*sorted(param.opts), *param.secondary_opts),  # help's come in any order
        " ".join((param.help or "").split()),
        _value(param, choices),
        (param.metavar or param.name).strip("[].").lower(),
        choices,
        is_repeatable=param.nargs == -1 if is_argument else param.multiple,
    )


def _known(path: str, name: str) -> tuple[str, ...]:
    """The values that axchat knows of a string, though Typer does not."""
    from axchat.doctor.catalogue import BY_ID
    from axchat.doctor.selection import GROUPS
    from axchat.engines.registry import ENGINES
    from axchat.models.catalogue import KNOWN

    if (path, name) == ("axchat models pull", "name"):
        return tuple(KNOWN)
    checks = (*GROUPS, *BY_ID)
    hosts = ("aarch64", "x86_64")
    return {"engine": ("auto", *ENGINES), "only": checks, "skip": checks, "arch": hosts}.get(name, ())


def _value(param: Any, choices: tuple[str, ...]) -> Value:
    if getattr(param, "is_flag", False):
        return Value.NONE
    if choices:
        return Value.CHOICE
    is_path = type(param.type).__name__ == "TyperPath" or param.name in _MAY_BE_FILES
    return Value.FILE if is_path else Value.FREE
