"""A bench's report for programs and for pasting: JSON, a line of JSON for each test, CSV, Markdown."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import astuple

from axchat.bench.document import SCHEMA, as_document, as_row
from axchat.bench.figures import Figure, figures, load_figures
from axchat.bench.report import ModelRun, Report, Result
from axchat.ui.bench_headline import HEADINGS, headline

CSV_COLUMNS = (
    "at", "axchat_version", "model", "engine", "test", "n_prompt", "n_gen", "n_depth", "figure", "unit",
    "clock", "n", "mean", "sd", "min", "median", "p95", "p99", "max",
)  # fmt: skip


def as_json(report: Report) -> str:
    """The report as JSON with every sample; a figure that is not known is null. Keys name their units."""
    return json.dumps(as_document(report), ensure_ascii=False)


def as_json_line(report: Report, run: ModelRun, result: Result) -> str:
    """One test as a line that stands for itself: with host and version."""
    facts = {
        "schema": SCHEMA,
        "axchat_version": report.axchat_version,
        "at": report.at,
        "host": report.host,
    }
    return json.dumps({**facts, **as_row(run, result)}, ensure_ascii=False)


def as_csv(report: Report) -> str:
    """A line for each figure of each test, with its unit and clock; empty cells for what is not known."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(CSV_COLUMNS)
    for run in report.runs:
        head = (report.at, report.axchat_version, run.model, run.engine)
        for figure in load_figures(run):
            rows.writerows(_csv_row((*head, "load", "", "", ""), figure))
        for result in run.results:
            test = result.test
            sizes = (test.name, test.n_prompt, test.n_gen, test.n_depth)
            for figure in figures(run, result):
                rows.writerows(_csv_row((*head, *sizes), figure))
    return text.getvalue()


def _csv_row(head: tuple[object, ...], figure: Figure) -> Iterator[tuple[object, ...]]:
    if (summary := figure.summary) is not None:
        yield (*head, figure.key, figure.unit, figure.clock, *astuple(summary))


def as_markdown(report: Report) -> str:
    """A table like llama-bench's, with the time to the first text and between tokens beside the rate."""
    lines = [_md(("model", "engine", *HEADINGS)), _md(["---"] * 3 + ["---:"] * 3)]
    lines += [_md((r.model, r.engine, *headline(r, result))) for r in report.runs for result in r.results]
    return "\n".join(lines) + "\n"


def _md(cells: tuple[str, ...] | list[str]) -> str:
    safe = (" ".join(cell.split()).replace("\\", "\\\\").replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(safe)} |"
