"""Changes one key in a configuration file's text with tomlkit; comments and order stay. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from axchat.config.parsing import parsed
from axchat.config.positions import Path, entries
from axchat.config.tables import put_at, table_at
from axchat.config.values import EXACT, dotted
from axchat.errors import ConfigError

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_INSTEAD = "change it there: axchat config edit"


def with_setting(text: str, file: str, path: Path, value: object) -> str:
    """The file's text with the setting changed or added; ``file`` is its name, for errors.

    A new one stands behind the last of its table, with no comment between them.

    Raises:
        ConfigError: the text is not TOML, or has something else in that place.
    """
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
        value = int(value)  # 300 is read as seconds too, and is what was typed
    wanted = parsed(text, file) | {path: value}
    refused = ConfigError(f"{file}: something else stands where {dotted(path)} belongs", hint=_INSTEAD)
    return _changed(text, file, lambda document: put_at(document, path, value), wanted, refused)


def without_setting(text: str, file: str, path: Path) -> str:
    """The file's text without a setting that it has; ``file`` is its name, for errors.

    A comment behind it on its line goes with it; those above stay. The header of its table goes when nothing
    is left under it, and an inline table when nothing is left in it.

    Raises:
        ConfigError: the text is not TOML, or what is left would mean something else.
    """
    wanted = parsed(text, file)
    del wanted[path]
    refused = ConfigError(f"{file}: {dotted(path)} cannot be taken out alone", hint=_INSTEAD)
    changed = _changed(text, file, lambda document: _take_from(document, path), wanted, refused)
    return _without_empty(changed, path[:-1])


def with_new_name(text: str, file: str, old: Path, new: Path) -> str:
    """The file's text with a setting that it has under another name; ``file`` is its name, for errors.

    It keeps its place where the new name is of the same table; else it moves, with the comment behind it.

    Raises:
        ConfigError: the text is not TOML, or has something else in that place.
    """
    wanted = {new if path == old else path: value for path, value in parsed(text, file).items()}
    refused = ConfigError(
        f"{file}: {dotted(old)} cannot be renamed to {dotted(new)} by itself", hint=_INSTEAD
    )

    def rename(document: "TOMLDocument") -> None:
        from tomlkit import item
        from tomlkit.container import Container

        table: Any = table_at(document, old[:-1])
        container = table if isinstance(table, Container) else table.value
        if not isinstance(container, Container):
            raise TypeError("its table stands in several places")
        there: Any = container.item(old[-1])
        if old[:-1] == new[:-1]:
            container._replace(old[-1], new[-1], there)
            return
        moved = item(there.unwrap())
        if there.trivia.comment:
            moved.comment(there.trivia.comment)
        put_at(document, new, moved)
        _take_from(document, old)

    changed = _changed(text, file, rename, wanted, refused)
    return changed if old[:-1] == new[:-1] else _without_empty(changed, old[:-1])


def _changed(
    text: str,
    file: str,
    change: Callable[["TOMLDocument"], None],
    wanted: Mapping[Path, object],
    refused: ConfigError,
) -> str:
    """The text after a change of the document; refused unless it sets what is wanted and nothing else."""
    import tomlkit  # only whoever changes the file pays for it
    from tomlkit.exceptions import TOMLKitError

    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(mark)
    try:
        document = tomlkit.parse(text)
        if tomlkit.dumps(document) != text:  # [[a]] in two places: it would put them together
            raise ConfigError(f"{file}: cannot be changed with its order kept", hint=_INSTEAD)
        change(document)
        changed = tomlkit.dumps(document)
        if re.search(r"\r\n", text) and not re.search(r"[^\r]\n", text):  # it ends new lines as Unix does
            changed = re.sub(r"(?<!\r)\n", "\r\n", changed)
        before, after = parsed(text, file), parsed(changed, file)
    except (TOMLKitError, ValueError, TypeError) as error:  # what it does not do: a table in an inline one
        raise refused from error
    if after.keys() != wanted.keys() or any(
        value != wanted[path] and repr(value) != repr(wanted[path])  # nan is not equal to itself
        for path, value in after.items()
    ):
        raise refused
    gone = [value for path, value in before.items() if path not in after or after[path] != value]
    if _comments(changed) + sum(_comments(str(value)) for value in gone) < _comments(text):
        raise refused  # of a table that stands in two places it takes them away with the last key
    return mark + changed


def _comments(text: str) -> int:
    """How many lines are one, or look so in the text of a setting."""
    return sum(line.lstrip().startswith("#") for line in text.splitlines())


def _take_from(document: "TOMLDocument", path: Path) -> None:
    """Delete the key, and the inline tables that are empty without it."""
    from tomlkit.items import AoT, InlineTable

    table = table_at(document, path[:-1])
    if isinstance(table[path[-1]], AoT):
        raise TypeError("an array of tables has comments of its own")
    del table[path[-1]]
    if isinstance(table, InlineTable) and not table:
        _take_from(document, path[:-1])


def _without_empty(text: str, table: Path) -> str:
    """The text without the header that a key of this table stood under, if only blank lines are under it now.

    Comments right above the next header are about that one.
    """
    headers = [entry for entry in entries(text) if entry.is_header]
    own = [n for n, it in enumerate(headers) if table[: len(it.path)] == it.path and not it.is_hidden]
    if not own:
        return text
    place = max(own, key=lambda n: len(headers[n].path))
    lines = text.splitlines(keepends=True)
    begin = headers[place].line - 1
    end = headers[place + 1].line - 1 if place + 1 < len(headers) else len(lines)
    while place + 1 < len(headers) and lines[end - 1].lstrip().startswith("#"):
        end -= 1
    if "#" in lines[begin] or "".join(lines[begin + 1 : end]).strip():
        return text
    left = [*lines[:begin], *lines[end:]]
    while end == len(lines) and left and not left[-1].strip():
        left.pop()  # no blank lines at the end for the sake of what is gone
    return "".join(left)
