"""Lines of code, coloured one after the other while the rest is still to come."""

from functools import cache
from typing import TYPE_CHECKING

from rich.syntax import Syntax, SyntaxTheme
from rich.text import Text

if TYPE_CHECKING:
    from pygments.lexer import Lexer

CONTEXT_LINES = 60
"""Read again for each line, so that a string or comment of several lines keeps its colour."""

LONGEST_COLOURED = 2000
"""Characters of a line; longer ones are data, and are shown as they are."""


class CodeLines:
    """Colours line after line; work per line does not grow with their number.

    Args:
        language: the fence's, as the model named it.
    """

    def __init__(self, language: str) -> None:
        self._lexer = _lexer(language)
        self._before: list[str] = []

    def line(self, text: str) -> Text:
        """The next line, without its newline."""
        if self._lexer is None or len(text) > LONGEST_COLOURED:
            return Text(text, end="")
        source = "\n".join([*self._before, text])
        shown = Text(end="")
        for kind, value in self._lexer.get_tokens(source):
            *before, last = value.split("\n")
            if before:
                shown = Text(end="")
            shown.append(last, _theme().get_style_for_token(kind))
        return shown if shown.plain == text else Text(text, end="")

    def done(self, text: str) -> None:
        """The line is finished; the next follows it."""
        self._before = [*self._before[-CONTEXT_LINES + 1 :], text]


def coloured(language: str, code: str) -> list[Text]:
    """The lines of a whole block, read once."""
    lexer = _lexer(language)
    plain = code.split("\n")
    if lexer is None or max(map(len, plain)) > LONGEST_COLOURED:
        return [Text(line, end="") for line in plain]
    lines = [Text(end="")]
    for kind, value in lexer.get_tokens(code):
        first, *others = value.split("\n")
        style = _theme().get_style_for_token(kind)
        lines[-1].append(first, style)
        lines += [Text(end="").append(line, style) for line in others]
    shown = [line.plain for line in lines]
    return lines if shown == plain else [Text(line, end="") for line in plain]


@cache
def _theme() -> SyntaxTheme:
    return Syntax.get_theme("ansi_dark")


def _lexer(language: str) -> "Lexer | None":
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False) if language else None
    except ClassNotFound:
        return None
