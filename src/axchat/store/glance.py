"""The titles alone, as fast as they can be had, for Tab; imports no other module of ours."""

import contextlib
import sqlite3

PATIENCE_S = 0.2
"""For a program that changes the file: a key is waited for."""

LAST_USED = "(SELECT max(id) FROM turn WHERE turn.conversation = c.id)"
"""Of conversation ``c``, the greater the later: its newest turn; the clock of a board may go back."""

_TITLES = f"SELECT id, title FROM conversation c ORDER BY {LAST_USED} DESC LIMIT ?"  # noqa: S608


def titles(path: str, limit: int) -> list[tuple[int, str]]:
    """Number and title of the conversations, those last used first; none where they cannot be read now."""
    for special in "%?#":  # in an address
        path = path.replace(special, f"%{ord(special):02x}")
    try:
        store = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=PATIENCE_S)
        with contextlib.closing(store):
            return store.execute(_TITLES, (limit,)).fetchall()
    except sqlite3.Error:  # there is nowhere to tell it; the command that is typed will
        return []
