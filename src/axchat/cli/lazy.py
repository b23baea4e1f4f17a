"""Commands that are imported when they are called, not when they are listed."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


class LazyCommand(TyperCommand):
    """A name and a line of help until it is run.

    Args:
        name: the command.
        help_text: its line in ``axchat --help``.
        target: ``module:app`` with a Typer application of one command or of sub-commands.
    """

    def __init__(self, name: str, help_text: str, target: str) -> None:
        super().__init__(name, help=help_text)
        self._target = target

    def load(self) -> Any:
        """The real command."""
        module, _, attribute = self._target.partition(":")
        command = typer.main.get_command(getattr(import_module(module), attribute))
        command.name = self.name
        return command


def lazy_group(table: dict[str, tuple[str, str]]) -> type[TyperGroup]:
    """A group class over ``name -> (help, "module:app")``.

    Stubs stand in ``commands``, because listing, suggestions and completion read it; dispatch and the
    completion of a command's own options go through ``resolve_command``, which loads.
    """

    class LazyGroup(TyperGroup):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            for name, (help_text, target) in table.items():
                self.commands[name] = LazyCommand(name, help_text, target)

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            name, command, rest = super().resolve_command(ctx, args)
            if isinstance(command, LazyCommand):
                command = self.commands[command.name or ""] = command.load()
            return name, command, rest

    return LazyGroup
