"""Parts of what was said, for people: first words, counts, quotes; pure."""

from axchat.chat.compacting import said
from axchat.chat.conversation import Exchange

_FIRST_CHARACTERS = 60


def first_words(text: str, limit: int = _FIRST_CHARACTERS) -> str:
    """The beginning of a text in one line."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def is_count(text: str) -> bool:
    """Whether it is a number from 1."""
    return text.isascii() and text.isdecimal() and len(text) < 10 and int(text) > 0


def counted(number: int, one: str) -> str:
    """``3 messages``, ``1 message``."""
    return f"{number:,} {one}{'' if number == 1 else 's'}"


def quoted(text: str, max_lines: int) -> str:
    """A text as a markdown quote, cut behind ``max_lines`` lines with a word on the rest."""
    lines = text.splitlines() or [""]
    shown = [f"> {line}".rstrip() for line in lines[:max_lines]]
    if len(lines) > max_lines:
        shown += [">", f"> … {counted(len(lines) - max_lines, 'more line')}"]
    return "\n".join(shown)


def shown(exchange: Exchange, number: int, *, max_lines: int = 20) -> str:
    """One exchange for reading: what was asked as a quote, and what was answered."""
    cut = "\n\n*(cut)*" if exchange.reason == "cancelled" else ""
    answer = said(exchange.answer) or "*(nothing but thoughts)*"
    return f"**{number}.**\n\n{quoted(exchange.user.text, max_lines)}\n\n{answer}{cut}"
