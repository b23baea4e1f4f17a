"""Writes what is known before Typer is imported: ``PYTHONPATH=tests python -m support.completion_table``."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from axchat.cli import completion_table
from axchat.cli.app import app
from axchat.cli.completing import ARGUMENT, UNKNOWN
from axchat.cli.lazy import LazyCommand

HEAD = '''"""What Tab completes behind each command; ``python -m support.completion_table`` writes it."""

TABLE = """\\
'''

HELP_HEAD = '''"""What ``axchat --help`` prints; ``python -m support.completion_table`` writes it."""

HELP = """\\
'''


def commands(path: str = "axchat", command: Any = None, parent: Any = None) -> Iterator[tuple[str, Any, Any]]:
    """Every command: its path, itself, and a context of it."""
    command = typer.main.get_command(app) if command is None else command
    command = command.load() if isinstance(command, LazyCommand) else command
    context = command.make_context(path.rpartition(" ")[2], [], parent=parent, resilient_parsing=True)
    yield path, command, context
    if isinstance(command, TyperGroup):
        for name, child in command.commands.items():
            if not child.hidden:
                yield from commands(f"{path} {name}", child, context)


def table() -> str:
    """The table's text."""
    lines = []
    for path, command, context in commands():
        lines.append(path)
        lines += [f"  {line}" for it in command.get_params(context) if (line := described(it, context))]
    return "\n".join(lines) + "\n"


def described(param: Any, context: Any) -> str | None:
    """A parameter's line; None for one that the table need not name."""
    items = param.type.shell_complete(context, param, "")
    is_known = param._custom_shell_complete is None and all(item.type == "plain" for item in items)
    if param.param_type_name == "argument":
        return None if is_known and not items else f"{ARGUMENT} {UNKNOWN}"
    if param.hidden:
        return None
    names = ",".join([*sorted(param.opts), *param.secondary_opts])  # help's come in any order
    if param.is_flag:
        return names
    value = "=" + "|".join(item.value for item in items) if is_known else UNKNOWN
    return f"{names} {value}{'*' if param.multiple else ''}"


def help_text() -> str:
    """What ``axchat --help`` prints on 80 columns."""
    command = typer.main.get_command(app)
    return command.get_help(command.make_context("axchat", [], resilient_parsing=True, terminal_width=78))


def main() -> None:
    """Write both."""
    Path(str(completion_table.__file__)).write_text(f'{HEAD}{table()}"""\n', encoding="utf-8")
    file = Path(str(completion_table.__file__)).with_name("help_text.py")
    file.write_text(f'{HELP_HEAD}{help_text()}"""\n', encoding="utf-8")


if __name__ == "__main__":
    main()
