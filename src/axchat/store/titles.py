"""What a conversation is called before its user names it; pure."""

import re
import unicodedata

LONGEST_TITLE = 50
"""Columns: a list shows number, date and title on one row of 80."""

_NOISE = re.compile(r"[#>*`_~\s]+")
UNTITLED = "untitled"


def title_of(message: str) -> str:
    """The first words of a message, without markdown's marks, at most ``LONGEST_TITLE`` columns wide."""
    first = next((line for line in message.splitlines() if _NOISE.sub("", line)), "")
    words = " ".join(_NOISE.sub(" ", _printable(first)).split())
    if _columns(words) <= LONGEST_TITLE:
        return words or UNTITLED
    shown = ""
    for character in words:
        if _columns(shown + character) > LONGEST_TITLE - 1:
            break
        shown += character
    whole, _, _rest = shown.rpartition(" ")
    return (whole if len(whole) > LONGEST_TITLE // 2 else shown).rstrip() + "…"


def _printable(text: str) -> str:
    return "".join(" " if unicodedata.category(c)[0] == "C" else c for c in text)


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
