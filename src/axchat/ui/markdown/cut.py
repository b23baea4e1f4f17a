"""Where a block that has grown too tall can be cut in two, so that its beginning is finished."""

from collections.abc import Sequence

from rich.text import Text

from axchat.ui.markdown.draw import rows_of
from axchat.ui.markdown.parse import CONTINUED, Block, blocks, split


def cut_list(block: Block) -> int | None:
    """The line at which the last item of a list begins, None while there is one item only."""
    items = split(block.tokens[1:-1], block.tokens[0].level + 1)
    return items[-1].first if len(items) > 1 else None


def cut_paragraph(source: str, rows: Sequence[Text], columns: int, most: int) -> int | None:
    """The offset in a paragraph's source behind its first rows, so that at most ``most`` rows are left.

    Only where the two parts, each for itself, show the same as the whole: not within emphasis or a link.
    None if there is no such place.
    """
    for count in range(len(rows) - most, 0, -1):
        end = _offset(source, [row.plain for row in rows[:count]])
        if end is None:
            continue
        parts = _shown(source[:end], columns), _shown(CONTINUED + rest_of(source, end), columns)
        if parts[0] == _visible(rows[:count]) and parts[1] == _visible(rows[count:]):
            return end
    return None


def rest_of(source: str, end: int) -> str:
    """What stands behind a cut, without the blanks or the line break that the cut is."""
    return source[end:].lstrip(" ").removeprefix("\n").lstrip(" ")


def _offset(source: str, shown: Sequence[str]) -> int | None:
    """Behind the last character of the rows; markup between the characters is passed over."""
    at = 0
    for character in "".join(shown):
        if character.isspace():
            continue
        at = source.find(character, at) + 1
        if at == 0:
            return None
    return at


def _visible(rows: Sequence[Text]) -> str:
    return "".join("".join(row.plain.split()) for row in rows)


def _shown(source: str, columns: int) -> str:
    return "".join(_visible(rows_of(block, columns)) for block in blocks(source))
