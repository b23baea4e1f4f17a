"""Blocks as rows."""

from collections.abc import Sequence

from markdown_it.token import Token
from rich.style import Style
from rich.text import Text

from axchat.ui.markdown.code import coloured
from axchat.ui.markdown.inline import styled
from axchat.ui.markdown.parse import Block, split
from axchat.ui.markdown.table import table_rows
from axchat.ui.markdown.wrapping import wrap

MARK = Style(dim=True)
HEADINGS = {"h1": Style(bold=True, underline=True), "h2": Style(bold=True, underline=True)}
_HEADING = Style(bold=True)
_DEEPEST = 12
"""Levels of nesting that are still indented: at 40 columns there is no room for more."""


def rows_of(block: Block, columns: int) -> list[Text]:
    """The rows of one block; code keeps its lines, everything else is at most ``columns`` wide."""
    opening = block.tokens[0]
    match opening.type:
        case "heading_open":
            return wrap(styled(block.tokens[1], HEADINGS.get(opening.tag, _HEADING)), columns)
        case "bullet_list_open" | "ordered_list_open":
            return _list(block, columns)
        case "blockquote_open":
            return _prefixed(_inside(block, columns - 2), marked("│ "), marked("│ "))
        case "fence" | "code_block":
            return code_rows(opening)
        case "hr":
            return [marked("─" * columns)]
        case "table_open":
            return table_rows(_cells(block.tokens), _sides(block.tokens), columns)
        case _:
            texts = [styled(token) for token in block.tokens if token.type == "inline"]
            return [row for text in texts for row in wrap(text, columns)]


def between(before: Sequence[Text], after: Sequence[Text]) -> list[Text]:
    """Two blocks with an empty row between them."""
    return [*before, Text(end=""), *after] if before else list(after)


def marked(text: str) -> Text:
    """A mark of the layout: the line that begins or ends code, a list's bullet, a quote's bar."""
    return Text(end="").append(text, MARK)


def code_rows(token: Token) -> list[Text]:
    """A whole block of code, with its fence."""
    mark = token.markup or "```"
    lines = coloured(language_of(token.info), token.content.removesuffix("\n"))
    return [marked(mark + token.info.strip()), *lines, marked(mark)]


def language_of(info: str) -> str:
    """The language that a fence names, empty if none."""
    return next(iter(info.split()), "")


def _inside(block: Block, columns: int, *, is_tight: bool = False) -> list[Text]:
    level = block.tokens[0].level + 1
    rows: list[Text] = []
    for inner in split(block.tokens[1:-1], level):
        drawn = rows_of(inner, max(columns, 1))
        rows = [*rows, *drawn] if is_tight else between(rows, drawn)
    return rows


def _list(block: Block, columns: int) -> list[Text]:
    opening = block.tokens[0]
    items = split(block.tokens[1:-1], opening.level + 1)
    is_tight = all(
        token.hidden
        for token in block.tokens
        if token.type == "paragraph_open" and token.level == opening.level + 2
    )
    number = int(opening.attrs.get("start", 1))
    is_ordered = opening.type == "ordered_list_open"
    marks = [f"{number + n}{opening.markup} " if is_ordered else "• " for n in range(len(items))]
    width = max((len(mark) for mark in marks), default=2)
    indent = width if opening.level < 2 * _DEEPEST else 0
    rows: list[Text] = []
    for mark, item in zip(marks, items, strict=True):
        inner = _inside(item, columns - indent, is_tight=is_tight) or [Text(end="")]
        shown = _prefixed(inner, marked(mark.rjust(indent) if indent else ""), Text(" " * indent, end=""))
        rows = [*rows, *shown] if is_tight else between(rows, shown)
    return rows


def _prefixed(rows: Sequence[Text], first: Text, others: Text) -> list[Text]:
    shown = []
    for number, row in enumerate(rows):
        line = (first if number == 0 else others).copy()
        line.append_text(row)
        line.rstrip()
        shown.append(line)
    return shown


def _sides(tokens: Sequence[Token]) -> list[str]:
    """Where the text of each column stands: ``left``, ``right``, ``center``."""
    heads = [token for token in tokens if token.type == "th_open"]
    return [str(head.attrs.get("style", "left")).removeprefix("text-align:") for head in heads]


def _cells(tokens: Sequence[Token]) -> list[list[Text]]:
    rows: list[list[Text]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(styled(token))
    length = len(rows[0])
    return [[*row, *[Text(end="")] * (length - len(row))][:length] for row in rows]
