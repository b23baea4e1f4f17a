"""Stored conversations as a table on a terminal, as columns elsewhere, and as JSON."""

import dataclasses
import json
from collections.abc import Sequence
from datetime import datetime
from typing import TextIO

from axchat.store.records import Found, Summary
from axchat.ui.escapes import for_terminal

ROOM_FOR_ALL = 60
"""Columns of a terminal on which number, time, turns, model and a title stand side by side."""


def show_list(summaries: Sequence[Summary], stream: TextIO) -> None:
    """Draw the table, as wide as the terminal; a narrow one has room for what names a conversation."""
    from rich import box
    from rich.table import Table

    from axchat.ui.consoles import console_on

    console = console_on(stream)
    if console.width < ROOM_FOR_ALL:
        for each in summaries:
            console.print(f"{each.number}  {_in_a_line(each.title)}", markup=False)
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("number", justify="right", no_wrap=True)
    table.add_column("used", no_wrap=True)
    table.add_column("turns", justify="right", no_wrap=True)
    table.add_column("title", overflow="fold", ratio=1)
    # the title is what names a conversation: at 80 columns it keeps as much room as the model
    table.add_column("model", overflow="ellipsis", no_wrap=True, max_width=min(30, console.width // 4))
    for each in summaries:
        cells = (str(each.number), when(each.updated), str(each.turns), each.title, each.model)
        table.add_row(*(_in_a_line(cell) for cell in cells))
    console.print(table)


def list_columns(summaries: Sequence[Summary]) -> str:
    """A line each, columns separated by tabs: number, time of last use, turns, model, title."""
    return "\n".join(
        "\t".join(
            _in_a_line(cell) for cell in (str(s.number), when(s.updated), str(s.turns), s.model, s.title)
        )
        for s in summaries
    )


def found_lines(found: Sequence[Found]) -> str:
    """Two lines for each turn: its conversation, and the words around."""
    return "\n".join(
        f"{each.conversation}  {_in_a_line(each.title)}  ({when(each.at)})\n    {_in_a_line(each.snippet)}"
        for each in found
    )


def found_columns(found: Sequence[Found]) -> str:
    """A line for each turn, columns separated by tabs: number, time, title, the words around."""
    return "\n".join(
        "\t".join(_in_a_line(cell) for cell in (str(f.conversation), when(f.at), f.title, f.snippet))
        for f in found
    )


def as_json(records: Sequence[Summary] | Sequence[Found]) -> str:
    """A list of objects with the records' own names; times are unix seconds."""
    return json.dumps([dataclasses.asdict(record) for record in records], ensure_ascii=False, indent=2)


def when(at: float) -> str:
    """Local time, to the minute."""
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")


def _in_a_line(text: str) -> str:
    return " ".join(for_terminal(text).split())
