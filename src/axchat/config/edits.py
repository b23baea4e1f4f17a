"""Changes one key in the text of a configuration file; every other byte stays. Pure.

Done on the text, by the places of its keys: a TOML library that keeps comments puts new tables between a
comment and what it is about, and cannot take a key out of an inline table with the rest as it was.
"""

import contextlib
from collections.abc import Mapping, Sequence

from axchat.config.keys import MODELS
from axchat.config.parsing import parsed
from axchat.config.positions import Entry, Path, entries
from axchat.config.values import dotted, toml
from axchat.errors import ConfigError


def with_setting(text: str, file: str, path: Path, value: object) -> str:
    """The file's text with the setting changed or added; ``file`` is its name, for errors.

    A new one stands behind the last of its table, with no comment between them.

    Raises:
        ConfigError: the text is not TOML, or has something else in that place.
    """
    before = parsed(text, file)
    changed = with_written(text, path, toml(value))
    with contextlib.suppress(ConfigError):  # a key twice, or a table where a value is
        if same(parsed(changed, file), before | {path: value}):
            return changed
    raise ConfigError(
        f"{file}: something else stands where {dotted(path)} belongs", hint="axchat config edit mends it"
    )


def with_written(text: str, path: Path, written: str) -> str:
    """The text with a key's value as TOML writes it; no TOML where something else stands there."""
    return _set(text, entries(text), path, written)


def without_setting(text: str, file: str, path: Path) -> str:
    """The file's text without a setting that it has; ``file`` is its name, for errors.

    A comment behind it on its line goes with it; those above stay. The header of its table goes when nothing
    is left under it, and an inline table when nothing is left in it.

    Raises:
        ConfigError: the text is not TOML, or what is left would mean something else.
    """
    before = parsed(text, file)
    every = entries(text)
    entry = next((e for e in every if e.path == path and not e.is_header and not e.is_hidden), None)
    changed = text if entry is None else _cut(text, every, entry)
    before.pop(path)
    if not same(parsed(changed, file), before):  # [[tables]]
        raise ConfigError(f"{file}: {dotted(path)} cannot be taken out alone", hint="use axchat config edit")
    return changed


def same(values: Mapping[Path, object], others: Mapping[Path, object]) -> bool:
    """Whether two files set the same; a number that is none (nan) is the same as another such."""
    return values.keys() == others.keys() and all(
        value == others[path] or repr(value) == repr(others[path]) for path, value in values.items()
    )


def newline_of(text: str) -> str:
    """How the text ends its lines."""
    at = text.find("\n")
    return "\r\n" if at > 0 and text[at - 1] == "\r" else "\n"


def line_end(text: str, at: int) -> int:
    """The offset behind the line that an offset is in."""
    return text.find("\n", at) + 1 or len(text)


def _set(text: str, every: Sequence[Entry], path: Path, value: str) -> str:
    plain = [each for each in every if not each.is_hidden]
    for entry in plain:
        if entry.path == path and not entry.is_header:
            return text[: entry.value] + value + text[entry.end :]
    around = [e for e in plain if not e.is_header and text[e.value] == "{" and path[: len(e.path)] == e.path]
    if around:
        return _into_inline(text, plain, around[-1], path, value)
    for depth in range(len(path) - 1, 0, -1):  # tables that dotted keys have made take no header
        beside = [e for e in plain if not e.is_header and not e.above and e.path[:depth] == path[:depth]]
        dotted_ones = [e for e in beside if len(e.home) < depth]
        if dotted_ones:
            last = dotted_ones[-1]
            return _behind(text, last.end, _line(path[len(last.home) :], value))
    for depth in (len(path) - 1, 2 if path[0] == MODELS else 0):
        header = next((e for e in plain if e.is_header and depth and e.path == path[:depth]), None)
        if header is not None:
            own = [e.end for e in plain if not e.is_header and not e.above and e.home == header.path]
            return _behind(text, own[-1] if own else header.end, _line(path[depth:], value))
    if len(path) == 1:
        return _at_top(text, plain, _line(path, value), has_tables=any(e.is_header for e in every))
    depth = 2 if path[0] == MODELS else len(path) - 1
    new = newline_of(text)
    gap = "" if not text.strip("\ufeff") else new if text.endswith("\n") else new * 2
    return f"{text}{gap}[{dotted(path[:depth])}]{new}{_line(path[depth:], value)}{new}"


def _line(path: Path, value: str) -> str:
    return f"{dotted(path)} = {value}"


def _behind(text: str, at: int, line: str) -> str:
    """The line behind the line that an offset is in."""
    end = line_end(text, at)
    new = newline_of(text)
    before = text[:end] if text[:end].endswith("\n") else text[:end] + new
    return f"{before}{line}{new}{text[end:]}"


def _at_top(text: str, plain: Sequence[Entry], line: str, *, has_tables: bool) -> str:
    """The line before every table: behind the last such line, else behind the file's own comments."""
    own = [entry.end for entry in plain if not entry.is_header and not entry.home and not entry.above]
    if own:
        return _behind(text, own[-1], line)
    new = newline_of(text)
    if not has_tables:
        gap = new if text.strip("\ufeff") and not text.endswith("\n") else ""
        return f"{text}{gap}{line}{new}"
    at = 1 if text.startswith("\ufeff") else 0
    while text[at] == "#":
        at = line_end(text, at)
    gap = "" if text[at] in "\r\n" else new
    return f"{text[:at]}{line}{new}{gap}{text[at:]}"


def _into_inline(text: str, plain: Sequence[Entry], table: Entry, path: Path, value: str) -> str:
    line = _line(path[len(table.path) :], value)
    members = [entry.end for entry in plain if entry.above == table]
    if members:
        return f"{text[: members[-1]]}, {line}{text[members[-1] :]}"
    return f"{text[: table.value]}{{{line}}}{text[table.end :]}"


def _cut(text: str, every: Sequence[Entry], entry: Entry) -> str:
    if entry.above is not None:
        members = [each for each in every if each.above == entry.above]
        if len(members) == 1:
            return _cut(text, every, entry.above)
        n = members.index(entry)
        if n + 1 < len(members):
            return text[: entry.start] + text[members[n + 1].start :]
        return text[: members[n - 1].end] + text[entry.end :]
    start = text.rfind("\n", 0, entry.start) + 1
    end = line_end(text, entry.end)
    header = next((e for e in every if e.is_header and e.path == entry.home and not e.is_hidden), None)
    if header is None:
        return text[:start] + text[end:]
    begin = line_end(text, header.end)
    after = next((e.start for e in every if e.is_header and e.start > entry.start), len(text))
    following = _comments_begin(text, after, end)
    has_more = text[header.end : begin] + text[begin:start] + text[end:following]
    if has_more.strip():
        return text[:start] + text[end:]
    above = text[: text.rfind("\n", 0, header.start) + 1]
    rest = text[following:]
    if not rest:  # no blank lines at the end for the sake of what is gone
        above = above.rstrip("\r\n") + (newline_of(text) if above.strip() else "")
    return above + rest


def _comments_begin(text: str, header: int, least: int) -> int:
    """Where the comments begin that stand right above a header: they are about it."""
    at = text.rfind("\n", 0, header) + 1 if header < len(text) else len(text)
    while at > least and header < len(text):
        line = text.rfind("\n", 0, at - 1) + 1
        if not text[line:at].lstrip().startswith("#"):
            break
        at = line
    return max(at, least)
