"""Every key's line is told exactly, however the file is written."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axchat.config.parsing import parsed
from axchat.config.positions import entries, has_long_key, lines_of
from axchat.errors import ConfigError

_PIECES = [
    "# a = 1\n",
    "\n",
    "a = 1 # b = 2\n",
    'b = "a = 1 # \\" "\n',
    '"c d" = """\na = 1\n[t]\n\\""" ""\\"""""\n',
    "'e.f' = '''\nb = 1\n''''\n",
    "g = [ # [\n  1, \"]\", {a = ']', b = 2},\n]\n",
    "h = {a = 1, \"b\" = {c = '}', 'd' = []}, e.f = 1}\n",
    "a.b = 1979-05-27 07:32:00Z\n",
    "  i . 'j'  =  1_000  \r\n",
    "[t]\n",
    "[ t . 'u' ]  # [v]\n",
    '["c d"."\\u0061"]\n',
    "[[list]]\n",
    "[list.t]\n",
    "k = nan\n",
]


@given(st.lists(st.sampled_from(_PIECES), max_size=9))
def test_it_is_the_line_whose_change_renames_the_key(pieces: list[str]) -> None:
    """Compared with trying: wherever the name may stand, another is written there, and it is read again."""
    text = "".join(pieces)
    try:
        values = parsed(text, "f")
    except ConfigError:
        return

    lines = lines_of(text)

    for path in values:
        if text.count("[list") < 2 or path != ("list",):  # several headers have its name
            assert {lines[path]} == _lines_by_trying(text, path)


def _lines_by_trying(text: str, path: tuple[str, ...]) -> set[int]:
    wanted = _renamed(tomllib.loads(text), path)
    found = set()
    for name in (path[-1], f'"{path[-1]}"', f"'{path[-1]}'", '"\\u0061"'):
        at = text.find(name)
        while at >= 0:
            changed = text[:at] + "new" + text[at + len(name) :]
            try:
                if repr(tomllib.loads(changed)) == repr(wanted):
                    found.add(text.count("\n", 0, at) + 1)
            except tomllib.TOMLDecodeError:
                pass
            at = text.find(name, at + 1)
    return found


def _renamed(table: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    key, *rest = path
    if not rest:
        return {"new" if name == key else name: value for name, value in table.items()}
    return table | {key: _renamed(table[key], tuple(rest))}


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("cpu = {threads = 1,\n context = 2}", "cpu.context", 2),
        ("\ufeff\n\nengine = 'cpu'", "engine", 3),
        ("a = 1\r\n\r\n[cpu]\r\nthreads = 1\r\n", "cpu.threads", 4),
        ('system = """\nengine = 1\n"""\nengine = "cpu"', "engine", 4),
        ("[models.'a.b']\n\"cpu\" . threads = 1", "models.a/b.cpu.threads", 2),
        ("[[a]]\n[b]\n[[a]]\n", "a", 1),
    ],
)
def test_unusual_ways_to_write_it(text: str, key: str, line: int) -> None:
    """Inline tables, also over lines as TOML 1.1 has them, quotes, byte order mark, CR LF."""
    path = tuple(part.replace("/", ".") for part in key.split("."))

    assert lines_of(text)[path] == line


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 0),
        ("a = 1.5 # a.b.c.d", 2),
        ("a . 'b.c' . \"d.e\" = 'a.b.c.d.e'", 3),
        ("a = [1.5,2.5,3.5,{b.c=4.5,d.e=5.5}]", 2),
        ("a.b = 1\nc.d = 2\n[e.f.g.h]\n", 4),
        ('a = """\na.b.c.d.e""""\nf.g = 1', 2),
        ("a = ...\n...", 1),
    ],
)
def test_a_key_of_more_parts_is_found(text: str, parts: int) -> None:
    """Dots in strings and comments are none of a key's, and numbers in a row are no key."""
    assert not has_long_key(text, parts)
    assert parts == 0 or has_long_key(text, parts - 1)


def test_keys_within_an_array_of_tables_are_not_told_apart() -> None:
    """Each of its tables has them: no key of the whole file names one."""
    found = {entry.path: entry.is_hidden for entry in entries("[[a]]\nb = 1\n[a.c]\nd = 1\n[e]\nb = 1\n")}

    assert found == {
        ("a",): False,
        ("a", "b"): True,
        ("a", "c"): True,
        ("a", "c", "d"): True,
        ("e",): False,
        ("e", "b"): False,
    }
