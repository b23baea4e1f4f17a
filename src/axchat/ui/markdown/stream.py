"""Markdown that is still being said, as rows: every block is drawn when it has ended, and then never again.

Only the last block of a text can still change (Will McGugan, "Efficient streaming of Markdown in the
terminal"). What has ended is decided on whole lines: a lone ``2`` below a list may become its next item.
"""

import re

from rich.text import Text

from axchat.ui.escapes import TerminalFilter
from axchat.ui.markdown.code import CodeLines
from axchat.ui.markdown.cut import cut_list, cut_paragraph, rest_of
from axchat.ui.markdown.draw import language_of, marked, rows_of
from axchat.ui.markdown.parse import CONTINUED, Block, blocks
from axchat.ui.markdown.wrapping import as_ansi, wrap
from axchat.ui.rows import Frame

# The beginning of a last line that may become a rule, a list, a quote, a fence, or underline a heading.
_AMBIGUOUS = re.compile(r"\s*([-*+=#>|`~_]+|\d{1,9}[.)]?)\s*")
_FENCE = re.compile(r" {0,3}(?P<mark>`{3,}|~{3,})(?P<info>[^\n]*)")
_LISTS = frozenset({"bullet_list_open", "ordered_list_open"})


LONGEST_OPEN = 4000
"""Characters of a block that could not be cut; what comes then is shown as it is until the block ends."""

MOST_RAW_ROWS = 8


