"""Writes what is made from the commands: ``PYTHONPATH=tests python -m support.completion_table``."""

from pathlib import Path
from typing import Any

import typer

from axchat.cli import completion, completion_table
from axchat.cli.app import app
from axchat.cli.command_tree import walk
from axchat.cli.completing import ARGUMENT, UNKNOWN
from support import man_pages

SCRIPTS = Path(__file__).parents[2] / "completions"
"""What ``axchat completion`` prints, for packages."""

HEAD = '''"""What Tab completes behind each command; ``python -m support.completion_table`` writes it."""

TABLE = """\\
'''

HELP_HEAD = '''"""What ``axchat --help`` prints; ``python -m support.completion_table`` writes it."""

HELP = """\\
'''


def table() -> str:
    """The table's text."""
    lines = []
    for path, command, context in walk():
        lines.append(path)
        lines += [f"  {line}" for it in command.get_params(context) if (line := described(it, context))]
    return "\n".join(lines) + "\n"


def described(param: Any, context: Any) -> str | None:
    """A parameter's line; None for one that the table need not name."""
    items = param.type.shell_complete(context, param, "")
    is_known = param._custom_shell_complete is None and all(item.type == "plain" for item in items)
    value = "=" + "|".join(item.value for item in items) if is_known else UNKNOWN
    if param.param_type_name == "argument":
        return None if is_known and not items else f"{ARGUMENT} {value}"
    if param.hidden:
        return None
    names = ",".join([*sorted(param.opts), *param.secondary_opts])  # help's come in any order
    return names if param.is_flag else f"{names} {value}{'*' if param.multiple else ''}"


def help_text() -> str:
    """What ``axchat --help`` prints on 80 columns."""
    command = typer.main.get_command(app)
    return command.get_help(command.make_context("axchat", [], resilient_parsing=True, terminal_width=78))


def main() -> None:
    """Write the tables, the scripts and the man pages."""
    Path(str(completion_table.__file__)).write_text(f'{HEAD}{table()}"""\n', encoding="utf-8")
    file = Path(str(completion_table.__file__)).with_name("help_text.py")
    file.write_text(f'{HELP_HEAD}{help_text()}"""\n', encoding="utf-8")
    SCRIPTS.mkdir(exist_ok=True)
    for shell, name in completion.FILES.items():
        (SCRIPTS / name).write_text(completion.script(shell), encoding="utf-8")
    man_pages.write()


if __name__ == "__main__":
    main()
