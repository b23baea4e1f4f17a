"""An answer as it is, line by line."""

from rich.text import Text

from axchat.ui.escapes import TerminalFilter
from axchat.ui.markdown.wrapping import anchored, wrap
from axchat.ui.rows import Frame


class PlainRows:
    """See ``AnswerRows``. A finished line is one row, however long: the terminal wraps it."""

    def __init__(self) -> None:
        self._filter = TerminalFilter()
        self._text = ""

    def feed(self, text: str) -> None:
        """Take the next piece."""
        self._text += self._filter.feed(text)

    def frame(self, columns: int, rows: int) -> Frame:
        """The lines that have ended, and the end of the one that has not."""
        *finished, self._text = self._text.split("\n")
        last = self._text[-columns * rows :]  # more is not shown, and a line may be endless
        shown = [row.plain for row in wrap(Text(last), columns)] if last else []
        return Frame(_anchored(finished), _anchored(shown[-rows:]))

    def finish(self, columns: int) -> Frame:  # noqa: ARG002
        """The rest."""
        text, self._text = self._text + self._filter.flush(), ""
        return Frame(_anchored(text.removesuffix("\n").split("\n")) if text else ())


def _anchored(rows: list[str]) -> tuple[str, ...]:
    return tuple(anchored(row, row) for row in rows)
