"""A table as rows that fit the screen."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from axchat.ui.markdown.wrapping import wrap

_BAR = " │ "
_NARROWEST = 3
_HEAD = Style(bold=True)
_LINE = Style(dim=True)


def table_rows(cells: Sequence[Sequence[Text]], sides: Sequence[str], columns: int) -> list[Text]:
    """The rows of a table whose first row is its head; as a list of fields where it does not fit.

    Args:
        cells: rows of cells; all as long as the head.
        sides: ``left``, ``right`` or ``center`` for each column.
        columns: of the screen.
    """
    head, *body = cells
    room = columns - cell_len(_BAR) * (len(head) - 1)
    if room < _NARROWEST * len(head):
        return _fields(head, body, columns)
    widths = _widths([[_width(cell) for cell in row] for row in cells], room)
    rows: list[Text] = []
    for number, row in enumerate(cells):
        if number:
            rows += _row(row, sides, widths)
        else:
            rows += _row([_bold(cell) for cell in row], sides, widths)
            rows.append(Text(end="").append("─┼─".join("─" * width for width in widths), _LINE))
    return rows


def _width(cell: Text) -> int:
    return max((cell_len(line) for line in cell.plain.split("\n")), default=0)


def _bold(cell: Text) -> Text:
    bold = cell.copy()
    bold.stylize(_HEAD)
    return bold


def _widths(natural: Sequence[Sequence[int]], room: int) -> list[int]:
    """Each column as wide as its widest cell, or its share of what the narrower ones leave."""
    wanted = [max(column, default=0) for column in zip(*natural, strict=True)]
    widths = [0] * len(wanted)
    left, waiting = room, sorted(range(len(wanted)), key=lambda column: wanted[column])
    for place, column in enumerate(waiting):
        share = left // (len(waiting) - place)
        widths[column] = max(min(wanted[column], share), min(_NARROWEST, share), 1)
        left -= widths[column]
    return widths


def _row(cells: Sequence[Text], sides: Sequence[str], widths: Sequence[int]) -> list[Text]:
    wrapped = [wrap(cell, width) for cell, width in zip(cells, widths, strict=True)]
    rows = []
    for line in range(max(len(lines) for lines in wrapped)):
        row = Text(end="")
        for place, (lines, side, width) in enumerate(zip(wrapped, sides, widths, strict=True)):
            if place:
                row.append(_BAR, _LINE)
            cell = lines[line] if line < len(lines) else Text(end="")
            blank = width - cell.cell_len
            before = {"right": blank, "center": blank // 2}.get(side, 0)
            row.append(" " * before)
            row.append_text(cell)
            row.append(" " * (blank - before))
        row.rstrip()
        rows.append(row)
    return rows


def _fields(head: Sequence[Text], body: Sequence[Sequence[Text]], columns: int) -> list[Text]:
    """One line per cell, with its column's name; an empty line between the rows."""
    rows: list[Text] = []
    for number, row in enumerate(body):
        if number:
            rows.append(Text(end=""))
        for name, cell in zip(head, row, strict=True):
            field = _bold(name)
            field.append(": ")
            field.append_text(cell)
            rows += wrap(field, columns)
    return rows or wrap(Text(", ", end="").join(head), columns)
