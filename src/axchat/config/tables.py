"""Where tomlkit puts a new key, and with which comments around it."""

from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

from axchat.config.models import MODELS
from axchat.config.positions import Path

if TYPE_CHECKING:
    from tomlkit import TOMLDocument


def table_at(document: "TOMLDocument", path: Path) -> MutableMapping[str, Any]:
    """The table with a name, which is there.

    Raises:
        TypeError: it is no table.
    """
    table: MutableMapping[str, Any] = document
    for name in path:
        table = table[name]
        if not isinstance(table, MutableMapping):
            raise TypeError(f"{name} is no table")
    return table


def put_at(document: "TOMLDocument", path: Path, value: object) -> None:
    """Set the key, in a new table where there is none yet."""
    import tomlkit
    from tomlkit.items import InlineTable, Table

    *parents, last = path
    depth = 0
    table: MutableMapping[str, Any] = document
    while depth < len(parents) and parents[depth] in table:
        depth += 1
        table = table_at(document, path[:depth])
    rest = path[depth:]
    if len(rest) == 1:
        _put(table, last, value)
    elif isinstance(table, InlineTable):
        for name in reversed(rest[1:]):
            inline = tomlkit.inline_table()
            inline[name] = value
            value = inline
        table[rest[0]] = value
    elif path[0] == MODELS and depth >= 2:
        _put(table, tomlkit.key(list(rest)), value)
    elif path[0] == MODELS:
        own = tomlkit.table()
        own.append(tomlkit.key(list(path[2:])) if len(path) > 3 else last, value)
        if isinstance(table, Table) and not table.is_super_table():  # [models] has a line of its own
            table.append(path[1], own)
        else:
            models = tomlkit.table(is_super_table=True)
            models.append(path[1], own)
            document.append(MODELS, models)
    else:
        own = tomlkit.table()
        own.append(last, value)
        document.append(rest[0], own)


def _put(table: MutableMapping[Any, Any], name: Any, value: object) -> None:
    """Set it; a new one comes behind the table's last, before the comments that lead to the next table."""
    from tomlkit import TOMLDocument
    from tomlkit.items import Table

    if not isinstance(table, Table) or (isinstance(name, str) and name in table):
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
    begin = first
    while begin and isinstance(body[begin - 1][1], Comment):
        begin -= 1
    if begin:
        table = body[first][1]
        while table.is_super_table():  # [a.b] alone: a has no line of its own to tie them to
            table = next(it for _, it in table.value.body if isinstance(it, Table))
        trivia = table.trivia
        trivia.indent = "".join(it.as_string() for _, it in body[begin:first]) + trivia.indent
        body[begin:first] = [(None, Null())] * (first - begin)
