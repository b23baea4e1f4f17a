"""Reads the log lines of the AXCL runtime and of axcl-smi. Pure.

Two forms: the runtime's ``[date time][thread][L][module][function][line]: text`` (some of its lines lack the
three in the middle), and axcl-smi's ``[month-day time][L][smi][function][line]: text``. The runtime writes
asynchronously, so a line can begin in the middle of another one: they are searched, not anchored.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_COLOUR = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")
_START = re.compile(
    r"(?:\[(?P<stamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3})\]\[(?P<thread>\d{1,10})\]"
    r"|\[(?P<short>\d\d-\d\d \d\d:\d\d:\d\d[:.]\d{3})\])"
    r"\[(?P<level>[TDIWEC])\]"
    r"(?:\[(?P<module>[^\]\[\n]{1,40})\]\[(?P<function>[^\]\[\n]{1,80})\]\[ *(?P<line>\d{1,6})\]: ?)?"
)
_TABLE = re.compile(r"[|+](?:[ \-=]|$)")  # a row of axcl-smi's table into which a line fell


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line.

    Attributes:
        stamp: date and time as printed; axcl-smi's has no year.
        level: T, D, I, W, E or C.
        module: such as ``device manager``; "" where the runtime names none.
        function: in the vendor's source, or "".
        line: in the vendor's source, or 0.
        text: what it says.
        thread: the runtime's thread, None for axcl-smi's own lines.
    """

    stamp: str
    level: str
    module: str
    function: str
    line: int
    text: str
    thread: int | None = None

    @property
    def is_trouble(self) -> bool:
        """An error, or the heartbeat's "is dead", which is only a warning."""
        return self.level in ("E", "C") or "is dead" in self.text


def log_lines(output: str) -> Iterator[LogLine]:
    """The log lines in some output, in order, without colours; other text is passed over."""
    text = _COLOUR.sub("", output)
    for row in text.splitlines():
        starts = list(_START.finditer(row))
        ends = [start.start() for start in starts[1:]]
        for start, end in zip(starts, [*ends, len(row)], strict=False):
            said = row[start.end() : end]
            if table := _TABLE.search(said):
                said = said[: table.start()]
            yield LogLine(
                stamp=start["stamp"] or start["short"],
                level=start["level"],
                module=start["module"] or "",
                function=start["function"] or "",
                line=int(start["line"] or 0),
                text=said.strip(),
                thread=int(start["thread"]) if start["thread"] else None,
            )
