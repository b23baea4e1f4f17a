"""Finds words in what was said."""

import re
import sqlite3

from axchat.store.records import Found

SHORTEST_INDEXED = 3
"""The index holds runs of three; a shorter word (two Chinese characters) is looked for without it."""

AROUND = 40
"""Characters of a snippet on either side."""


_UNSEARCHABLE = re.compile("[\0\ud800-\udfff]")

_QUERY = """
    SELECT c.id, c.title, t.at, x.asked, x.answer
    FROM turn_text x JOIN turn t ON t.id = x.rowid JOIN conversation c ON c.id = t.conversation
    WHERE {} ORDER BY t.id DESC LIMIT ?
"""


def searchable(text: str) -> str:
    """The text as it is indexed: bytes that were not UTF-8, and NUL, which ends SQLite's text, are U+FFFD."""
    return _UNSEARCHABLE.sub("\ufffd", text)


def found_in(connection: sqlite3.Connection, text: str, limit: int) -> list[Found]:
    """Turns that hold all words of the text.

    Raises:
        sqlite3.Error: as it comes.
    """
    words = searchable(text).split()
    if not words:
        return []
    indexed = [word for word in words if len(word) >= SHORTEST_INDEXED]
    conditions, values = ["t.state = 'kept'"], []
    if indexed:
        conditions.append("x.turn_text MATCH ?")
        values.append(" ".join('"' + word.replace('"', '""') + '"' for word in indexed))
    for word in words:
        if len(word) < SHORTEST_INDEXED:
            conditions.append("(x.asked LIKE ? ESCAPE '\\' OR x.answer LIKE ? ESCAPE '\\')")
            values += [_like(word)] * 2
    query = _QUERY.format(" AND ".join(conditions))  # every value is bound
    rows = connection.execute(query, (*values, limit)).fetchall()
    return [
        Found(number, title, at, _snippet(asked, answer, words)) for number, title, at, asked, answer in rows
    ]


def _like(word: str) -> str:
    return "%" + re.sub(r"([\\%_])", r"\\\1", word) + "%"


def _snippet(asked: str, answer: str, words: list[str]) -> str:
    for text in (asked, answer):
        for word in words:
            found = re.search(re.escape(word), text, re.IGNORECASE)
            if found is not None:
                begin, end = max(found.start() - AROUND, 0), found.end() + AROUND
                cut = ("…" if begin else "") + text[begin:end] + ("…" if end < len(text) else "")
                return " ".join(cut.split())
    return " ".join(asked[: 2 * AROUND].split())
