"""A bench's report: a table on a terminal, aligned plain text elsewhere, JSON for programs."""

import dataclasses
import json
import os
from collections.abc import Iterable, Sequence
from typing import TextIO

from axchat.bench.report import Figure, Report, Sample, figures, load_figure
from axchat.ui.escapes import for_terminal

HEADINGS = ("figure", "mean", "sd", "min", "median", "max", "unit", "n", "clock")
NARROW_HEADINGS = ("figure", "mean", "sd", "unit")
NUMBERS = frozenset({"mean", "sd", "min", "median", "max", "n"})


def show_report(report: Report, stream: TextIO, *, is_terminal: bool) -> None:
    """Write the report for people.

    Args:
        report: whole or stopped.
        stream: stdout; a report is a result.
        is_terminal: draw a table as wide as the terminal; otherwise plain lines without any escape.
    """
    if is_terminal:
        _draw(report, stream)
    else:
        stream.write(as_text(report))
    stream.flush()


def as_text(report: Report) -> str:
    """The report as plain text, columns aligned with blanks."""
    lines = [_title(report)]
    for heading, shown in _sections(report):
        rows = [HEADINGS, *(_row(figure) for figure in shown)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
        lines += ["", *([heading] if heading else [])]
        lines += [_aligned(row, widths) for row in rows]
    lines += ["", *_footnotes(report)]
    return "\n".join(lines) + "\n"


def as_json(report: Report) -> str:
    """The report as JSON with every sample; a figure that is not known is null. Keys name their units."""
    plan = report.plan
    loads = [{"load_s": load.seconds, "source": load.source.value} for load in report.loads]
    document = {
        "axchat_version": report.axchat_version,
        "engine": report.engine,
        "model": report.model,
        "is_complete": report.is_complete,
        "repetitions": plan.repetitions,
        "warm_ups": plan.warm_ups,
        "sampling": plan.sampling.chosen(),
        "loads_per_request": report.loads_per_request,
        "loads": loads,
        "load": _figure_as_dict(load_figure(report)),
        "prompts": [
            {
                "text": text,
                "figures": {figure.key: _figure_as_dict(figure) for figure in figures(report, number)},
                "samples": [_sample_as_dict(s) for s in report.samples if s.prompt == number],
            }
            for number, text in enumerate(plan.prompts)
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _figure_as_dict(figure: Figure) -> dict[str, object]:
    summary = None if figure.summary is None else dataclasses.asdict(figure.summary)
    return {"unit": figure.unit, "clock": figure.clock, "includes": figure.includes, "summary": summary}


def _sample_as_dict(sample: Sample) -> dict[str, object]:
    values = dataclasses.asdict(sample)
    del values["prompt"], values["load"]
    values["load_s"] = None if sample.load is None else sample.load.seconds
    return values


def _title(report: Report) -> str:
    plan = report.plan
    stopped = "" if report.is_complete else ", stopped early"
    title = (
        f"{report.model} ({report.engine}), axchat {report.axchat_version}: "
        f"{plan.repetitions} repetitions after {plan.warm_ups} warm-ups{stopped}"
    )
    return for_terminal(title).replace("\n", " ")


def _sections(report: Report) -> list[tuple[str, list[Figure]]]:
    """The figures that are known, prompt by prompt; the load stands with the first."""
    sections = []
    for number, prompt in enumerate(report.plan.prompts):
        shown = [figure for figure in figures(report, number) if figure.summary is not None]
        if number == 0 and (load := load_figure(report)).summary is not None:
            shown.insert(0, load)
        heading = "" if len(report.plan.prompts) == 1 else f"prompt {number + 1}: {_shortened(prompt)}"
        sections.append((heading, shown))
    return sections


def _shortened(prompt: str) -> str:
    words = " ".join(for_terminal(prompt).split())
    return words if len(words) <= 60 else words[:59] + "…"


def _row(figure: Figure) -> tuple[str, ...]:
    summary = figure.summary
    assert summary is not None, "figures without values are not shown"
    values = (summary.mean, summary.sd, summary.min, summary.median, summary.max)
    number = _count if figure.unit == "tokens" else _number
    return (figure.title, *map(number, values), figure.unit, str(summary.n), figure.clock)


def _number(value: float | None) -> str:
    """Three significant digits at least down to a thousandth, never an exponent; a dash for what is not."""
    if value is None:
        return "-"
    if value == 0:
        return "0"
    decimals = next((n for n, limit in ((0, 1000), (1, 100), (2, 1), (3, 0.1)) if abs(value) >= limit), 4)
    return f"{value:.{decimals}f}"


def _count(value: float | None) -> str:
    """Whole unless it is a mean between."""
    return "-" if value is None else f"{value:.1f}".removesuffix(".0")


def _aligned(row: tuple[str, ...], widths: list[int]) -> str:
    cells = [
        cell.rjust(width) if heading in NUMBERS else cell.ljust(width)
        for cell, width, heading in zip(row, widths, HEADINGS, strict=True)
    ]
    return "  ".join(cells).rstrip()


def _footnotes(report: Report) -> list[str]:
    """What each figure that is shown includes, and what is missing and why."""
    notes: dict[str, str] = {}
    for _, shown in _sections(report):
        notes |= {figure.title: figure.includes for figure in shown}
    lines = [f"{title}: {includes}" for title, includes in notes.items()]
    if not report.samples:
        lines.append("no repetition was finished")
    elif all(sample.decode_tokens_per_s is None for sample in report.samples):
        lines.append("decode: unknown; it needs exact token counts and an answer of several pieces")
    if report.samples and not report.loads:
        lines.append("load: unknown; the engine does not tell of it")
    return lines


def _draw(report: Report, stream: TextIO) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # rich asks the standard streams for the width, not the one it draws on
    console = Console(
        file=stream, highlight=False, width=os.get_terminal_size(stream.fileno()).columns or None
    )
    console.print(Text(_title(report)))
    for heading, shown in _sections(report):
        rows = [_row(figure) for figure in shown]
        names = _columns_that_fit(rows, console.width)
        table = Table(title=Text(heading) if heading else None, title_justify="left")
        for name in names:
            table.add_column(name, justify="right" if name in NUMBERS else "left", overflow="fold")
        for row in rows:
            table.add_row(*(Text(row[HEADINGS.index(name)]) for name in names))
        console.print(table)
    for line in _footnotes(report):
        console.print(Text(line, style="dim"))


def _columns_that_fit(rows: Iterable[Sequence[str]], width: int) -> tuple[str, ...]:
    """All columns, or on a narrow terminal those one needs most."""
    columns = zip(HEADINGS, *rows, strict=True)
    needed = sum(max(map(len, column)) + len("│  ") for column in columns) + len("│")
    return HEADINGS if needed <= width else NARROW_HEADINGS