class MarkdownRows:
    """See ``AnswerRows``."""

    def __init__(self) -> None:
        self._filter = TerminalFilter()
        self._text = ""  # all that is not finished
        self._fence: _Fence | None = None
        self._is_continued = False
        self._has_rows = False
        self._is_joined = False
        self._looked_at = 0
        self._finished: list[str] = []

    def feed(self, text: str) -> None:
        """Take the next piece."""
        self._text += self._filter.feed(text).replace(CONTINUED, "\ufffd")

    def frame(self, columns: int, rows: int) -> Frame:
        """Draw what is new."""
        self._finish_blocks(columns)
        shown = self._open_rows(columns)
        if (
            len(shown) > rows
            and len(self._text) <= LONGEST_OPEN
            and self._fence is None
            and self._cut(columns, rows)
        ):
            shown = self._open_rows(columns)
        if self._needs_gap and shown:
            shown = [Text(end=""), *shown]
        for row in shown:
            row.truncate(columns)
        return Frame(self._taken(), tuple(as_ansi(row) for row in shown[-rows:]))

    def finish(self, columns: int) -> Frame:
        """Draw the rest."""
        self._text += self._filter.flush()
        if self._text and not self._text.endswith("\n"):
            self._text += "\n"
        self._finish_blocks(columns)
        if self._fence is None:
            for block in self._blocks(self._text):
                self._draw(block, columns)
        self._text = ""
        return Frame(self._taken(), ())

    @property
    def _needs_gap(self) -> bool:
        return self._has_rows and not self._is_joined and self._fence is None

    def _taken(self) -> tuple[str, ...]:
        taken = tuple(self._finished)
        self._finished.clear()
        return taken

    def _finish_blocks(self, columns: int) -> None:
        """Draw every block that has ended; decided on whole lines."""
        while True:
            if self._fence is not None:
                if not self._finish_code():
                    return
            elif not self._finish_ended(columns):
                return

    def _finish_ended(self, columns: int) -> bool:
        """Draw the blocks before the last, and begin a fence; False if nothing more can be done."""
        end = self._text.rfind("\n") + 1
        if end == self._looked_at:
            return False  # no line has ended since
        whole = self._text[:end]
        self._looked_at = end
        found = self._blocks(whole)
        if not found:
            return False
        lines = _lines(whole)
        *ended, last = found
        start = last.first
        if last.kind != "fence" and _has_ended(last, lines):
            ended, start = found, last.end
        for block in ended:
            self._draw(block, columns)
        if ended or last.kind == "fence":  # before which blank lines may stand
            self._drop(sum(len(line) for line in lines[:start]))
        if last.kind == "fence":
            opening = _FENCE.match(lines[last.first])
            if opening is not None:
                self._begin_code(opening, len(lines[last.first]))
                return True
        return False

    def _begin_code(self, opening: re.Match[str], length: int) -> None:
        self._put_gap()
        self._fence = _Fence(opening)
        self._drop(length)
        self._put(marked(opening["mark"] + opening["info"].strip()))

    def _finish_code(self) -> bool:
        """Draw the finished lines of an open fence; whether it was closed."""
        fence = self._fence
        assert fence is not None
        while True:
            line, newline, rest = self._text.partition("\n")
            if not newline:
                return False
            self._text = rest
            if fence.is_closed_by(line):
                self._put(marked(line.strip()))
                self._fence = None
                return True
            code = fence.inner(line)
            self._put(fence.lines.line(code))
            fence.lines.done(code)

    def _open_rows(self, columns: int) -> list[Text]:
        """The block that is not finished, with as much of its last line as cannot mislead."""
        if self._fence is not None:
            line = self._fence.inner(self._text)
            return wrap(Text(line[-columns * MOST_RAW_ROWS :], end=""), columns) if line else []
        if len(self._text) > LONGEST_OPEN:
            # a row of it a frame would cost as much as all of it; it is drawn when it ends
            return wrap(Text(self._text[-columns * MOST_RAW_ROWS :], end=""), columns)
        whole, newline, last = self._text.rpartition("\n")
        text = whole + newline if _AMBIGUOUS.fullmatch(last) else self._text
        shown: list[Text] = []
        for block in self._blocks(text):
            drawn = rows_of(block, columns)
            shown = [*shown, Text(end=""), *drawn] if shown else drawn
        return shown

    def _cut(self, columns: int, most: int) -> bool:
        """Finish the beginning of a block that is too tall, if it can be cut; whether it was."""
        found = self._blocks(self._text)
        if len(found) != 1:
            return False
        block = found[0]
        if block.kind in _LISTS:
            whole = self._text[: self._text.rfind("\n") + 1]
            known = self._blocks(whole)
            line = cut_list(known[0]) if len(known) == 1 and known[0].kind in _LISTS else None
            if line is None:
                return False
            end = sum(len(text) for text in _lines(whole)[:line])
        elif block.kind == "paragraph_open":
            rows = rows_of(block, columns)
            offset = cut_paragraph(self._text, rows, columns, most)
            if offset is None:
                return False
            end = offset
        else:
            return False
        for part in self._blocks(self._text[:end]):
            self._draw(part, columns)
        if block.kind == "paragraph_open":
            self._text = rest_of(self._text, end)
            self._looked_at = 0
            self._is_continued = True
        else:
            self._drop(end)
        self._is_joined = True
        return True

    def _blocks(self, text: str) -> list[Block]:
        return blocks(CONTINUED + text if self._is_continued else text)

    def _draw(self, block: Block, columns: int) -> None:
        self._put_gap()
        for row in rows_of(block, columns):
            self._put(row)
        self._is_continued = False

    def _put_gap(self) -> None:
        if self._needs_gap:
            self._finished.append("")
        self._is_joined = False

    def _put(self, row: Text) -> None:
        self._finished.append(as_ansi(row))
        self._has_rows = True

    def _drop(self, length: int) -> None:
        self._text = self._text[length:]
        self._looked_at = 0


class _Fence:
    """A block of code that is open: how it began, and how its lines are coloured."""

    def __init__(self, opening: re.Match[str]) -> None:
        self._mark = opening["mark"]
        self._indent = opening.start("mark")
        self.lines = CodeLines(language_of(opening["info"]))

    def is_closed_by(self, line: str) -> bool:
        """Whether this line ends it."""
        mark = line.strip()
        indent = len(line) - len(line.lstrip(" "))
        return indent < 4 and len(mark) >= len(self._mark) and set(mark) == {self._mark[0]}

    def inner(self, line: str) -> str:
        """A line of the code, without the fence's own indent."""
        indent = min(len(line) - len(line.lstrip(" ")), self._indent)
        return line[indent:]


def _lines(text: str) -> list[str]:
    """Whole lines with their ends; only a newline ends one, as for the parser."""
    return [line + "\n" for line in text.split("\n")[:-1]]


def _has_ended(block: Block, lines: list[str]) -> bool:
    """Whether nothing that follows can change it."""
    if block.kind in {"heading_open", "hr"}:
        return True
    if block.kind in {"paragraph_open", "table_open"}:
        return any(not line.strip() for line in lines[block.end :])
    return False
