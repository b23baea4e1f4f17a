"""Paths as people type, complete and drop them behind a command; pure."""

import re

_ESCAPE = re.compile(r"\\(.)")
QUOTES = "\"'"


def readings(text: str) -> tuple[str, ...]:
    r"""What a typed path may mean, likeliest first: without quotes, as it is, without backslashes.

    The path is the whole rest of the line, so blanks need no quotes; a terminal that a file is dropped on
    types ``'a b'`` or ``a\ b`` all the same.
    """
    text = text.strip()
    meant = [text]
    if len(text) > 1 and text[0] in QUOTES and text[-1] == text[0]:
        meant.insert(0, text[1:-1])
    if "\\" in text:
        meant.append(_ESCAPE.sub(r"\1", text))
    return tuple(dict.fromkeys(path for path in meant if path))
