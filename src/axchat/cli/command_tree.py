"""The commands and their options as values, read from Typer, for what is generated from them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from axchat.cli import names
from axchat.cli.lazy import LazyCommand

if TYPE_CHECKING:
    from axchat.config.schema import Option as Setting

_MAY_BE_FILES = {"model", "file", "schema", "axchat bench a", "axchat bench b"} | {
    f"axchat models {command} name" for command in ("default", "fit", "show", "verify")
}
"""Strings that may be a path; ``a`` and ``b`` are what ``bench compare`` sets side by side."""

_NAMES = {
    "model": names.MODELS,
    "resume": names.CONVERSATIONS,
    "axchat history name": names.CONVERSATIONS,
    "axchat history names": names.CONVERSATIONS,
    "axchat bench save": names.BENCHES,
    "axchat bench a": names.BENCHES,
    "axchat bench b": names.BENCHES,
    "axchat models alias rm": names.ALIASES,
    "axchat models rm name": names.OWN_NAMES,
} | {f"axchat models {command} name": names.MODELS for command in ("alias", "default", "fit", "show")}
"""What is called by a name that lies on the disk: options and arguments, of all commands or of some."""


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
        choices: words that it may be; all of them for ``Value.CHOICE``.
        named: kind of the names on the disk that it may be too, as ``names.answer`` takes it.
        is_repeatable: whether it may be given again.
        by_first: what it takes, by the argument before it.
    """

    names: tuple[str, ...]
    help: str
    value: Value
    label: str
    choices: tuple[str, ...] = ()
    named: str = ""
    is_repeatable: bool = False
    by_first: Mapping[str, "Option"] = field(default_factory=dict)


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
    places = (f"{path} {param.name}", f"{' '.join(path.split()[:2])} {param.name}", param.name)
    choices = _known(places) or tuple(str(it.value) for it in param.type.shell_complete(context, param, ""))
    return Option(
        () if is_argument else (*sorted(param.opts), *param.secondary_opts),  # help's come in any order
        " ".join((param.help or "").split()),
        _value(param, choices, places),
        (param.metavar or param.name).strip("[].").lower(),
        choices,
        next((_NAMES[place] for place in places if place in _NAMES), ""),
        is_repeatable=param.nargs == -1 if is_argument else param.multiple,
        by_first=_settings() if places[0] == "axchat config set value" else {},
    )


def _known(places: Sequence[str]) -> tuple[str, ...]:
    """The values that axchat knows of a string, though Typer does not."""
    from axchat.config.schema import options
    from axchat.doctor.catalogue import BY_ID
    from axchat.doctor.selection import GROUPS
    from axchat.engines.registry import ENGINES
    from axchat.models.catalogue import KNOWN
    from axchat.models.vendor_catalogue import by_name

    checks = (*GROUPS, *BY_ID)
    repositories = tuple(it.repository for it in by_name().values())
    known: dict[str, tuple[str, ...]] = {
        "engine": ("auto", *ENGINES),
        "only": checks,
        "skip": checks,
        "model": tuple(KNOWN),
        "axchat config key": tuple(it.key for it in options()),
        "axchat models arch": ("aarch64", "x86_64"),
        "axchat models default name": tuple(KNOWN),
        "axchat models fit name": tuple(by_name()),
        "axchat models known name": tuple(by_name()),
        "axchat models pull name": (*KNOWN, *repositories),
        "axchat models rm name": tuple(KNOWN),
        "axchat models show name": (*KNOWN, *by_name()),
        "axchat models verify name": (*KNOWN, *repositories),
    }
    return next((known[place] for place in places if place in known), ())


def _settings() -> dict[str, Option]:
    """What each setting may be set to."""
    from axchat.config.schema import options

    return {it.key: _setting(it) for it in options()}


def _setting(it: "Setting") -> Option:
    choices = ("true", "false") if it.kind is bool else it.words or _known([it.key])
    is_file = it.key in _MAY_BE_FILES or it.key.endswith(("path", "file", "program", "python", "socket"))
    value = Value.FILE if is_file else Value.CHOICE if choices else Value.FREE
    return Option((), it.doc, value, it.key, choices, _NAMES.get(it.key, ""))


def _value(param: Any, choices: Sequence[str], places: Sequence[str]) -> Value:
    if getattr(param, "is_flag", False):
        return Value.NONE
    if type(param.type).__name__ == "TyperPath" or not _MAY_BE_FILES.isdisjoint(places):
        return Value.FILE
    return Value.CHOICE if choices else Value.FREE
