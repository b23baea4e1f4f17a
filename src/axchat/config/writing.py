"""Writes one setting into the configuration file; comments and order stay. The one home of tomlkit."""

import stat
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from axchat.config.load import parsed, text_of
from axchat.config.schema import convert
from axchat.config.sources import flat, line_of, setting_named
from axchat.errors import ConfigError, UsageError
from axchat.whole_file import OWNER_ONLY, replace_whole

_EXACT = 2**53
"""Whole numbers up to here are the same as int and as float."""


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the file now, and in which line."""

    value: object
    line: int


def write_setting(file: Path, key: str, raw: str) -> Written:
    """Set a key in the file, which is created when there is none.

    Nothing is written unless the schema takes the value and everything else in the file stays as it was. The
    file is replaced in one step and keeps its mode; a symbolic link stays one.

    Args:
        file: the configuration file.
        key: dotted, of the schema.
        raw: the value as typed.

    Raises:
        UsageError: no such setting, or not such a value.
        ConfigError: the file cannot be read or written, is not TOML, or has something else in that place.
    """
    value = checked(key, raw)
    text = text_of(file) or ""
    try:
        changed = with_setting(text, str(file), key, value)
        _replace(file.resolve(), changed.encode())
    except OSError as error:
        raise ConfigError(f"cannot write {file}: {error.strerror}") from error
    return Written(value, line_of(changed, key))


def checked(key: str, raw: str) -> object:
    """What is typed as the setting's type. Pure.

    Raises:
        UsageError: no such setting, or not such a value.
    """
    option = setting_named(key)
    try:
        raw.encode()
        return convert(option, raw)
    except UnicodeEncodeError:
        raise UsageError(f"{key} must be text in UTF-8, not {raw!r}") from None
    except ValueError as error:
        raise UsageError(str(error), hint=f"{key}: {option.doc}") from None


def with_setting(text: str, file: str, key: str, value: object) -> str:
    """The file's text with the setting changed or added. Pure; ``file`` is its name, for errors.

    Raises:
        ConfigError: the text is not TOML, or has something else in that place.
    """
    import tomlkit  # only whoever changes the file pays for it
    from tomlkit.exceptions import TOMLKitError

    before = dict(flat(parsed(text, file)))
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        value = int(value)  # 300 is read as seconds too, and is what was typed
    *parents, last = key.split(".")
    refused = ConfigError(f"{file}: something else stands where {key} belongs", hint="edit the file there")
    try:
        document = tomlkit.parse(text)
        if tomlkit.dumps(document) != text:  # [[a]] in two places: it would put them together
            raise ConfigError(f"{file}: cannot be changed with its order kept", hint="edit the file")
        table: MutableMapping[str, object] = document
        for name in parents:
            if name not in table:
                table[name] = tomlkit.table()
            below = table[name]
            if not isinstance(below, MutableMapping):
                raise refused
            table = below
        _put(table, last, value)
        changed = tomlkit.dumps(document)
    except TOMLKitError as error:
        raise ConfigError(f"{file}: {error}", hint="edit the file there") from error
    if dict(flat(parsed(changed, file))) != before | {key: value}:
        raise refused
    return changed


def _put(table: MutableMapping[str, object], name: str, value: object) -> None:
    """Set it; a new one comes behind the table's last, before the comments that lead to the next table."""
    from tomlkit import TOMLDocument
    from tomlkit.items import Table

    if name in table or not isinstance(table, Table):
        if isinstance(table, TOMLDocument):
            _tie_comments(table.body)
        table[name] = value
        return
    body = table.value.body
    count = next((n for n, (key, _) in enumerate(reversed(body)) if key is not None), len(body))
    behind = body[len(body) - count :]
    del body[len(body) - count :]
    table.append(name, value)
    body.extend(behind)


def _tie_comments(body: list[Any]) -> None:
    """Make the comments that lead to the first table its own, so that nothing is put between them.

    Those at the top of the file are the file's.
    """
    from tomlkit.items import Comment, Null, Table

    first = next((n for n, (key, it) in enumerate(body) if isinstance(it, Table) and not key.is_dotted()), 0)
    if first and body[first][1].is_super_table():  # [a.b] alone: a has no line of its own to tie them to
        return
    begin = first
    while begin and isinstance(body[begin - 1][1], Comment):
        begin -= 1
    if begin:
        trivia = body[first][1].trivia
        trivia.indent = "".join(it.as_string() for _, it in body[begin:first]) + trivia.indent
        body[begin:first] = [(None, Null())] * (first - begin)


def _replace(file: Path, content: bytes) -> None:
    """Write beside the file, then take its place; a new file is its owner's alone."""
    mode = OWNER_ONLY
    if file.exists():
        if not file.is_file():
            raise ConfigError(f"cannot write {file}: it is no regular file")
        mode = stat.S_IMODE(file.stat().st_mode)
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_whole(file, content, mode=mode)
