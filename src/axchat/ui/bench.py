"""A bench's report for people: tables on a terminal, aligned plain text elsewhere."""

from collections.abc import Collection, Sequence
from typing import TextIO

from axchat.bench.figures import Figure, figures, load_figures
from axchat.bench.report import ModelRun, Report, Result
from axchat.bench.split import BESIDE, PARTS, split
from axchat.bench.stats import ENOUGH_FOR_PERCENTILES
from axchat.ui.bench_headline import HEADINGS as HEADLINE
from axchat.ui.bench_headline import headline, number
from axchat.ui.bench_notes import footnotes, missing
from axchat.ui.columns import aligned, console_on, that_fit, widths_of
from axchat.ui.escapes import for_terminal
from axchat.ui.histogram import drawn

HEADINGS = ("figure", "mean", "sd", "min", "median", "p95", "p99", "max", "unit", "n", "clock")
COLUMNS = (
    HEADINGS,
    ("figure", "mean", "sd", "min", "median", "max", "unit", "clock"),
    ("figure", "mean", "sd", "unit"),
)
"""From wide to narrow: the first that fits is taken, or the last."""

NUMBERS = frozenset({"mean", "sd", "min", "median", "p95", "p99", "max", "n"})

Table = tuple[tuple[str, ...], list[tuple[str, ...]]]
"""Headings and rows."""


def show_report(report: Report, stream: TextIO, *, is_terminal: bool, notes: Sequence[str] = ()) -> None:
    """Write the report for people.

    Args:
        report: whole or stopped.
        stream: stdout; a report is a result.
        is_terminal: draw tables as wide as the terminal; otherwise plain lines without any escape.
        notes: lines on the host and the card, safe to show.
    """
    if is_terminal:
        _draw(report, stream, notes)
    else:
        stream.write(as_text(report, notes))
    stream.flush()


def as_text(report: Report, notes: Sequence[str] = (), *, blocks: str | None = None) -> str:
    """The report as plain text, columns aligned with blanks.

    Args:
        report: whole or stopped.
        notes: lines on the host and the card.
        blocks: the signs of histograms, from few to many; None for ASCII.
    """
    lines: list[str] = []
    for run in report.runs:
        lines += [_title(report, run), ""]
        for heading, (names, rows) in _tables(run):
            lines += [*([heading] if heading else []), *_aligned(names, rows), ""]
        lines += [*_histograms(run, blocks), *footnotes(run), ""]
    return "\n".join([*lines, *notes]).rstrip("\n") + "\n"


def in_brief(report: Report) -> str:
    """A line for each test, where its time goes, and what could not be measured; as plain text."""
    lines: list[str] = []
    for run in report.runs:
        lines += [_title(report, run), ""]
        measured = [result for result in run.results if result.samples]
        tables = [(HEADLINE, [headline(run, result) for result in measured]), _parts(run)]
        for table in tables:
            lines += [*_aligned(*table), ""] if table and table[1] else []
        lines += missing(run)
    return "\n".join(lines).rstrip("\n") + "\n"


def _title(report: Report, run: ModelRun) -> str:
    plan = run.plan
    stopped = "" if run.is_complete else ", stopped early"
    title = (
        f"{run.model} ({run.engine}), axchat {report.axchat_version}: "
        f"{_many(plan.repetitions, 'repetition')} after {_many(plan.warm_ups, 'warm-up')}{stopped}"
    )
    return for_terminal(title).replace("\n", " ")


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _tables(run: ModelRun) -> list[tuple[str, Table]]:
    """The load's, one for each test, and where the time goes."""
    found: list[tuple[str, Table]] = []
    if shown := [figure for figure in load_figures(run) if figure.values]:
        found.append(("", (HEADINGS, [_row(figure) for figure in shown])))
    measured = [result for result in run.results if result.samples]
    if measured:
        found.append(("", (HEADLINE, [headline(run, result) for result in measured])))
    found += [(_heading(result), _figures(run, result)) for result in measured]
    if (parts := _parts(run)) is not None:
        found.append(("where a request's time goes, mean seconds", parts))
    return found


def _figures(run: ModelRun, result: Result) -> Table:
    return HEADINGS, [_row(figure) for figure in figures(run, result) if figure.values]


def _heading(result: Result) -> str:
    text = result.test.text
    if text is None:
        return result.test.name
    words = " ".join(for_terminal(text).split())
    return f"{result.test.name}: {words if len(words) <= 60 else words[:59] + '…'}"


def _parts(run: ModelRun) -> Table | None:
    """One row a test; a column for each part that somebody knows."""
    splits = [(result.test.name, split(result.samples)) for result in run.results]
    known = [(name, parts) for name, parts in splits if parts is not None]
    names = [
        name for name in (*PARTS, *BESIDE) if any(getattr(parts, name) is not None for _, parts in known)
    ]
    if not known:
        return None
    headings = ("test", *(name.removesuffix("_s").replace("callbacks", "call-backs") for name in names))
    return headings, [(test, *(number(getattr(parts, name)) for name in names)) for test, parts in known]


def _row(figure: Figure) -> tuple[str, ...]:
    summary = figure.summary
    assert summary is not None, "figures without values are not shown"
    has_percentiles = summary.n >= ENOUGH_FOR_PERCENTILES
    p95, p99 = (summary.p95, summary.p99) if has_percentiles else (None, None)
    values = (summary.mean, summary.sd, summary.min, summary.median, p95, p99, summary.max)
    as_words = _count if figure.unit == "tokens" else number
    return (figure.title, *map(as_words, values), figure.unit, str(summary.n), figure.clock)


def _count(value: float | None) -> str:
    """Whole unless it is a mean between."""
    return "-" if value is None else f"{value:.1f}".removesuffix(".0")


def _aligned(names: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    return aligned(names, rows, _numbers(names), widths_of([names, *rows]))


def _numbers(names: tuple[str, ...]) -> Collection[str]:
    """Columns that stand to the right: of a table of tests all but its first."""
    return names[1:] if names[0] == "test" else NUMBERS


def _histograms(run: ModelRun, blocks: str | None) -> list[str]:
    """Inter-token latency: how often it was how long; a line a test."""
    lines = []
    for result in run.results:
        waits = next(figure.values for figure in figures(run, result) if figure.key == "inter_token_s")
        if len(waits) >= ENOUGH_FOR_PERCENTILES:
            lines.append(f"{result.test.name}, inter-token: {drawn(waits, blocks)}")
    return [*lines, ""] if lines else []


def _draw(report: Report, stream: TextIO, notes: Sequence[str]) -> None:
    from rich.table import Table as RichTable
    from rich.text import Text

    from axchat.ui.histogram import BLOCKS

    console = console_on(stream)
    is_utf8 = (stream.encoding or "").lower().startswith("utf")
    for run in report.runs:
        console.print(Text(_title(report, run), style="bold"))
        for heading, (headings, rows) in _tables(run):
            choices = COLUMNS if headings == HEADINGS else (headings,)
            names = that_fit(choices, rows, console.width)
            table = RichTable(title=Text(heading) if heading else None, title_justify="left")
            for name in names:
                side = "right" if name in _numbers(headings) else "left"
                table.add_column(name, justify=side, overflow="fold")  # type: ignore[arg-type]
            for row in rows:
                table.add_row(*(Text(row[headings.index(name)]) for name in names))
            console.print(table)
        for line in _histograms(run, BLOCKS if is_utf8 else None):
            console.print(Text(line))
        for line in footnotes(run):
            console.print(Text(line, style="dim"))
    for line in notes:
        console.print(Text(line))
