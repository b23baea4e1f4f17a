"""Gives old names of settings in a file their new ones; comments and order stay. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from axchat.config.edits import with_new_name
from axchat.config.models import MODELS
from axchat.config.parsing import parsed
from axchat.config.positions import lines_of
from axchat.config.renames import Rename
from axchat.config.values import dotted
from axchat.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Migrated:
    """A key that got its new name: both as TOML writes them, and the line where it stands in the old text."""

    old: str
    new: str
    line: int


def migrated(text: str, file: str, renames: Sequence[Rename]) -> tuple[str, list[Migrated]]:
    """The file's text with new names, and what was renamed; ``file`` is its name, for errors.

    Raises:
        ConfigError: the text is not TOML, both names are set, or the new one cannot be put in.
    """
    parsed(text, file)
    done = []
    lines = lines_of(text)
    new_names = {rename.old: rename.new for rename in renames}
    for path, line in lines.items():
        depth = 2 if path[0] == MODELS else 0
        new = new_names.get(".".join(path[depth:]))
        if new is None:
            continue
        newer = (*path[:depth], *new.split("."))
        if newer in lines:
            raise ConfigError(
                f"{file}:{line}: {dotted(path)} is called {dotted(newer)} now, "
                f"which is set too: {file}:{lines[newer]}",
                hint="take one of them out: axchat config unset",
            )
        text = with_new_name(text, file, path, newer)
        done.append(Migrated(dotted(path), dotted(newer), line))
    return text, done
