"""Shows what the doctor found: for people, on a terminal or as plain text, and as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from axchat.doctor.catalogue import LAYERS
from axchat.doctor.examine import Examination
from axchat.doctor.result import CheckResult, Status

if TYPE_CHECKING:
    from rich.console import Console

SCHEMA = 1
"""Of ``--json``: grows when a key is renamed or removed, not when one is added."""

_MARKS = {
    Status.OK: ("ok  ", "green"),
    Status.WARN: ("warn", "yellow"),
    Status.FAIL: ("FAIL", "bold red"),
    Status.SKIP: ("skip", "dim"),
}
_STATES = {"healthy": "bold green", "warnings": "bold yellow", "no-card": "bold red", "failed": "bold red"}
_ID_WIDTH = 18  # the longest id that is not a rare model.<problem>
_INDENT = 8
_FACT_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report: styled parts; ``indent`` columns when it is wrapped, None to keep it whole."""

    parts: tuple[tuple[str, str], ...] = field(default=())
    indent: int | None = None

    def __str__(self) -> str:
        return "".join(text for text, _ in self.parts)


def lines(examination: Examination, *, is_verbose: bool = False) -> list[Line]:
    """The report: the verdict, then the findings by layer, then what root would see more."""
    verdict = examination.verdict
    report = [Line(((_safe(verdict.text), _STATES[verdict.state]),), 2)]
    if verdict.command:
        report.append(Line((("  try first: ", ""), (_safe(verdict.command), "cyan"))))
    if verdict.otherwise:
        report.append(Line(((f"  {_safe(verdict.otherwise)}", ""),), 2))
    for layer in LAYERS:
        findings = [result for result in examination.results if result.layer == layer]
        if findings:
            report += [Line(), Line(((layer, "bold"),))]
            for result in findings:
                report += _finding(result, is_verbose=is_verbose)
    if examination.root_adds:
        report += [Line(), Line(((examination.root_adds, "dim"),), 2)]
    return report


def plain(report: Sequence[Line]) -> str:
    """The report without colour and without wrapping, for files and pipes."""
    return "\n".join(str(line).rstrip() for line in report)


def draw(report: Sequence[Line], console: "Console") -> None:
    """Print the report, wrapped to the console's width; a command stays whole, so that it can be copied."""
    from rich.text import Text

    for line in report:
        text = Text.assemble(*line.parts)
        if line.indent is None or text.cell_len <= console.width:
            console.print(text, soft_wrap=True)
            continue
        head, rest = text.divide([line.indent])
        pieces = rest.wrap(console, max(console.width - line.indent, 20))
        for number, piece in enumerate(pieces):
            piece.rstrip()
            console.print(head if number == 0 else Text(" " * line.indent), piece, sep="", soft_wrap=True)


def as_json(examination: Examination, versions: Mapping[str, str] | None = None) -> str:
    """The examination as one JSON object, ASCII only; the schema stands in docs/doctor.md."""
    verdict = examination.verdict
    report = {
        "schema": SCHEMA,
        "exit_status": verdict.exit_status,
        "verdict": asdict(verdict),
        "root_adds": examination.root_adds,
        "versions": dict(versions or {}),
        "checks": [_as_dict(result) for result in examination.results],
    }
    return json.dumps(report, indent=2)


def _as_dict(result: CheckResult) -> dict[str, object]:
    return {
        "id": result.id,
        "layer": result.layer,
        "status": str(result.status),
        "summary": result.summary,
        "meaning": result.meaning,
        "hint": result.hint,
        "exit_status": result.exit_status if result.status is Status.FAIL else 0,
        "facts": dict(result.facts),
        "steps": [str(step) for step in result.steps],
    }


def _finding(result: CheckResult, *, is_verbose: bool) -> list[Line]:
    mark, style = _MARKS[result.status]
    head = (("  ", ""), (mark, style), ("  ", ""), (f"{_safe(result.id):<{_ID_WIDTH}}", "bold"), ("  ", ""))
    found = [Line((*head, (_safe(result.summary), "")), _INDENT)]
    if result.status in (Status.WARN, Status.FAIL):
        if result.meaning:
            found.append(Line(((" " * _INDENT + _safe(result.meaning), ""),), _INDENT))
        if result.hint:
            found.append(Line(((f"{' ' * _INDENT}-> {_safe(result.hint)}", "cyan"),)))
    if is_verbose:
        for name, value in result.facts.items():
            text = json.dumps(value, ensure_ascii=True)
            shown = text if len(text) <= _FACT_LENGTH else f"{text[:_FACT_LENGTH]}..."
            found.append(Line(((f"{' ' * _INDENT}{_safe(name)} = {shown}", "dim"),)))
    return found


def _safe(text: str) -> str:
    """Escape sequences, in names of downloaded files or in a program's output, made visible."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
