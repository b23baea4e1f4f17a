"""Two benches side by side: tables on a terminal, aligned plain text elsewhere, or JSON."""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import TextIO

from axchat.bench.compare import Comparison, Row, Verdict
from axchat.bench.measured import named
from axchat.ui.bench_headline import number
from axchat.ui.columns import aligned, console_on, that_fit, widths_of
from axchat.ui.escapes import for_terminal

HEADINGS = ("figure", "A", "B", "unit", "change", "95 % interval", "n", "verdict")
COLUMNS = (HEADINGS, ("figure", "A", "B", "unit", "change", "verdict"), ("figure", "change", "verdict"))
"""From wide to narrow: the first that fits is taken, or the last."""

NUMBERS = frozenset({"A", "B", "change", "95 % interval", "n"})

_LONGEST = 40
"""Characters of a title; a longer one is not ours."""

_STYLES = {Verdict.REGRESSION: "bold red", Verdict.IMPROVEMENT: "green", Verdict.UNCLEAR: "yellow"}
_WORDS = {
    Verdict.REGRESSION: ("regression", "regressions"),
    Verdict.IMPROVEMENT: ("improvement", "improvements"),
    Verdict.SAME: ("the same", "the same"),
    Verdict.UNCLEAR: ("unclear", "unclear"),
}

Names = tuple[str, str]
"""What A and B are called: as the user named them."""


def show_comparison(comparison: Comparison, stream: TextIO, *, names: Names, is_terminal: bool) -> None:
    """Write the comparison for people.

    Args:
        comparison: of A and B.
        stream: stdout; a comparison is a result.
        names: what A and B are called.
        is_terminal: draw tables as wide as the terminal; otherwise plain lines without any escape.
    """
    if is_terminal:
        _draw(comparison, stream, names)
    else:
        stream.write(as_text(comparison, names))
    stream.flush()


def as_text(comparison: Comparison, names: Names) -> str:
    """The comparison as plain text, columns aligned with blanks."""
    notes = _notes(comparison)
    tables = [(heading, [_cells(row, notes) for row in rows]) for heading, rows in _tests(comparison)]
    widths = widths_of([HEADINGS, *(row for _, rows in tables for row in rows)])
    lines = [*_head(names), ""]
    for heading, rows in tables:
        lines += [heading, *aligned(HEADINGS, rows, NUMBERS, widths), ""]
    return "\n".join([*lines, *_tail(comparison)]) + "\n"


def as_json(comparison: Comparison, names: Names) -> str:
    """The comparison for programs: shares are 0.05 for 5 %, a figure's unit is beside it."""
    return json.dumps(
        {
            "a": names[0],
            "b": names[1],
            "threshold": comparison.threshold,
            "has_regression": comparison.has_regression,
            "counts": {verdict.value: comparison.count(verdict) for verdict in Verdict},
            "rows": [_as_dict(row) for row in comparison.rows],
            "only_a": comparison.only_a,
            "only_b": comparison.only_b,
            "warnings": comparison.warnings,
        },
        indent=1,
    )


def _as_dict(row: Row) -> dict[str, object]:
    interval = None if row.interval is None else [row.interval.low, row.interval.high]
    plain = {item.name: getattr(row, item.name) for item in dataclasses.fields(row) if item.name != "key"}
    model, engine, test, text, _ = row.key
    of = {"model": model, "engine": engine, "test": test, **({"text": text} if text is not None else {})}
    return {**of, **plain, "interval": interval, "verdict": row.verdict.value}


def _head(names: Names) -> list[str]:
    return [f"{side}: {_safe(name)}" for side, name in zip("AB", names, strict=True)]


def _tests(comparison: Comparison) -> Iterator[tuple[str, list[Row]]]:
    for key, rows in groupby(comparison.rows, lambda row: row.key):
        yield _safe(named(key)), list(rows)


def _notes(comparison: Comparison) -> dict[str, str]:
    """The mark of each note that a row has."""
    notes = dict.fromkeys(row.note for row in comparison.rows if row.note)
    return {note: f"[{place}]" for place, note in enumerate(notes, 1)}


def _cells(row: Row, notes: Mapping[str, str]) -> tuple[str, ...]:
    interval = "-"
    if row.interval is not None:
        interval = f"{_percent(row.interval.low)} to {_percent(row.interval.high)}"
    verdict = "-" if row.verdict is Verdict.TOLD else row.verdict.value
    return (
        _cut(_safe(row.title)),
        number(row.a),
        number(row.b),
        _cut(_safe(row.unit)),
        _percent(row.change),
        interval,
        str(row.n_a) if row.n_a == row.n_b else f"{row.n_a}, {row.n_b}",
        f"{verdict} {notes[row.note]}" if row.note else verdict,
    )


def _tail(comparison: Comparison) -> list[str]:
    """What it comes to, and what one has to know with it."""
    counts = [(comparison.count(verdict), words) for verdict, words in _WORDS.items()]
    told = ", ".join(f"{count} {words[count != 1]}" for count, words in counts if count) or "nothing judged"
    lines = [f"{told}; worse or better by more than {_share(comparison.threshold)} counts"]
    lines += [f"{mark} {_safe(note)}" for note, mark in _notes(comparison).items()]
    for side, only in (("A", comparison.only_a), ("B", comparison.only_b)):
        lines += [f"only in {side}: {_safe(what)}" for what in only]
    return lines + [f"not the same: {_safe(warning)}" for warning in comparison.warnings]


def _safe(text: str) -> str:
    return " ".join(for_terminal(text).split())


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _percent(value: float | None) -> str:
    """With its sign and one digit; a change of more than tenfold as times."""
    if value is None:
        return "-"
    if value >= 10:
        return f"{value + 1:.3g}x"
    return f"{round(100 * value, 1) + 0.0:+.1f} %"  # adding 0 makes of -0.0 a plain one


def _share(value: float) -> str:
    return f"{100 * value:g} %"


def _draw(comparison: Comparison, stream: TextIO, names: Names) -> None:
    from rich.table import Table
    from rich.text import Text

    console = console_on(stream)
    for line in _head(names):
        console.print(Text(line))
    notes = _notes(comparison)
    shown = that_fit(COLUMNS, [_cells(row, notes) for row in comparison.rows], console.width)
    for heading, rows in _tests(comparison):
        table = Table(title=Text(heading, style="bold"), title_justify="left")
        for name in shown:
            table.add_column(name, justify="right" if name in NUMBERS else "left", overflow="fold")
        for row in rows:
            cells = dict(zip(HEADINGS, _cells(row, notes), strict=True))
            style = _STYLES.get(row.verdict, "")
            table.add_row(*(Text(cells[name], style=style if name == "verdict" else "") for name in shown))
        console.print(table)
    for line in _tail(comparison):
        console.print(Text(line))
