"""Typer's complaints about a command line as axchat's: one line that says what is wrong, and what to do."""

import errno
import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer._click import exceptions as complaints

from axchat.cli.app import COMMANDS, app
from axchat.errors import AxchatError, UsageError

_COMMAND_HINT = 'to ask: axchat run "your question"; axchat --help lists the commands'
_ELSEWHERE = {"help": "axchat --help", "version": "axchat --version"} | {
    name: f"axchat models {name}" for name in ("list", "pull", "rm", "show")
}
"""What other programs for models have as a command, and where it is here."""

_NO_COMMAND = "no such command "
_EXTRA = "got unexpected extra argument(s) "


def run(arguments: Sequence[str] | None = None) -> None:
    """Parse and run. Where a command is missing, help goes to stderr, as Typer has it.

    Args:
        arguments: of the command line; those of this process by default.

    Raises:
        UsageError: it cannot be parsed.
        AxchatError: help cannot be written; or what the command raises.
        SystemExit: the command ends with a status.
    """
    typed = list(sys.argv[1:] if arguments is None else arguments)
    group = typer.main.get_command(app)
    try:
        with group.make_context("axchat", list(typed)) as context:
            group.invoke(context)
    except typer.Exit as end:
        raise SystemExit(end.exit_code) from end
    except complaints.NoArgsIsHelpError as help_wanted:
        help_wanted.show()
        raise SystemExit(help_wanted.exit_code) from help_wanted
    except complaints.UsageError as complaint:
        raise as_ours(complaint, f"axchat {typed[0]}" if typed[0] in COMMANDS else "axchat") from complaint
    except OSError as error:
        if error.errno == errno.ENOSPC and error.filename is None:  # Typer's help, on a full disk
            raise AxchatError("standard output cannot be written: no space left on device") from error
        raise


def as_ours(complaint: Any, command: str) -> UsageError:
    """One line for a complaint of Typer's, and what to do; ``command`` is for one that names none."""
    command = complaint.ctx.command_path if complaint.ctx is not None else command
    hint = f"{command} --help"
    if isinstance(complaint, complaints.NoSuchOption):
        if command == "axchat":
            hint = "options stand behind their command: axchat run --help"
        hint = f"did you mean {complaint.possibilities[0]}?" if complaint.possibilities else hint
        return UsageError(f"no such option: {_printable(complaint.option_name)}", hint=hint)
    if isinstance(complaint, complaints.MissingParameter):
        return UsageError(f"{_name(complaint.param)} is missing", hint=hint)
    if isinstance(complaint, complaints.BadParameter) and complaint.param is not None:
        return UsageError(f"{_name(complaint.param)}{_wrong_value(complaint)}", hint=hint)
    said, _, guess = complaint.message.partition(" Did you mean ")
    text = said[:1].lower() + said[1:].removesuffix(".")
    if text.startswith(_EXTRA):
        text = f"{command} takes no argument '{_printable(text.removeprefix(_EXTRA)[1:-1])}'"
    if guess:
        hint = f"did you mean {guess.replace(chr(39), '')}"
    elif command == "axchat" and text.startswith(_NO_COMMAND):
        hint = _ELSEWHERE.get(text.removeprefix(_NO_COMMAND)[1:-1], _COMMAND_HINT)
    return UsageError(text, hint=hint)


def _name(param: Any) -> str:
    """What the user knows it by: the long option, or the argument as help writes it."""
    if param.param_type_name == "argument":
        return f"the argument {(param.metavar or param.name).strip('[].').upper()}"
    return str(max(param.opts, key=len))


def _wrong_value(complaint: Any) -> str:
    """What it must be and is not, where that is a number; else what Typer says."""
    said = complaint.message.removesuffix(".")
    kind = complaint.param.type
    number = {"int": "a whole number", "float": "a number"}.get(kind.name.partition(" ")[0])
    value, _, told = said.rpartition(" is not ")
    if number is None or not told.startswith(("a valid ", "in the range ")):
        return f": {said[:1].lower()}{said[1:]}"
    return f" must be {number}{_bounds(kind)}, not {value}"


def _bounds(kind: Any) -> str:
    least, most = getattr(kind, "min", None), getattr(kind, "max", None)
    if most is not None:
        return (
            f" from {least or 0:g} to {most}"
            if isinstance(most, int)
            else f" from {least or 0:g} to {most:g}"
        )
    return "" if least is None else f" of at least {least:g}"


def _printable(typed: str) -> str:
    return typed if typed.isprintable() else repr(typed)[1:-1]
