"""Gives old names of settings in a file their new ones; comments and order stay. Pure."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from axchat.config.edits import line_end, same, with_written, without_setting
from axchat.config.keys import MODELS
from axchat.config.parsing import parsed
from axchat.config.positions import Entry, Path, entries, lines_of
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

    A key keeps its place where its new name may stand there; else it moves into its table, with the comment
    behind it.

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
                hint="take one of them out: axchat config edit",
            )
        text = _renamed(text, file, path, newer)
        done.append(Migrated(dotted(path), dotted(newer), line))
    return text, done


def _renamed(text: str, file: str, old: Path, new: Path) -> str:
    before = parsed(text, file)
    wanted = {new if path == old else path: value for path, value in before.items()}
    entry = next(each for each in entries(text) if each.path == old and not each.is_header)
    for change in (_in_place, _moved):
        with contextlib.suppress(ConfigError):  # that table has its header elsewhere: try the other way
            changed = change(text, file, entry, new)
            if changed is not None and same(parsed(changed, file), wanted):
                return changed
    raise ConfigError(
        f"{file}:{entry.line}: {dotted(old)} cannot be renamed to {dotted(new)} by itself",
        hint="axchat config edit",
    )


def _in_place(text: str, _file: str, entry: Entry, new: Path) -> str | None:
    """Only the key is written anew; None where the new one belongs to another table."""
    if new[: len(entry.home)] != entry.home:
        return None
    return text[: entry.start] + dotted(new[len(entry.home) :]) + text[entry.key_end :]


def _moved(text: str, file: str, entry: Entry, new: Path) -> str:
    """The value, as it is written, and the comment behind it get a line in the new one's table."""
    written = text[entry.value : entry.end]
    behind = text[entry.end : line_end(text, entry.end)].strip()
    if behind.startswith("#"):
        written = f"{written}  {behind}"
    return without_setting(with_written(text, new, written), file, entry.path)
