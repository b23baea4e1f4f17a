"""What was measured, as the markdown of ``docs/performance.md``."""

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from performance.row import Row
from performance.verdict import missed

COMMAND = "python3 tests/performance/run.py"
HEAD = f"""# How fast axchat is

`{COMMAND}` wrote this page: it measures every row anew, both sides of each
comparison in one run on one machine, and fails when a target is missed. Ratios carry over to another machine,
seconds do not. No card was used: the [stand-in runner](standin.md) is in its place, at a pace that is known.
"""
FOOT = f"""## Measure again

```sh
{COMMAND}                # all of it, about twelve minutes; writes this page
{COMMAND} --quick        # a look of a few minutes, which writes nothing
{COMMAND} --only decode  # some rows; --list names them
```

It needs `python3` with `venv`, and a network the first time: axchat and what it is compared with
(`tests/performance/peers.txt`) are installed into `.performance/`, and `axchat models pull smollm2` fetches
the small model. pip is brought up to date there: the commands that pip 25 and older write import `re` before
anything else, which costs each of them some milliseconds. The exit status is 1 when a target is missed or a
row could not be measured. Keep the machine quiet meanwhile.
"""


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one measuring module.

    Attributes:
        title: of its section.
        how: how they are measured, in the module's own words.
        rows: in their order.
        seconds: that it took.
    """

    title: str
    how: str
    rows: tuple[Row, ...]
    seconds: float


def page(
    groups: Sequence[Group], machine: Mapping[str, str], versions: Mapping[str, str], at: datetime.datetime
) -> str:
    """The whole document.

    Args:
        groups: in the order of their sections.
        machine: what it was measured on, as name and value.
        versions: of everything that took part.
        at: when, in UTC.
    """
    minutes = sum(group.seconds for group in groups) / 60
    facts = {
        "measured": f"{at:%Y-%m-%d %H:%M} UTC, in {minutes:.1f} minutes",
        **machine,
        "versions": ", ".join(f"{name} {version}" for name, version in versions.items()),
    }
    told = "\n".join(["| | |", "| --- | --- |", *(f"| {name} | {cell(facts[name])} |" for name in facts)])
    rows = [row for group in groups for row in group.rows]
    parts = [HEAD, told + "\n", summary(rows), *(section(group) for group in groups), FOOT]
    return "\n".join(parts)


def summary(rows: Iterable[Row]) -> str:
    """How many targets were met, and which were not."""
    judged = [row for row in rows if row.target is not None or row.failure]
    lines = missed(judged)
    if not lines:
        return f"Every target is met, {len(judged)} of {len(judged)}.\n"
    listed = "".join(f"* {line}\n" for line in lines)
    return f"**{len(lines)} of {len(judged)} targets are missed:**\n\n{listed}"


def section(group: Group) -> str:
    """A module's table, what there is to know of this run, and how it is measured."""
    head = "| | axchat | other side | found | target | met |\n| --- | --- | --- | --- | --- | --- |\n"
    table = head + "".join(f"{line(row)}\n" for row in group.rows)
    notes = "".join(f"* {note}\n" for row in group.rows for note in row.notes)
    return f"## {group.title}\n\n{prose(group.how)}\n\n{table}" + (f"\n{notes}" if notes else "")


def line(row: Row) -> str:
    """A row of a table."""
    if row.failure:
        cells = [f"`{row.key}`", f"not measured: {row.failure}", "", "", "", "**no**"]
    else:
        is_met = "" if row.target is None else "yes" if row.is_met else "**no**"
        cells = [row.what, row.ours, row.theirs, row.shown_value, str(row.target or ""), is_met]
    return f"| {' | '.join(cell(text) for text in cells)} |"


def cell(text: str) -> str:
    """Text that cannot end its cell or its row."""
    return " ".join(text.split()).replace("|", "\\|")


def prose(docstring: str) -> str:
    """A docstring as markdown."""
    return re.sub(r"``(.+?)``", r"`\1`", docstring.strip())
