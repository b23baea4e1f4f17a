"""In which line each key of a TOML text stands. Pure.

A TOML library reads values and forgets where they stood. The text was read by one before it comes here, so
nothing is checked: strings, brackets and comments are stepped over.
"""

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass

Path = tuple[str, ...]
"""The parts of a dotted key, unquoted."""

_STRING = (
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*'{3,5}"
    r'|"(?:[^"\\]|\\.)*"'
    r"|'[^']*'"
)
_STRINGS = re.compile(_STRING, re.DOTALL)
_BLANKS = re.compile(r"[ \t]*")
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE = re.compile(r"[^\s.=\]\"']+")
_PLAIN = re.compile(r"[^,\]}#\r\n]+")
_IN_ARRAY = re.compile(rf"{_STRING}|#[^\n]*|[^\[\]\"'#]+|[\[\]]", re.DOTALL)
_PIECE = re.compile(rf"{_STRING}|#[^\n]*|[^\s.=,\[\]{{}}\"'#]+|[.\n=,\[\]{{}}\"']", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and its value as they stand in the text; or a table's header, which has no value.

    Attributes:
        path: the whole key, the table's name included.
        line: of its first character, from 1.
        end: offset behind the value, or behind the header's last bracket.
        is_header: whether it is one.
        is_hidden: whether it stands in an array of tables, where no key names it alone.
    """

    path: Path
    line: int
    end: int
    is_header: bool = False
    is_hidden: bool = False


def lines_of(text: str) -> dict[Path, int]:
    """The line of each key that has a value; of an array of tables, the first header's."""
    found: dict[Path, int] = {}
    for entry in entries(text):
        if not entry.is_hidden:
            found.setdefault(entry.path, entry.line)
    return found


def has_long_key(text: str, most: int) -> bool:
    """Whether a dotted key has more parts than that; of any text, also one that is not TOML.

    A reader of TOML takes minutes for a key of 100,000 parts.
    """
    count, is_joined = 0, False
    for found in _PIECE.finditer(text):
        piece = found[0]
        if piece in {'"', "'"}:
            return False  # a string without an end: the reader will say so
        if piece == ".":
            is_joined = True
            continue
        count = 0 if piece[0] in "#\n=,[]{}" else count + 1 if is_joined else 1
        if count > most:
            return True
        is_joined = False
    return False


def entries(text: str) -> list[Entry]:
    """Every header and key in the order of the text, inline tables before what is in them.

    Args:
        text: valid TOML.
    """
    return list(_Scanner(text).entries())


class _Scanner:
    """Steps through one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._breaks = [n for n, character in enumerate(text) if character == "\n"]
        self._arrays: set[Path] = set()

    def entries(self) -> Iterator[Entry]:
        """See the function."""
        text, is_hidden = self._text, False
        table: Path = ()
        at = self._skip(1 if text.startswith("\ufeff") else 0)
        while at < len(text):
            if text[at] == "[":
                header, is_array = self._header(at)
                is_hidden = header.is_hidden
                yield header
                if is_array:
                    self._arrays.add(header.path)
                    is_hidden = True
                table, at = header.path, header.end
            else:
                for entry in self._pair(at, table, is_hidden=is_hidden):
                    yield entry
                    at = max(at, entry.end)
            at = self._skip(at)

    def key(self, at: int) -> tuple[Path, int]:
        """The dotted key that begins there, and the offset behind it."""
        parts: list[str] = []
        while True:
            quoted = _STRINGS.match(self._text, at)
            found = quoted or _BARE.match(self._text, at)
            assert found is not None, "the text was read as TOML"
            parts.append(_unquoted(found[0]) if quoted else found[0])
            behind = found.end()
            at = self._blanks(behind)
            if self._text[at : at + 1] != ".":
                return tuple(parts), behind
            at = self._blanks(at + 1)

    def _header(self, at: int) -> tuple[Entry, bool]:
        is_array = self._text.startswith("[[", at)
        path, behind = self.key(self._blanks(at + 1 + is_array))
        end = self._blanks(behind) + 1 + is_array
        is_hidden = any(path[:n] in self._arrays for n in range(1, len(path) + 1))
        line = self._line(at)
        return Entry(path, line, end, is_header=True, is_hidden=is_hidden), is_array

    def _pair(self, at: int, table: Path, *, is_hidden: bool) -> Iterator[Entry]:
        """A key with its value; then what is in it, if that is an inline table."""
        key, behind = self.key(at)
        value = self._blanks(self._blanks(behind) + 1)
        end = self._end(value)
        entry = Entry(table + key, self._line(at), end, is_hidden=is_hidden)
        yield entry
        if self._text[value] == "{":
            yield from self._members(value, entry)

    def _members(self, at: int, above: Entry) -> Iterator[Entry]:
        at = self._skip(at + 1)
        while self._text[at] != "}":
            first = None
            for entry in self._pair(at, above.path, is_hidden=above.is_hidden):
                first = first or entry
                yield entry
            assert first is not None, "a pair has a key"
            at = self._skip(first.end)
            if self._text[at] == ",":
                at = self._skip(at + 1)

    def _end(self, at: int) -> int:
        """Behind the value that begins there."""
        text = self._text
        if text[at] == "{":
            return self._end_of_inline(at)
        if text[at] == "[":
            return self._end_of_array(at)
        if found := _STRINGS.match(text, at):
            return found.end()
        found = _PLAIN.match(text, at)
        assert found is not None, "the text was read as TOML"
        return at + len(found[0].rstrip())

    def _end_of_array(self, at: int) -> int:
        depth = 0
        while True:
            found = _IN_ARRAY.match(self._text, at)
            assert found is not None, "the text was read as TOML"
            at = found.end()
            depth += {"[": 1, "]": -1}.get(found[0], 0)
            if not depth:
                return at

    def _end_of_inline(self, at: int) -> int:
        at = self._skip(at + 1)
        while self._text[at] != "}":
            _, behind = self.key(at)
            at = self._skip(self._end(self._blanks(self._blanks(behind) + 1)))
            if self._text[at] == ",":
                at = self._skip(at + 1)
        return at + 1

    def _line(self, at: int) -> int:
        return bisect.bisect_left(self._breaks, at) + 1

    def _skip(self, at: int) -> int:
        found = _SPACE.match(self._text, at)
        return found.end() if found else at

    def _blanks(self, at: int) -> int:
        found = _BLANKS.match(self._text, at)
        return found.end() if found else at


def _unquoted(string: str) -> str:
    import tomllib

    value: str = tomllib.loads(f"k = {string}")["k"]
    return value
